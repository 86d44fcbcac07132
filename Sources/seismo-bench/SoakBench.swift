internal import ArgumentParser
internal import Foundation

/// `seismo-bench soak`: a runtime under a steady load for a long time, with sessions coming and going; whether its memory,
/// descriptors and threads stay as they are.
struct SoakBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Half an hour of steady load: memory, descriptors and threads are to stay as they are.",
        discussion: """
            Half of the turns are in lasting sessions, fifty in each, which then sleep; half in temporary ones, which end. Five \
            inspectors come and go each second. Each minute a line tells what the runtime holds. The first fifth of the time warms up; after it memory may \
            grow by a tenth, descriptors and threads by 16.
            """
    )

    @Option(help: "How long.")
    var minutes = 30.0

    @Option(help: "Turns a second: half of what it can do.")
    var rate = 2000.0

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-soak-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = "sqlite:" + folder.appending(path: "soak.sqlite").path(percentEncoded: false)
        let runtime = try ServedRuntime(in: folder, store: store, "--idle", "5s", "--limit", "temporary-time=5s")
        defer { runtime.end() }
        let end = ContinuousClock.now + .seconds(minutes * 60)
        let (port, token, rate, seconds) = (runtime.port, try runtime.token, rate, minutes * 60)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let connections = 16
                let pace = Duration.seconds(Double(connections) / rate)
                _ = try await Load(port: port, connections: connections, seconds: seconds, pace: pace) {
                    connection,
                    number in
                    let session = number % 2 == 0 ? "?sessionId=s\(connection)-\(number / 100)" : ""
                    return ("/v1/agents/echo/chat\(session)", "{\"message\":\"turn \(number)\"}")
                }
                .run()
            }
            group.addTask {
                var visits = 0
                while ContinuousClock.now < end {
                    // A session that is visited all the time would be longer at the end than at the beginning.
                    let session = "visited\(visits / 20)"
                    visits += 1
                    _ = try await Child.numbers([
                        "crowd", "--port", "\(port)", "--token", token, "--session", session, "--count", "5",
                        "--seconds", "0.5",
                    ])
                    try await Task.sleep(for: .seconds(1))
                }
            }
            try await watch(runtime, until: end)
            try await group.waitForAll()
        }
    }

    private func watch(_ runtime: ServedRuntime, until end: ContinuousClock.Instant) async throws {
        let begin = ContinuousClock.now
        let warm = begin + (end - begin) / 5
        var first: Holding?
        var last = runtime.holding
        while ContinuousClock.now < end {
            try await Task.sleep(until: min(end, .now + max(.seconds(1), (end - begin) / 30)))
            last = runtime.holding
            if first == nil, ContinuousClock.now >= warm { first = last }
            let time = Int((ContinuousClock.now - begin).milliseconds / 1000)
            print("\(time) s: \(last.bytes >> 20) MB, \(last.descriptors) descriptors, \(last.threads) threads")
        }
        guard let first else { return }
        Report.most("soak-memory", Double(last.bytes) / Double(first.bytes), "of what it was", budget: 1.1)
        Report.most("soak-descriptors", Double(last.descriptors - first.descriptors), "more", budget: 16)
        Report.most("soak-threads", Double(last.threads - first.threads), "more", budget: 16)
        if !Report.allOK { throw ExitCode(1) }
    }
}

/// What a process holds.
struct Holding {
    let bytes: Int
    let descriptors: Int
    let threads: Int
}

extension ServedRuntime {
    fileprivate var holding: Holding {
        func count(_ folder: String) -> Int {
            ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/\(folder)")) ?? []).count
        }
        return Holding(bytes: memory, descriptors: count("fd"), threads: count("task"))
    }
}
