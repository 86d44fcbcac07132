internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import MagmaRuntime
internal import MagmaServer
internal import SQLiteStore
internal import SessionModel

/// `seismo-bench store`: turns stored before they are answered, looking back in a long journal, and a store with many
/// sessions.
struct StoreBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Turns a second stored, beside the floor; history of a long session; the start of a large store.",
        discussion: """
            Rates are beside plain Hummingbird answering a JSON POST (value, floor and ratio). start-, memory-, list- and \
            turn-asleep are of a store with --sessions sessions that all sleep; at-, diff- and history-slowest are the slowest \
            of 40 looks back into a journal of --events events.
            """
    )

    @Option(help: "Seconds that each rate is measured.")
    var seconds = 5.0

    @Option(help: "Connections that send at once.")
    var connections = 32

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
        try await rates(path("rates.sqlite"))
        try await history(path("history.sqlite"))
    }

    // MARK: Turns

    private func rates(_ path: String) async throws {
        let body = "{\"message\":\"hello there\"}"
        let floor = try await Servers.floor { port in
            try await load(port) { _, _ in ("/chat", body) }
        }
        // A session of its own for every fifty turns of a connection, as many users would have.
        let chat = { @Sendable (connection: Int, number: Int) in
            ("/v1/agents/echo/chat?sessionId=c\(connection)-\(number / 50)", body)
        }
        let memory = try await Servers.echo(on: MemoryStore()) { try await load($0, chat) }
        Report.ratio("turn-memory", perSecond: memory, floor: floor, budget: 0.7)
        let stored = try await Servers.echo(on: try SQLiteStore(path: path)) { try await load($0, chat) }
        Report.ratio("turn-sqlite", perSecond: stored, floor: floor, budget: 0.5)
        let first = try await Servers.echo(on: MemoryStore()) { port in
            try await load(port) { ("/v1/agents/echo/chat?sessionId=n\($0)-\($1)", body) }
        }
        Report.ratio("first-turn", perSecond: first, floor: floor, budget: 0.4)
    }

    private func load(
        _ port: Int,
        _ request: @escaping @Sendable (Int, Int) -> (path: String, body: String)
    ) async throws -> Double {
        _ = try await Load(port: port, connections: connections, seconds: min(1, seconds), request: request).run()
        let later = { @Sendable (connection: Int, number: Int) in request(connection, number + 1_000_000) }
        return try await Load(port: port, connections: connections, seconds: seconds, request: later).run()
    }

    // MARK: A long journal

    private func history(_ path: String) async throws {
        let runtime = try await Servers.runtime(on: try SQLiteStore(path: path))
        let session = try await runtime.session("long", of: try runtime.agent(nil), origin: .chat)
        var last = 0
        while last < events {
            _ = try await runtime.send([.user("turn")], to: session).reply
            last = try await runtime.summary(session.key)?.seq ?? 0
            // Contexts are kept short, as users of long sessions have them.
            guard try await runtime.summary(session.key)?.messages ?? 0 > 500 else { continue }
            let gone = await runtime.head(session, window: nil).messages.prefix(400)
            let edit = SessionEdit(context: gone.map { .remove(id: $0.id) })
            _ = try await session.edit(edit, expect: last, by: Actor(name: "bench", method: "edit"))
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
                _ = try await runtime.store.events(of: session.key, before: seq, limit: 100)
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
            let store = try SQLiteStore(path: path)
            for start in stride(from: 0, to: sessions, by: 2000) {
                try await store.append((start..<min(sessions, start + 2000)).map(Self.sleeper))
            }
        }
        let before = ProcessMemory.resident
        var runtime: Runtime?
        let start = try await milliseconds { runtime = try await Servers.runtime(on: try SQLiteStore(path: path)) }
        Report.most("start-asleep", start, "ms", budget: 2000)
        let memory = Double(ProcessMemory.resident - before) / 1_048_576
        Report.most("memory-asleep", memory, "MB", budget: 300)
        guard let runtime else { return }
        let query = SessionsQuery(offset: 0, limit: 50)
        _ = try await runtime.sessions(query, watch: "w")
        let list = try await milliseconds { _ = try await runtime.sessions(query, watch: "w") }
        Report.most("list-asleep", list, "ms", budget: 50)
        let agent = try runtime.agent(nil)
        let wake = try await milliseconds {
            let session = try await runtime.session("s\(sessions / 2)", of: agent, origin: .chat)
            _ = try await runtime.send([.user("wake")], to: session).reply
        }
        Report.most("turn-asleep", wake, "ms", budget: 50)
    }

    private static func sleeper(_ number: Int) -> JournalEntry {
        let key = SessionKey(agent: "echo", session: "s\(number)")
        var summary = Summary(key: key, kind: .lasting, created: Int64(number), origin: .chat)
        summary.status = .asleep
        let bodies: [SessionEvent.Body] = [
            .sessionCreated(origin: .chat, temporary: false),
            .stateChanged(JSONPatch(from: [:], to: ["turns": 1])),
            .messageAdded(.user("hello \(number)")), .messageAdded(.assistant("hello \(number)")),
        ]
        let events = bodies.enumerated().map { index, body in
            var body = body
            if case .messageAdded(var message) = body {
                message.id = "msg_\(index)"
                body = .messageAdded(message)
            }
            return SessionEvent(seq: index + 1, at: Int64(number), body: body)
        }
        summary.seq = events.count
        summary.messages = 2
        return JournalEntry(
            key: key,
            events: events,
            record: SessionRecord(summary: summary, state: ["turns": 1], pausedJobs: [])
        )
    }

    private func milliseconds(_ work: () async throws -> Void) async throws -> Double {
        let begin = ContinuousClock.now
        try await work()
        let elapsed = begin.duration(to: .now)
        return Double(elapsed.components.seconds) * 1000 + Double(elapsed.components.attoseconds) / 1e15
    }
}
