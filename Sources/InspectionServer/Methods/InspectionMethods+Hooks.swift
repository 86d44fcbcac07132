internal import Inspection
internal import Magma
internal import MagmaRuntime
internal import SessionModel

extension InspectionMethods {
    func listHooks(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let limit = try params.int("limit", default: 100, in: 1...1000)
        let agent = try optionalAgent(params)
        let session = try params.optionalText("session")
        let hook = try params.optionalText("hook")
        if let agent, let hook, agent.hook(hook) == nil { throw RuntimeError.hookNotFound(hook, agent: agent.id) }
        let found = try await runtime.exchanges(
            agent: agent?.id,
            session: session,
            hook: hook,
            before: try params.optionalText("before"),
            limit: limit + 1
        )
        // One that has exchanges may be gone; of one that has none it is worth knowing that it is not there.
        if found.isEmpty, agent != nil, session != nil { try await runtime.checkExists(self.session(params)) }
        let (rows, isCut) = AnswerBounds.first(found.prefix(limit).map { bounds.bounded($0.row, .exchange($0.id)) })
        return MethodAnswer(["exchanges": .array(rows), "more": .bool(isCut || found.count > limit)])
    }

    func watchHooks(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let watch = HooksWatch(
            id: try peer.newID("h"),
            agent: try params.optionalText("agent"),
            session: try params.optionalText("session")
        )
        var result = try await listHooks(peer, params).result.object ?? [:]
        peer.open(watch)
        result["watch"] = .string(watch.id)
        let shown = result["exchanges"]?.array ?? []
        return MethodAnswer(.object(result)) { [runtime] line in
            try await watch.run(on: runtime, to: line, shown: shown)
        }
    }

    func getHook(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        try await bodies.run(.asked) {
            let exchange = bounded(try await self.exchange(params))
            try Task.checkCancellation()
            return MethodAnswer(["exchange": exchange])
        }
    }

    func resolveHook(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let (agent, name, request) = try hookRequest(params)
        guard let target = try await runtime.resolveHook(name, of: agent, request) else {
            return MethodAnswer(["session": nil, "why": "The hook is static: it has no session.", "temporary": false])
        }
        return MethodAnswer([
            "session": target.session.map(JSON.string) ?? .null, "why": .string(target.why),
            "temporary": .bool(target.session == nil),
        ])
    }

    func sendHook(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let (agent, name, request) = try hookRequest(params)
        let reply = try await runtime.handleHook(name, of: agent, request)
        return MethodAnswer(["exchange": bounded(reply.exchange)])
    }

    func replayHook(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let original = try await exchange(params)
        let agent = try runtime.agent(original.agent)
        let edits = try params.object("edits") ?? [:]
        try RecordedRequest.check(edits)
        let request = try HookRequest(original.request.edited(by: edits))
        let reply = try await runtime.handleHook(
            original.hook,
            of: agent,
            request,
            into: try await target(of: original, try params.optionalText("into") ?? "same", peer),
            replayOf: original.id
        )
        return MethodAnswer(["exchange": bounded(reply.exchange)])
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
                by: author(peer, .replayHook)
            )
            return HookTarget(
                session: fork.session,
                why: "Replayed into a fork of the session of \(original.id), made as it was before it."
            )
        case "": throw RPCError.invalidParams("'into' must be 'same', 'fork' or a session's id.")
        case "same": return HookTarget(session: session, why: "Replayed into the session of \(original.id).")
        default: return HookTarget(session: into, why: "Replayed into a session chosen by hand.")
        }
    }

    private func bounded(_ exchange: Exchange) -> JSON { bounds.bounded(exchange.json, .exchange(exchange.id)) }

    private func exchange(_ params: Params) async throws -> Exchange {
        try await runtime.exchange(try params.text("exchange"))
    }

    private func hookRequest(_ params: Params) throws -> (AgentBlueprint, String, HookRequest) {
        let agent = try agent(params)
        let name = try params.text("hook")
        guard agent.hook(name) != nil else { throw RuntimeError.hookNotFound(name, agent: agent.id) }
        let json = try params.object("request") ?? [:]
        try RecordedRequest.check(json)
        guard var wire = RecordedRequest(json: json) else {
            throw RPCError.invalidParams("'request' must be an object.")
        }
        guard ["GET", "POST"].contains(wire.method.uppercased()) else {
            throw RPCError.invalidParams("A hook takes GET or POST, not '\(wire.method.prefix(bytes: 20))'.")
        }
        if wire.path.isEmpty { wire.path = "/v1/agents/\(agent.id)/hooks/\(name)" }
        return (agent, name, try HookRequest(wire))
    }
}
