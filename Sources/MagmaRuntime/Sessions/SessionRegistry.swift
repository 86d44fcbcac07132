internal import SessionModel
internal import Synchronization

/// All sessions that are alive or still listed. Finding and making one is a single step, so two first sights of an id
/// at the same moment make one session.
final class SessionRegistry: Sendable {
    private let sessions = Mutex<[SessionKey: Session]>([:])

    func session(_ key: SessionKey) -> Session? { sessions.withLock { $0[key] } }

    /// The session of that key, made by `make` if there is none; and whether it was made.
    func session(_ key: SessionKey, make: () -> Session) -> (session: Session, isNew: Bool) {
        sessions.withLock { sessions in
            if let session = sessions[key] { return (session, false) }
            let session = make()
            sessions[key] = session
            return (session, true)
        }
    }

    /// Takes the session out, if it is still this one.
    func remove(_ session: Session) {
        sessions.withLock { sessions in
            if sessions[session.key] === session { sessions[session.key] = nil }
        }
    }

    func sessions(of agent: String) -> [Session] {
        sessions.withLock { $0.values.filter { $0.key.agent == agent } }
    }

    var all: [Session] { sessions.withLock { Array($0.values) } }
}
