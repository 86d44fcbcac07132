internal import Synchronization

/// Sessions of which several tasks each take the next one, so that a slow one holds up no other.
final class RemainingSessions: Sendable {
    /// Kept when the last one is taken.
    let allTaken = Promise<Void, Never>()
    private let sessions: [Session]
    private let taken = Atomic(0)

    init(_ sessions: [Session]) {
        self.sessions = sessions
        if sessions.isEmpty { allTaken.finish(.success(())) }
    }

    var count: Int { sessions.count }

    func next() -> Session? {
        let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        if index == sessions.count - 1 { allTaken.finish(.success(())) }
        return index < sessions.count ? sessions[index] : nil
    }
}
