internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import MagmaRuntime
internal import MagmaServer
internal import SQLiteStore
internal import SessionModel

/// `seismo-bench store`: looking back in a long journal, and a store with many sessions.
struct StoreBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "History of a long session; the start of a large store.",
        discussion: """
            start-, memory-, list- and turn-asleep are of a store with --sessions sessions that all sleep; at-, diff- and history-slowest are the slowest \
            of 40 looks back into a journal of --events events.
            """
    )

    @Option(help: "Sessions of the large store.")
    var sessions = 1_000_000

    @Option(help: "Events of the long journal.")
    var events = 100_000

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
        try await largeStore(path("large.sqlite"))
        try await history(path("history.sqlite"))
    }

    // MARK: A long journal

    private func history(_ path: String) async throws {
        let runtime = try await Servers.runtime(on: try SQLiteStore(path: path))
        let session = try await runtime.place("long", of: try runtime.agent(nil)).key
        var last = 0
        while last < events {
            _ = try await runtime.send([.user("turn")], to: SessionPlace(lasting: session), origin: .chat).reply
            last = try await runtime.summary(session)?.seq ?? 0
            // Contexts are kept short, as users of long sessions have them.
            guard try await runtime.summary(session)?.messages ?? 0 > 500 else { continue }
            let gone = try await runtime.head(of: session, window: nil).messages.prefix(400)
            let edit = SessionEdit(context: gone.map { .remove(id: $0.id) })
            _ = try await runtime.edit(session, edit, expect: last, by: ChangeAuthor(name: "bench", method: "edit"))
        }
        var slowest = (at: 0.0, diff: 0.0, history: 0.0)
        for step in 1...40 {
            let seq = last * step / 40
            slowest.at = max(slowest.at, try await milliseconds { _ = try await runtime.past(of: session, at: seq) })
            let diff = try await milliseconds {
                let past = try await runtime.past(of: session, at: seq / 2 + 1)
                _ = JSONPatch(from: past.state, to: try await runtime.past(of: session, at: seq).state)
            }
            slowest.diff = max(slowest.diff, diff)
            let page = try await milliseconds {
                _ = try await runtime.events(of: session, before: seq, limit: 100)
            }
            slowest.history = max(slowest.history, page)
        }
        Report.most("at-slowest", slowest.at, "ms", budget: 50)
        Report.most("diff-slowest", slowest.diff, "ms", budget: 50)
        Report.most("history-slowest", slowest.history, "ms", budget: 50)
    }

    // MARK: Many sessions

    private func largeStore(_ path: String) async throws {
        do {
            try await Sessions.fill(try SQLiteStore(path: path), sleepers: sessions)
        }
        let before = ProcessMemory.resident
        var runtime: Runtime?
        let start = try await milliseconds { runtime = try await Servers.runtime(on: try SQLiteStore(path: path)) }
        Report.most("start-asleep", start, "ms", budget: 2000)
        let memory = Double(ProcessMemory.resident - before) / 1_048_576
        Report.most("memory-asleep", memory, "MB", budget: 300)
        guard let runtime else { return }
        let query = SessionsQuery(offset: 0, limit: 50)
        _ = try await runtime.sessions(query)
        let list = try await milliseconds { _ = try await runtime.sessions(query) }
        Report.most("list-asleep", list, "ms", budget: 50)
        let agent = try runtime.agent(nil)
        let wake = try await milliseconds {
            let session = try await runtime.place("s\(sessions / 2)", of: agent)
            _ = try await runtime.send([.user("wake")], to: session, origin: .chat).reply
        }
        Report.most("turn-asleep", wake, "ms", budget: 50)
    }

    private func milliseconds(_ work: () async throws -> Void) async throws -> Double {
        let begin = ContinuousClock.now
        try await work()
        return (ContinuousClock.now - begin).milliseconds
    }
}
