internal import Magma
internal import SessionModel

/// How a hook came out in its session.
struct HookOutcome: Sendable {
    var response: HookResponse
    var error: String?
    /// Whether the handler came to its end; not when its time was over.
    var isOver = true
}

extension Exchange {
    /// The exchange as it is when its hook is done.
    ///
    /// - Parameter duration: milliseconds.
    func finished(with outcome: HookOutcome, after duration: Double) -> Exchange {
        var exchange = self
        exchange.response = RecordedResponse(outcome.response)
        exchange.error = outcome.error
        exchange.duration = duration
        return exchange
    }
}

extension Session {
    /// Runs a hook's handler, for at most the time that hooks have. The exchange is stored with what it brought about.
    ///
    /// - Parameter start: the uptime at which the request came.
    /// - Throws: ``RuntimeError`` `session_ended` or the store's; what the handler throws is in the reply.
    func handle(
        _ hook: AgentBlueprint.Hook,
        _ request: HookRequest,
        _ exchange: Exchange,
        key: RequestKey?,
        since start: Double
    ) async throws -> HookReply {
        try await open()
        touch()
        let received = record(.hookReceived(exchange: exchange.id, hook: hook.name))
        let activity = "hook:\(hook.name)"
        begin(activity)
        let begin = services.time.uptime
        var outcome = await SessionHandle.$current.withValue(handle) {
            await Cause.$current.withValue(received) {
                await HookRun.outcome(services.deadlines, limit: services.limits.hookTime) { [agent] in
                    try await agent.runHook(hook.name, request)
                }
            }
        }
        if outcome.isOver { await recordReadings() } else { await captureState(cause: received) }
        if let error = takenBack(for: received), outcome.response.status < 500 {
            outcome.response = HookRun.failure(
                500,
                error.code,
                "What the hook changed in its session was taken back: the runtime's record of this exchange says why."
            )
            outcome.error = error.message
        }
        finish(activity, isStoredNext: true)
        let answered = record(
            .hookAnswered(
                exchange: exchange.id,
                hook: hook.name,
                status: outcome.response.status,
                duration: services.time.uptime - begin,
                error: outcome.error
            ),
            cause: received
        )
        if outcome.response.status >= 500 {
            let text = "\(hook.name) \(outcome.response.status)" + (outcome.error.map { ": \($0)" } ?? "")
            summary.trouble = .init(kind: "hook", seq: answered, text: text)
        } else {
            recover(from: "hook")
        }
        touch()
        if let key { keep(StoredResponse(outcome.response, session: self.key.session), to: key) }
        var finished = exchange.finished(with: outcome, after: services.time.uptime - start)
        finished.changed = received...answered
        keep(finished)
        try await store()
        return HookReply(response: outcome.response, exchange: finished)
    }
}

/// Runs a handler and turns whatever happens into an answer.
enum HookRun {
    static func outcome(
        _ deadlines: Deadlines,
        limit: Int64,
        _ run: @escaping @Sendable () async throws -> HookResponse?
    ) async -> HookOutcome {
        do {
            let response = try await deadlines.limit(milliseconds: limit, run) ?? .status(204)
            try response.checkNesting()
            return HookOutcome(response: response)
        } catch let exceeded as TimeLimitExceeded {
            let words = exceeded.words(limit: limit)
            return HookOutcome(
                response: failure(504, "hook_timeout", "The hook \(words)."),
                error: words,
                isOver: false
            )
        } catch {
            return HookOutcome(
                response: failure(
                    500,
                    "hook_failed",
                    "The hook failed; the runtime's record of this exchange says why."
                ),
                error: words(of: error)
            )
        }
    }

    static func failure(_ status: Int, _ code: String, _ message: String) -> HookResponse {
        .json(["message": .string(message), "code": .string(code)], status: status)
    }
}
