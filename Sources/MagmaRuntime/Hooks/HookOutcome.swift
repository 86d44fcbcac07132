internal import Magma
internal import SessionModel

/// How a hook came out.
struct HookOutcome: Sendable {
    var response: HookResponse
    var error: String?
    /// Whether the runtime's shutdown cut it off, so that a later try with the same key is to run.
    private(set) var isCutOff = false

    /// Turns whatever a handler came to into an answer.
    ///
    /// - Parameter limit: milliseconds that it had.
    init(limit: Int64, _ run: () async throws -> HookResponse?) async {
        do {
            response = try await run() ?? .status(204)
            try response.checkNesting()
        } catch let exceeded as TimeLimitExceeded {
            let words = exceeded.words(limit: limit)
            isCutOff = exceeded.isByShutdown
            response = .failure(504, "hook_timeout", "The hook \(words).")
            error = words
        } catch {
            let why = "The hook failed; the runtime's record of this exchange says why."
            response = .failure(500, "hook_failed", why)
            self.error = "\(error)"
        }
    }

    /// What the hook changed was taken back: it has failed.
    mutating func fail(because refusal: RuntimeError) {
        guard response.status < 500 else { return }
        response = .failure(
            500,
            refusal.code,
            "What the hook changed in its session was taken back: the runtime's record of this exchange says why."
        )
        error = refusal.message
    }
}

extension HookResponse {
    /// What its sender is answered when a hook fails.
    static func failure(_ status: Int, _ code: String, _ message: String) -> HookResponse {
        .json(["message": .string(message), "code": .string(code)], status: status)
    }
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
