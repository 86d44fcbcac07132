internal import SessionModel
internal import Synchronization

/// The sessions that are in memory. Finding and making one is a single step, so two first sights of an id at the same
/// moment make one session.
final class SessionRegistry: Sendable {
    private struct Place {
        let session: Session
        /// The uptime at which someone last asked for it.
        var asked: Double
    }

    private struct State {
        var places: [SessionKey: Place] = [:]
        /// Those that were only read from the store.
        var looked: Set<SessionKey> = []
    }

    private let state = Mutex(State())
    private let time: any TimeSource

    init(time: any TimeSource) { self.time = time }

    func session(_ key: SessionKey) -> Session? {
        let now = time.uptime
        return state.withLock { state in
            state.places[key]?.asked = now
            return state.places[key]?.session
        }
    }

    /// The session of that key, without that counting as use.
    func resident(_ key: SessionKey) -> Session? { state.withLock { $0.places[key]?.session } }

    /// The session of that key, made by `make` if there is none.
    ///
    /// - Parameter retains: someone uses it, so that it stays until it is idle; not for a tick or a look.
    func session(_ key: SessionKey, retains: Bool = true, make: () -> Session) -> Session {
        let now = time.uptime
        return state.withLock { state in
            if let place = state.places[key] {
                if retains { state.places[key]?.asked = now }
                return place.session
            }
            let session = make()
            state.places[key] = Place(session: session, asked: retains ? now : -.infinity)
            return session
        }
    }

    /// Whether nobody has asked for the session since that uptime.
    func isForgotten(_ key: SessionKey, since time: Double) -> Bool {
        state.withLock { $0.places[key].map { $0.asked <= time } ?? true }
    }

    /// Notes that the session is in memory to be looked at.
    func markViewed(_ key: SessionKey) { state.withLock { _ = $0.looked.insert(key) } }

    /// Those that were read to be looked at since the last call.
    func drainViewed() -> [Session] {
        state.withLock { state in
            defer { state.looked = [] }
            return state.looked.compactMap { state.places[$0]?.session }
        }
    }

    /// Takes the session out, if it is still this one.
    func remove(_ session: Session) {
        state.withLock { state in
            if state.places[session.key]?.session === session { state.places[session.key] = nil }
        }
    }

    func sessions(of agent: String) -> [Session] {
        state.withLock { state in state.places.values.lazy.map(\.session).filter { $0.key.agent == agent } }
    }

    var count: Int { state.withLock(\.places.count) }

    func has(_ key: SessionKey) -> Bool { state.withLock { $0.places[key] != nil } }

    var all: [Session] { state.withLock { $0.places.values.map(\.session) } }
}
