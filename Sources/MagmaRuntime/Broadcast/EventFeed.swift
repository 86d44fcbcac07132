package import SessionModel
internal import Synchronization

/// Wakes those who follow a session when it has new events, and holds what is only worth its newest value.
///
/// It carries no events: a follower reads them from the store, from its own cursor on.
package final class EventFeed: Sendable {
    /// What a session is doing right now: not stored, without a `seq`.
    package struct Live: Sendable {
        package var doing: String?
        package var turn: String?
        /// What the model streams in that turn.
        package var streamed: StreamedText?

        package init() {}

        fileprivate var isNothing: Bool { doing == nil && turn == nil && streamed == nil }
    }

    /// A wake-up call; several that nobody has heard are one.
    package struct Follower: Sendable {
        package let wakes: AsyncStream<Void>
        fileprivate let id: Int
        /// Tells the session from others that had or will have the same id: a number that nobody outside can choose, and
        /// that is given once. All who follow the session at the same time have the same.
        package let incarnation: Int
    }

    private struct Group {
        let incarnation: Int
        let wakes = Broadcast<Void>(.dropOldest(1))
    }

    private struct State {
        var groups: [SessionKey: Group] = [:]
        var live: [SessionKey: Live] = [:]
        /// Sessions whose followers will soon be woken for what is only worth its newest value.
        var stirred: Set<SessionKey> = []
        var incarnations = 0
        var dismissals = 0
    }

    /// How long followers are not told of newest values, so that many of them are one.
    private static let calm = Duration.milliseconds(20)

    private let state = Mutex(State())

    package func follow(_ key: SessionKey) -> Follower {
        state.withLock { state in
            let group =
                state.groups[key]
                ?? {
                    state.incarnations += 1
                    return Group(incarnation: state.incarnations)
                }()
            state.groups[key] = group
            let listener = group.wakes.listen()
            return Follower(wakes: listener.elements, id: listener.id, incarnation: group.incarnation)
        }
    }

    /// Whether the follower still follows the session that has that key now.
    package func isCurrent(_ key: SessionKey, _ follower: Follower) -> Bool {
        guard let group = state.withLock({ $0.groups[key] }), group.incarnation == follower.incarnation else {
            return false
        }
        return group.wakes.has(follower.id)
    }

    /// Lets those go who follow a session that is no more: another one may come to have its id.
    func dismiss(_ key: SessionKey) {
        let group = state.withLock { state in
            state.live[key] = nil
            state.dismissals += 1
            return state.groups.removeValue(forKey: key)
        }
        group?.wakes.finish()
    }

    /// How many sessions were deleted, renamed or let go so far, so that what is kept of one for a moment is not taken for another's.
    package var dismissals: Int { state.withLock(\.dismissals) }

    package func unfollow(_ key: SessionKey, _ follower: Follower) {
        state.withLock { state in
            guard let group = state.groups[key], group.incarnation == follower.incarnation else { return }
            group.wakes.leave(follower.id)
            if group.wakes.count == 0 { state.groups[key] = nil }
        }
    }

    /// Wakes those who follow a session that another process has written.
    package func wake(_ key: SessionKey) { publish([key]) }

    func publish(_ keys: some Sequence<SessionKey>) {
        state.withLock { state in
            guard !state.groups.isEmpty else { return }
            for key in keys { state.groups[key]?.wakes.send(()) }
        }
    }

    /// What the session does right now.
    package func live(_ key: SessionKey) -> Live { state.withLock { $0.live[key] ?? Live() } }

    func update(_ key: SessionKey, _ change: (inout Live) -> Void) {
        let mustWake = state.withLock { state in
            var live = state.live[key] ?? Live()
            change(&live)
            state.live[key] = live.isNothing ? nil : live
            return state.groups[key] != nil && state.stirred.insert(key).inserted
        }
        guard mustWake else { return }
        Task {
            try? await Task.sleep(for: Self.calm)
            state.withLock { state in
                state.stirred.remove(key)
                state.groups[key]?.wakes.send(())
            }
        }
    }
}
