internal import Foundation

/// `seismo serve` in a process of its own, and interfaces on it.
final class ServedRuntime {
    let port: Int
    private let seismo: String
    private let environment: [String: String]
    private let process = Process()

    /// - Parameters:
    ///   - folder: for what it leaves.
    ///   - name: of a folder in it, where there are several.
    ///   - options: more of `seismo serve`.
    init(in folder: URL, named name: String? = nil, store: String = "memory", _ options: String...) throws {
        let folder = name.map { folder.appending(path: $0) } ?? folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        seismo = try Child.program.deletingLastPathComponent().appending(path: "seismo").path(percentEncoded: false)
        let path = folder.path(percentEncoded: false)
        var environment = ProcessInfo.processInfo.environment
        for name in ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] { environment[name] = path }
        environment["TERM"] = "xterm-256color"
        environment["LC_ALL"] = "C.UTF-8"
        self.environment = environment
        process.executableURL = URL(filePath: seismo)
        process.arguments =
            [
                "serve", "--port", "0", "--store", store, "--agent", "echo",
            ] + options
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
        _ = try await Load(port: port, connections: 1, seconds: 30, limit: turns) { _, number in
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

    var identifier: Int32 { process.processIdentifier }

    /// Bytes that it holds.
    var memory: Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Ends it as a crash would.
    func kill() {
        _ = Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func end() {
        process.terminate()
        process.waitUntilExit()
    }
}
