internal import Inspection
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// A window on the list of sessions that one inspector looks through.
final class SessionsWatch: Sendable {
    private struct State {
        var query: SessionsQuery
        var shown: SessionsPage
    }

    let id: String
    private let lifetime = WatchLifetime()
    private let state: Mutex<State>

    init(id: String, query: SessionsQuery, shown: SessionsPage) {
        self.id = id
        state = Mutex(State(query: query, shown: shown))
    }

    func close() { lifetime.close() }

    /// Looks through another window from now on.
    func view(_ query: SessionsQuery, shown: SessionsPage) {
        state.withLock { state in
            state.query = query
            state.shown = shown
        }
    }

    /// Sends the window when it has changed, at most ten times a second, and less often when it takes long to make.
    func run(_ methods: InspectionMethods, to line: RedactingWriter) async throws {
        try await lifetime.run { try await self.follow(methods, line) }
    }

    private func follow(_ methods: InspectionMethods, _ line: RedactingWriter) async throws {
        let runtime = methods.runtime
        try await runtime.withListChanges { changes in
            var version = runtime.listVersion
            for await _ in changes {
                let query = state.withLock(\.query)
                let begin = runtime.time.uptime
                let now = runtime.listVersion
                if let page = try? await ListMethods(shared: methods).page(query, watch: id, .refresh),
                    remember(page, for: query)
                {
                    var changed = page
                    let merged = max(0, now - version - 1)
                    changed.coalesced = merged
                    methods.inspectors.merge(merged)
                    version = now
                    try await line.notify(.sessionsChanged, changed.json)
                }
                let cost = runtime.time.uptime - begin
                try await Task.sleep(for: .milliseconds(max(100, cost * 10)))
            }
        }
    }

    /// Whether the page is news; not when the window has moved meanwhile.
    private func remember(_ page: SessionsPage, for query: SessionsQuery) -> Bool {
        state.withLock { state in
            guard state.query == query, state.shown != page else { return false }
            state.shown = page
            return true
        }
    }
}

/// An inspector's watch on the exchanges of an agent or a session.
final class HooksWatch: Sendable {
    let id: String
    private let agent: String?
    private let session: String?
    private let lifetime = WatchLifetime()

    init(id: String, agent: String?, session: String?) {
        self.id = id
        self.agent = agent
        self.session = session
    }

    func close() { lifetime.close() }

    /// Tells of exchanges that are new or finished.
    ///
    /// - Parameter shown: the rows that were answered, newest first; what has become of them since is told first.
    func run(on runtime: Runtime, to line: RedactingWriter, shown: [JSON]) async throws {
        try await lifetime.run { try await self.follow(runtime, line, shown) }
    }

    /// Tells of exchanges that other processes take, which are only in the store: it is read each second.
    private func followOthers(_ runtime: Runtime, _ now: [Exchange], _ line: RedactingWriter) async throws {
        var known = now.map(\.row)
        while true {
            try await runtime.time.sleep(milliseconds: Runtime.othersPace)
            // A store that does not answer is asked again.
            guard runtime.hasOthers, let rows = try? await stored(runtime, 100).map(\.row) else { continue }
            let news = rows.filter { !known.contains($0) }
            known = rows
            if !news.isEmpty {
                try await line.notify(.hooksChanged, HooksChanged(watch: id, rows: news.reversed()).json)
            }
        }
    }

    private func stored(_ runtime: Runtime, _ limit: Int) async throws -> [Exchange] {
        try await runtime.exchanges(agent: agent, session: session, hook: nil, before: nil, limit: limit)
    }

    private func follow(_ runtime: Runtime, _ line: RedactingWriter, _ shown: [JSON]) async throws {
        try await runtime.exchanges.withElements { exchanges in
            let now = try await stored(runtime, max(100, shown.count))
            let oldest = shown.last?.time("received") ?? 0
            let news = now.map(\.row).filter { $0.time("received") ?? 0 >= oldest && !shown.contains($0) }
            if !news.isEmpty {
                try await line.notify(.hooksChanged, HooksChanged(watch: id, rows: news.reversed()).json)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                if runtime.isShared { group.addTask { try await self.followOthers(runtime, now, line) } }
                group.addTask { try await self.followHere(exchanges, line) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func followHere(_ exchanges: AsyncStream<Exchange>, _ line: RedactingWriter) async throws {
        for await exchange in exchanges {
            guard agent == nil || exchange.agent.isExactly(agent),
                session == nil || exchange.session.isExactly(session)
            else {
                continue
            }
            try await line.notify(.hooksChanged, HooksChanged(watch: id, rows: [exchange.row]).json)
        }
    }
}
