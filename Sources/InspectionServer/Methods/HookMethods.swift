internal import Inspection
internal import Magma
internal import MagmaRuntime
internal import SessionModel

/// Webhooks: what came, and sending them: `hooks.*`.
struct HookMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.listHooks, run: HookMethods.listHooks),
        MethodHandler(Methods.watchHooks, run: HookMethods.watchHooks),
        MethodHandler(Methods.getHook, pace: .oneByOne, run: HookMethods.getHook),
        MethodHandler(Methods.resolveHook, pace: .slow, run: HookMethods.resolveHook),
        MethodHandler(Methods.replayHook, pace: .slow, run: HookMethods.replayHook),
        MethodHandler(Methods.sendHook, pace: .slow, run: HookMethods.sendHook),
    ]

    let shared: InspectionMethods

    func listHooks(_ peer: InspectorState, _ params: ExchangesParams) async throws -> MethodAnswer<ExchangesPage> {
        let limit = params.limit ?? 100
        let agent = try params.agent.map { try runtime.agent($0) }
        if let agent, let hook = params.hook, agent.hook(hook) == nil {
            throw RuntimeError.hookNotFound(hook, agent: agent.id)
        }
        let found = try await runtime.exchanges(
            agent: agent?.id,
            session: params.session,
            hook: params.hook,
            before: params.before,
            limit: limit + 1
        )
        // A session without exchanges must exist; one with exchanges may have been deleted.
        if found.isEmpty, let agent, let session = params.session {
            try await runtime.checkExists(SessionKey(agent: agent.id, session: session))
        }
        let (rows, isCut) = AnswerBounds.first(found.prefix(limit).map { bounds.bounded($0.row, .exchange($0.id)) })
        return MethodAnswer(ExchangesPage(rows: rows, more: isCut || found.count > limit))
    }

    func watchHooks(_ peer: InspectorState, _ params: ExchangesParams) async throws -> MethodAnswer<ExchangesPage> {
        let watch = HooksWatch(id: try peer.newID("h"), agent: params.agent, session: params.session)
        var page = try await listHooks(peer, params).result
        try peer.open(watch)
        page.watch = watch.id
        return MethodAnswer(page) { [runtime, shown = page.rows] line in
            try await watch.run(on: runtime, to: line, shown: shown)
        }
    }

    func getHook(_ peer: InspectorState, _ params: ExchangeParams) async throws -> MethodAnswer<ExchangeResult> {
        try await bodies.run(.asked) {
            let exchange = bounded(try await runtime.exchange(params.exchange))
            try Task.checkCancellation()
            return MethodAnswer(exchange)
        }
    }

    func resolveHook(_ peer: InspectorState, _ params: HookRequestParams) async throws -> MethodAnswer<HookRoute> {
        let (agent, request) = try hookRequest(params)
        guard let target = try await runtime.resolveHook(params.hook, of: agent, request) else {
            let why = "The hook is static: it has no session."
            return MethodAnswer(HookRoute(session: nil, why: why, isTemporary: false))
        }
        let isTemporary = target.session == nil
        return MethodAnswer(HookRoute(session: target.session, why: target.why, isTemporary: isTemporary))
    }

    func sendHook(_ peer: InspectorState, _ params: HookRequestParams) async throws -> MethodAnswer<ExchangeResult> {
        let (agent, request) = try hookRequest(params)
        return MethodAnswer(bounded(try await runtime.handleHook(params.hook, of: agent, request).exchange))
    }

    func replayHook(_ peer: InspectorState, _ params: ReplayParams) async throws -> MethodAnswer<ExchangeResult> {
        let original = try await runtime.exchange(params.exchange)
        let agent = try runtime.agent(original.agent)
        let edits = params.edits ?? [:]
        try RecordedRequest.check(edits)
        for name in edits.object?.names ?? [] where !Self.editable.containsExactly(name) {
            throw RPCError.invalidParams(
                "'\(name.prefix(bytes: 40))' of a recorded request cannot be edited; \(Self.editable.joined(separator: ", ")) can."
            )
        }
        if original.isUnreadable, edits["body"] == nil {
            throw RuntimeError(
                .conflict,
                "request_unreadable",
                "The request was refused before a handler ran: \(original.error ?? "") Replay it with an edited body."
            )
        }
        let edited = original.request.edited(by: edits)
        try checkMethod(edited.method)
        let request = try HookRequest(edited)
        let reply = try await runtime.handleHook(
            original.hook,
            of: agent,
            request,
            into: try await target(of: original, params.into ?? "same", peer),
            replayOf: original.id
        )
        return MethodAnswer(bounded(reply.exchange))
    }

    /// `nil` for a hook that has no session.
    private func target(of original: Exchange, _ into: String, _ peer: InspectorState) async throws -> HookTarget? {
        guard let session = original.session else { return nil }
        switch into {
        case "fork":
            let key = SessionKey(agent: original.agent, session: session)
            let fork = try await runtime.fork(
                key,
                at: original.changed.map { .seq($0.lowerBound - 1) },
                as: nil,
                kind: .lasting,
                by: shared.author(peer, Methods.replayHook)
            )
            return HookTarget(
                session: fork.session,
                why: "Replayed into a fork of the session, from the moment before \(original.id)."
            )
        case "": throw RPCError.invalidParams("'into' must be 'same', 'fork' or a session's id.")
        case "same": return HookTarget(session: session, why: "Replayed into the session of \(original.id).")
        default: return HookTarget(session: into, why: "Replayed into the chosen session.")
        }
    }

    private func bounded(_ exchange: Exchange) -> ExchangeResult {
        ExchangeResult(document: bounds.bounded(exchange.json, .exchange(exchange.id)))
    }

    /// Members of a recorded request that a replay may change.
    private static let editable = ["method", "query", "headers", "body", "encoding"]

    private func checkMethod(_ method: String) throws(RPCError) {
        guard ["GET", "POST"].contains(method.uppercased()) else {
            throw .invalidParams("A hook takes GET or POST, not '\(method.prefix(bytes: 20))'.")
        }
    }

    private func hookRequest(_ params: HookRequestParams) throws -> (AgentBlueprint, HookRequest) {
        let agent = try runtime.agent(params.agent)
        guard agent.hook(params.hook) != nil else { throw RuntimeError.hookNotFound(params.hook, agent: agent.id) }
        let json = params.request ?? [:]
        try RecordedRequest.check(json)
        guard var wire = RecordedRequest(json: json) else {
            throw RPCError.invalidParams("'request' must be an object.")
        }
        try checkMethod(wire.method)
        if wire.path.isEmpty { wire.path = "/v1/agents/\(agent.id)/hooks/\(params.hook)" }
        return (agent, try HookRequest(wire))
    }
}
