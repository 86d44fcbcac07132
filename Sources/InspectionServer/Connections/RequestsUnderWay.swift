internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// The prompt requests that one connection has under way. Those that name one session, and those that name none, go one after
/// another, and beside them what changes that session. One that waits, such as for another process, holds up no others, nor the
/// reading of the socket until there are many.
final class PromptRequests: Sendable {
    /// How many may be under way; then the socket is not read until one is answered.
    static let maximum = 16

    /// A request's place in the line of its session.
    struct Place: Sendable {
        fileprivate let requests: PromptRequests
        fileprivate let session: ExactString
        fileprivate let isCounted: Bool
        fileprivate let end = Promise<Void, Never>()
        /// Kept when the one before it is answered; `nil` when there is none.
        let turn: Promise<Void, Never>?

        /// It is answered.
        func leave() { requests.leave(self) }
    }

    private struct State {
        /// The ends of the lines, by the session's name; that of requests about none is empty.
        var last: [ExactString: Promise<Void, Never>] = [:]
        var count = 0
        /// Kept when there is room again.
        var room: Promise<Void, Never>?
        /// Kept when none is left.
        var end: Promise<Void, Never>?
    }

    private let state = Mutex(State())

    /// Takes a place as soon as there is room.
    func enter(_ session: String) async -> Place {
        while let room = state.withLock(\.room) { await room.value }
        return place(of: session, isCounted: true)
    }

    /// Takes a place for a slow request that changes the session: what names it comes after that.
    func enterToChange(_ session: String) -> Place { place(of: session, isCounted: false) }

    /// Kept when those that entered before are answered; `nil` when there are none.
    func end(of session: String) -> Promise<Void, Never>? { state.withLock { $0.last[ExactString(session)] } }

    private func place(of session: String, isCounted: Bool) -> Place {
        let session = ExactString(session)
        return state.withLock { state in
            let place = Place(requests: self, session: session, isCounted: isCounted, turn: state.last[session])
            state.last[session] = place.end
            if isCounted { state.count += 1 }
            if state.count >= Self.maximum, state.room == nil { state.room = Promise() }
            return place
        }
    }

    /// Returns when none is left.
    func finish() async {
        let end = Promise<Void, Never>()
        let isOver = state.withLock { state in
            state.end = end
            return state.count == 0
        }
        if !isOver { await end.value }
    }

    private func leave(_ place: Place) {
        let (room, end) = state.withLock { state in
            if place.isCounted { state.count -= 1 }
            if state.last[place.session] === place.end { state.last[place.session] = nil }
            return (state.count < Self.maximum ? state.room.take() : nil, state.count == 0 ? state.end.take() : nil)
        }
        place.end.finish(.success(()))
        room?.finish(.success(()))
        end?.finish(.success(()))
    }
}

/// Counts the slow requests that one connection has under way.
final class SlowRequests: Sendable {
    static let maximum = 32

    private let count = Mutex(0)

    /// Whether one more may begin.
    func begin() -> Bool {
        count.withLock { count in
            guard count < Self.maximum else { return false }
            count += 1
            return true
        }
    }

    func end() { count.withLock { $0 -= 1 } }
}
