package import Logging
internal import Synchronization

/// Slows down guessing of keys and tokens: each wrong one within a minute delays the next refusal longer. Correct ones
/// never wait.
package final class WrongTries: Sendable {
    static let longest = Duration.seconds(2)

    private struct State {
        var recent: [ContinuousClock.Instant] = []
        var logged: ContinuousClock.Instant?
        /// Wrong tries since the last one that was logged.
        var unlogged = 0
    }

    private let state = Mutex(State())

    /// Delays the answer to a wrong try, and logs tries at most once a second, with their number.
    package func hold(up what: Logger.Message, _ log: Logger) async {
        let count = state.withLock { state -> Int? in
            state.unlogged += 1
            if let logged = state.logged, .now - logged < .seconds(1) { return nil }
            defer { (state.logged, state.unlogged) = (.now, 0) }
            return state.unlogged
        }
        if let count { log.warning(what, metadata: ["times": "\(count)"]) }
        try? await Task.sleep(for: next())
    }

    /// How long the answer to a wrong try is to wait.
    func next(at now: ContinuousClock.Instant = .now) -> Duration {
        state.withLock { state in
            state.recent.removeAll { now - $0 > .seconds(60) }
            state.recent = state.recent.suffix(63) + [now]
            return min(Self.longest, .milliseconds(25) * (1 << min(7, state.recent.count - 1)))
        }
    }
}
