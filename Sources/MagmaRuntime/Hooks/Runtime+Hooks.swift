internal import Logging
package import Magma
internal import SessionModel
internal import Synchronization
internal import WorkPool

/// What a hook answered, and the record of it.
package struct HookReply: Sendable {
    package var response: HookResponse
    package var exchange: Exchange
}

extension Runtime {
    /// Handles a webhook: finds its session, runs it, and records the exchange.
    ///
    /// - Parameters:
    ///   - into: a session that takes it whatever the request says; for replays.
    ///   - replayOf: the exchange that this one repeats.
    ///   - key: under which the answer is stored.
    /// - Throws: ``RuntimeError`` `hook_not_found`, `session_rejected` (the agent's own rule threw),
    ///   `session_id_invalid`, `session_ended`, `setup_failed`, `shutting_down`. Then no session was made.
    package func handleHook(
        _ name: String,
        of agent: AgentBlueprint,
        _ request: HookRequest,
        into: HookTarget? = nil,
        replayOf: String? = nil,
        key: RequestKey? = nil
    ) async throws -> HookReply {
        try checkOpen()
        guard let hook = agent.hook(name) else { throw RuntimeError.hookNotFound(name, agent: agent.id) }
        let received = time.now
        let begin = time.uptime
        var exchange = Exchange(
            id: "ex_" + services.ids.ulid(at: received),
            agent: agent.id,
            hook: name,
            why: "",
            request: RecordedRequest(request),
            received: received
        )
        exchange.replayOf = replayOf
        do {
            work.begin()
            defer { work.end() }
            // All of an author's code may block: the rule for the session and its setup as well.
            let reply = try await withTaskExecutorPreference(WorkPool.shared) {
                try await run(hook, of: agent, request, into: into, key, &exchange, since: begin)
            }
            count(reply.exchange)
            announce(reply.exchange)
            return reply
        } catch let error as RuntimeError where error.address != nil {
            // It is recorded by the process that has the session.
            throw error
        } catch let error as RuntimeError {
            if let session = exchange.key, error == .sessionClosed(session) { exchange.forget() }
            exchange.error = error.message
            exchange.response = RecordedResponse(.failure(error.kind.status, error.code, error.message))
            await keep(&exchange, since: begin)
            throw error
        }
    }

    /// Runs the hook; its exchange is stored with what it brought about.
    ///
    /// - Parameter exchange: learns where the request goes.
    private func run(
        _ hook: AgentBlueprint.Hook,
        of agent: AgentBlueprint,
        _ request: HookRequest,
        into: HookTarget?,
        _ key: RequestKey?,
        _ exchange: inout Exchange,
        since begin: Double
    ) async throws -> HookReply {
        if let work = hook.runOnAgent {
            exchange.why = "The hook is static: the agent itself handles it, without a session."
            let limit = services.limits.handlers.hook
            let outcome = await HookOutcome(limit: limit) {
                try await services.deadlines.limit(milliseconds: limit) { try await work(request) }
            }
            if let key, !outcome.isCutOff {
                let answer = StoredResponse(outcome.response, session: nil).answering(key)
                try await store.save(answer, to: key.id, at: time.now)
            }
            let finished = exchange.finished(with: outcome, after: time.uptime - begin)
            await store(finished)
            return HookReply(response: outcome.response, exchange: finished)
        }
        let target: HookTarget
        if let into { target = into } else { target = try await self.target(of: hook, request) }
        exchange.why = target.why
        exchange.session = target.session
        try checkOpen()
        let place = try await place(target.session, of: agent)
        let beginning = SessionBeginning(
            origin: .hook,
            source: .setup(hook.setup(request)),
            isStoredWithMore: true
        )
        var accepted = exchange
        accepted.session = place.key.session
        let isAccepted = Atomic(false)
        do {
            return try await withHandlers(in: place, beginning) { [accepted] in
                isAccepted.store(true, ordering: .relaxed)
                try? await store.save(accepted)
                announce(accepted)
                return try await $0.handle(hook, request, accepted, key: key, since: begin)
            }
        } catch {
            if isAccepted.load(ordering: .relaxed) { exchange = accepted }
            throw error
        }
    }

    private func target(of hook: AgentBlueprint.Hook, _ request: HookRequest) async throws -> HookTarget {
        do {
            return try await withTaskExecutorPreference(WorkPool.shared) { try await hook.session.target(of: request) }
        } catch {
            throw RuntimeError(
                .malformed,
                "session_rejected",
                "The hook '\(hook.name)' cannot tell which session this request is for: \(error)"
            )
        }
    }

    /// Stores an exchange of which no session was a part, or in which it could not be stored.
    private func keep(_ exchange: inout Exchange, since begin: Double) async {
        exchange.duration = time.uptime - begin
        await store(exchange)
        count(exchange)
        announce(exchange)
    }

    private func store(_ exchange: Exchange) async {
        do { try await store.save(exchange) } catch {
            services.log.error(
                "An exchange could not be stored",
                metadata: ["exchange": "\(exchange.id)", "error": "\(error)"]
            )
        }
    }

    private func count(_ exchange: Exchange) {
        let isFailure = (exchange.response?.status ?? 500) >= 500
        services.meter.ended(.hooks, milliseconds: exchange.duration ?? 0, isFailure: isFailure)
    }

    /// Checks who sends a request, where the hook asks for it. What does not pass is recorded with the reason; the sender is told
    /// only that.
    ///
    /// - Throws: ``RuntimeError`` `signature_invalid`, or `hook_secret_missing` when the runtime has nothing to check it with.
    package func admitHook(_ name: String, of agent: AgentBlueprint, _ request: HookRequest) async throws {
        guard let verification = agent.hook(name)?.verification else { return }
        do { try verification.verify(request, at: time.now) } catch let refusal {
            let error =
                refusal.isOwnFault
                ? RuntimeError(
                    .failed,
                    "hook_secret_missing",
                    "The hook cannot check who sends this; its runtime's log says why."
                )
                : RuntimeError(
                    .unauthorized,
                    "signature_invalid",
                    "The request is not signed as the hook '\(name)' asks; the runtime's record of this exchange says why."
                )
            if refusal.isOwnFault {
                services.log.error("A hook has no secret", metadata: ["hook": "\(name)", "error": "\(refusal)"])
            }
            let response = HookResponse.failure(refusal.isOwnFault ? 500 : 401, error.code, error.message)
            await recordRefusal(of: request, to: name, of: agent, response, reason: refusal.reason)
            throw error
        }
    }

    /// Records a request that was refused before a session was chosen: those are what one looks for.
    ///
    /// - Parameters:
    ///   - response: what its sender is answered.
    ///   - reason: why it was refused, for those who look into it.
    package func recordRefusal(
        of request: HookRequest,
        to name: String,
        of agent: AgentBlueprint,
        _ response: HookResponse,
        reason: String
    ) async {
        var exchange = Exchange(
            id: "ex_" + services.ids.ulid(at: time.now),
            agent: agent.id,
            hook: name,
            why: Exchange.refused,
            request: RecordedRequest(request),
            received: time.now
        )
        exchange.response = RecordedResponse(response)
        exchange.error = reason
        await keep(&exchange, since: time.uptime)
    }

    private func announce(_ exchange: Exchange) { exchanges.send(exchange) }

    /// Which session a request would reach, and why; nothing is run but the agent's own rule.
    package func resolveHook(_ name: String, of agent: AgentBlueprint, _ request: HookRequest) async throws
        -> HookTarget?
    {
        guard let hook = agent.hook(name) else { throw RuntimeError.hookNotFound(name, agent: agent.id) }
        if hook.isStatic { return nil }
        let target = try await target(of: hook, request)
        _ = try await place(target.session, of: agent)
        return target
    }
}

extension Exchange {
    fileprivate static let refused = "It was refused before a session was chosen."

    /// Whether the request could not be read, so that no handler ran. A wrong signature does not count: a replay needs none.
    /// Stored exchanges have no other mark of it than why no session was chosen.
    package var isUnreadable: Bool {
        why == Self.refused && (400..<500).contains(response?.status ?? 0) && response?.status != 401
    }

    /// Its session was deleted while it ran: what came in goes with the session, and only that there was a request stays.
    fileprivate mutating func forget() {
        session = nil
        why = "Its session was deleted while the hook ran."
        request = RecordedRequest(method: request.method, path: request.path)
    }
}
