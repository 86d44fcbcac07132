internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// Lists of sessions, and following them: `sessions.*`.
struct ListMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.watchSessions, run: ListMethods.watchSessions),
        MethodHandler(Methods.viewSessions, run: ListMethods.viewSessions),
        MethodHandler(Methods.unwatchSessions, run: ListMethods.unwatch),
        MethodHandler(Methods.unwatchHooks, run: ListMethods.unwatch),
    ]

    let shared: InspectionMethods

    private var reads: ExpensiveReads { shared.reads }

    func watchSessions(_ peer: InspectorState, _ query: SessionsQuery) async throws -> MethodAnswer<SessionsPage> {
        try check(query)
        let id = try peer.newID("w")
        let page = try await page(query, watch: id, .asked)
        let watch = SessionsWatch(id: id, query: query, shown: page)
        try peer.open(watch)
        return MethodAnswer(page) { line in try await watch.run(shared, to: line) }
    }

    private func check(_ query: SessionsQuery) throws { if let agent = query.agent { _ = try runtime.agentID(agent) } }

    /// A window on the list.
    func page(
        _ query: SessionsQuery,
        watch: String,
        _ urgency: ExpensiveReads.Urgency
    ) async throws -> SessionsPage {
        guard query.looksAtAll else { return try await window(query, watch: watch) }
        return try await reads.run(urgency) { try await window(query, watch: watch) }
    }

    private func window(_ query: SessionsQuery, watch: String) async throws -> SessionsPage {
        do {
            let window = try await runtime.sessions(query, visibility: redaction)
            return SessionsPage(watch: watch, total: window.total, counts: window.counts, rows: window.rows)
        } catch let error as FilterError { throw RPCError(error) }
    }

    func viewSessions(
        _ peer: InspectorState,
        _ params: ViewSessionsParams
    ) async throws -> MethodAnswer<SessionsPage> {
        let watch = try peer.sessionsWatch(params.watch)
        try check(params.query)
        let page = try await page(params.query, watch: watch.id, .asked)
        watch.view(params.query, shown: page)
        return MethodAnswer(page)
    }

    func unwatch(_ peer: InspectorState, _ params: WatchName) async throws -> MethodAnswer<WatchName> {
        try peer.close(watch: params.watch)
        return MethodAnswer(params)
    }
}
