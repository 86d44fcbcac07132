internal import ArgumentParser
internal import Foundation

/// `seismo-bench inspect`: how the interface feels, measured outside of its process, from the key's byte to the byte of
/// the screen.
struct InspectBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Start, keys, keys under load, and rest of the interface, in a pseudo-terminal.",
        discussion: """
            inspect-first-frame is from the start to the row of a session on the screen, the median of nine. inspect-key is \
            the median from a key to the last byte of its frame at rest; inspect-key-busy the 99th percentile from a key to \
            what it opens, while --sessions sessions are in the runtime and --events a second come into the session that is \
            looked into. inspect-rest is the share of a core, bytes a second and memory of an interface that nothing happens to.

            With --against another program is measured in place of the interface: its start and its keys.
            """
    )

    @Option(help: "The seismo that is measured; by default the one beside this program.")
    var program: String?

    @Option(help: "Sessions in the runtime.")
    var sessions = 100_000

    @Option(help: "Keys that are pressed for each case.")
    var keys = 300

    @Option(help: "Events a second into the session that is looked into.")
    var events = 10_000

    @Option(help: "Seconds of rest.")
    var rest = 10

    @Option(
        help: ArgumentHelp("Another program, such as 'less /etc/services'; j and k are pressed.", valueName: "command")
    )
    var against: String?

    func run() async throws {
        if let against { return try measure(against.split(separator: " ").map(String.init)) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let seismo = try program ?? beside()
        let runtime = try ServedRuntime(seismo, in: folder)
        defer { runtime.end() }
        try await runtime.chat("main", turns: 20)
        try firstFrame(runtime)
        let terminal = try runtime.inspect("--agent", "echo", "--session", "main")
        _ = try terminal.wait(for: "main")
        terminal.drain(quiet: 500)
        try atRest(terminal)
        terminal.end("q")
        try await runtime.fill(sessions)
        try await busy(runtime)
    }

    private func beside() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: own).deletingLastPathComponent().appending(path: "seismo").path(percentEncoded: false)
    }

    private func firstFrame(_ runtime: ServedRuntime) throws {
        let times = try (0..<9).map { _ in
            let begin = ContinuousClock.now
            let terminal = try runtime.inspect("--agent", "echo", "--session", "main")
            let time = (try terminal.wait(for: "main") - begin).milliseconds
            terminal.end("q")
            return time
        }
        Report.most("inspect-first-frame", times.percentile(50), "ms", budget: 30)
    }

    private func atRest(_ terminal: PseudoTerminal) throws {
        let times = (0..<keys).map { number in latency(of: number % 2 == 0 ? "2" : "1", in: terminal) }
        Report.most("inspect-key", times.percentile(50), "ms", budget: 2)
        terminal.drain(quiet: 200)
        let before = terminal.use
        var bytes = 0
        let end = ContinuousClock.now + .seconds(rest)
        while ContinuousClock.now < end { bytes += terminal.drain(quiet: 200).bytes }
        let after = terminal.use
        Report.most("inspect-rest", (after.seconds - before.seconds) / Double(rest) * 100, "% of a core", budget: 0.1)
        Report.most("inspect-rest-memory", Double(after.bytes) / 1_048_576, "MB", budget: 40)
        Report.most("inspect-rest-output", Double(bytes) / Double(rest), "bytes/s", budget: 200)
    }

    /// Milliseconds from a key to the last byte of what it changes.
    private func latency(of key: String, in terminal: PseudoTerminal) -> Double {
        terminal.drain(quiet: 12)
        let begin = ContinuousClock.now
        terminal.send(key)
        return terminal.drain(quiet: 8).last.map { ($0 - begin).milliseconds } ?? 0
    }

    private func busy(_ runtime: ServedRuntime) async throws {
        let storm = EventStorm(port: runtime.port, token: try runtime.token, perSecond: events)
        let storming = Task {
            do { try await storm.run(on: "storm") } catch is CancellationError {} catch {
                FileHandle.standardError.write(Data("seismo-bench: the storm ended: \(error)\n".utf8))
            }
        }
        defer { storming.cancel() }
        try await Task.sleep(for: .seconds(1))
        let terminal = try runtime.inspect("--agent", "echo", "--session", "storm")
        _ = try terminal.wait(for: "storm")
        let keys = keys
        let (begin, before) = (ContinuousClock.now, storm.count)
        let times = try await onThread {
            try (0..<keys).map { _ in
                terminal.drain(quiet: 0)
                let begin = ContinuousClock.now
                terminal.send("?")
                let time = (try terminal.wait(for: "Help") - begin).milliseconds
                terminal.send("q")
                terminal.drain(quiet: 10)
                return time
            }
        }
        let rate = Double(storm.count - before) * 1000 / (ContinuousClock.now - begin).milliseconds
        Report.most("inspect-key-busy", times.percentile(99), "ms", budget: 10)
        Report.most("inspect-key-busy-median", times.percentile(50), "ms", budget: 10)
        Report.most("inspect-key-busy-memory", Double(terminal.use.bytes) / 1_048_576, "MB", budget: 200)
        Report.least("inspect-busy-events", rate, "1/s", budget: Double(events) * 0.9)
        terminal.end("q")
    }

    private func onThread<Value: Sendable>(_ work: @escaping () throws -> Value) async throws -> Value {
        // The caller waits for it, and touches nothing of it meanwhile.
        nonisolated(unsafe) let work = work
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }

    private func measure(_ command: [String]) throws {
        var environment = ProcessInfo.processInfo.environment
        environment["TERM"] = "xterm-256color"
        var starts: [Double] = []
        for _ in 0..<9 {
            let begin = ContinuousClock.now
            let terminal = try PseudoTerminal(command, columns: 120, rows: 36, environment: environment)
            starts.append(terminal.drain(quiet: 300).last.map { ($0 - begin).milliseconds } ?? 0)
            terminal.end("q")
        }
        Report.most("against-first-frame", starts.percentile(50), "ms", budget: .infinity)
        let terminal = try PseudoTerminal(command, columns: 120, rows: 36, environment: environment)
        terminal.drain(quiet: 500)
        let times = (0..<keys).map { latency(of: $0 % 2 == 0 ? "j" : "k", in: terminal) }
        Report.most("against-key", times.percentile(50), "ms", budget: .infinity)
        terminal.end("q")
    }
}

/// A runtime in a process of its own.
private final class ServedRuntime {
    let port: Int
    private let seismo: String
    private let environment: [String: String]
    private let process = Process()

    init(_ seismo: String, in folder: URL) throws {
        self.seismo = seismo
        let path = folder.path(percentEncoded: false)
        var environment = ProcessInfo.processInfo.environment
        for name in ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] { environment[name] = path }
        environment["TERM"] = "xterm-256color"
        environment["LC_ALL"] = "C.UTF-8"
        self.environment = environment
        process.executableURL = URL(filePath: seismo)
        process.arguments = [
            "serve", "--port", "0", "--store", "memory", "--agent", "echo", "counter",
        ]
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard
            let port = line.split(separator: ":").last.flatMap({
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            })
        else { throw Load.Failed(description: "the runtime did not start: \(line)") }
        self.port = port
    }

    /// Of the admin that it made at its start.
    var token: String {
        get throws {
            let folder = URL(filePath: environment["XDG_RUNTIME_DIR"] ?? "").appending(path: "seismo")
            return try String(contentsOf: folder.appending(path: "\(port).token"), encoding: .utf8)
        }
    }

    func chat(_ session: String, turns: Int) async throws {
        let path = "/v1/agents/echo/chat?sessionId=\(session)"
        _ = try await Load(port: port, connections: 1, seconds: 0.2) { _, number in
            (path, "{\"message\":\"turn \(number)\"}")
        }
        .run()
    }

    /// Makes sessions of the echo agent, with a turn each.
    func fill(_ sessions: Int) async throws {
        let connections = 16
        _ = try await Load(port: port, connections: connections, seconds: 300, limit: sessions / connections) {
            ("/v1/agents/echo/chat?sessionId=s\($0)-\($1)", "{\"message\":\"hello there\"}")
        }.run()
    }

    func inspect(_ options: String...) throws -> PseudoTerminal {
        try PseudoTerminal(
            [seismo, "inspect", "ws://127.0.0.1:\(port)"] + options,
            columns: 120,
            rows: 36,
            environment: environment
        )
    }

    func end() {
        process.terminate()
        process.waitUntilExit()
    }
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}

extension [Double] {
    /// Of the values in order, the one below which so many in a hundred are.
    func percentile(_ percent: Int) -> Double {
        isEmpty ? 0 : sorted()[Swift.min(count - 1, count * percent / 100)]
    }
}
