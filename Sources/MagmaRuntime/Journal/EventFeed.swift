package import SessionModel
internal import Synchronization

/// Wakes those who follow a session when it has new events, and holds what is only worth its newest value.
///
/// It carries no events: a follower reads them from the store, from its own cursor on.
package final class EventFeed: Sendable {
    /// What a session is doing right now: not stored, without a `seq`.
    package struct Live: Sendable, Hashable {
        package var doing: String?
        package var turn: String?
        /// The text that the model has streamed so far.
        package var text = ""

        package init() {}
    }

    /// A wake-up call; several that nobody has heard are one.
    package struct Follower: Sendable {
        package let wakes: AsyncStream<Void>
        fileprivate let id: Int
    }

    private struct State {
        var followers: [SessionKey: [Int: AsyncStream<Void>.Continuation]] = [:]
        var live: [SessionKey: Live] = [:]
        /// Sessions whose followers will soon be woken for what is only worth its newest value.
        var stirred: Set<SessionKey> = []
        var count = 0
    }

    /// How long followers are not told of newest values, so that many of them are one.
    private static let calm = Duration.milliseconds(20)

    private let state = Mutex(State())

    package func follow(_ key: SessionKey) -> Follower {
        let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.count += 1
            state.followers[key, default: [:]][state.count] = continuation
            return state.count
        }
        return Follower(wakes: wakes, id: id)
    }

    package func unfollow(_ key: SessionKey, _ follower: Follower) {
        let continuation = state.withLock { state in
            let removed = state.followers[key]?.removeValue(forKey: follower.id)
            if state.followers[key]?.isEmpty == true { state.followers[key] = nil }
            return removed
        }
        continuation?.finish()
    }

    func publish(_ keys: some Sequence<SessionKey>) {
        state.withLock { state in
            guard !state.followers.isEmpty else { return }
            for key in keys { state.followers[key]?.values.forEach { $0.yield() } }
        }
    }

    /// What the session does right now.
    package func live(_ key: SessionKey) -> Live { state.withLock { $0.live[key] ?? Live() } }

    func update(_ key: SessionKey, _ change: (inout Live) -> Void) {
        let mustWake = state.withLock { state in
            var live = state.live[key] ?? Live()
            change(&live)
            state.live[key] = live == Live() ? nil : live
            return state.followers[key] != nil && state.stirred.insert(key).inserted
        }
        guard mustWake else { return }
        Task {
            try? await Task.sleep(for: Self.calm)
            state.withLock { state in
                state.stirred.remove(key)
                state.followers[key]?.values.forEach { $0.yield() }
            }
        }
    }
}
