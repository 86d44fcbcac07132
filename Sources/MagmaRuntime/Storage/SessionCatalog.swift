package import SessionModel

/// Knows which sessions are stored. What is asked of several sessions is asked of those that are asleep or have ended; the
/// runtime itself knows the others.
package protocol SessionCatalog: Sendable {
    /// A runtime starts: sessions that one before it left awake are asleep from now on, and imports that it did not finish are
    /// removed. Those of other runtimes that live stay as they are.
    ///
    /// - Returns: sessions of them that were in the middle of a turn or a hook.
    func recover() async throws -> [SessionKey]

    func record(of key: SessionKey) async throws -> SessionRecord?

    /// Rows of sessions that are asleep or have ended, in order, and how many match in all.
    func storedSessions(_ query: StoredSessionQuery) async throws -> (entries: [SessionEntry], total: Int)

    var storedSessionCounts: SessionCounts { get async throws }

    /// Sessions of an agent that are asleep and that this process ticks, in the order of their ids, after that id.
    func storedSessions(of agent: String, after: String, limit: Int) async throws -> [SessionRecord]

    /// Sessions that are asleep or have ended and whose time to be kept is over.
    func expired(at time: Int64, limit: Int) async throws -> [SessionRecord]

    /// Removes sessions with everything that is their own: all of them, or none.
    func remove(_ keys: [SessionKey]) async throws

    /// Gives a session another key.
    ///
    /// - Parameter record: what is known of it from then on; `nil` for the same as before.
    /// - Throws: ``RuntimeError`` `session_exists` when there is one of that key.
    func rename(_ key: SessionKey, to new: SessionKey, as record: SessionRecord?) async throws

    /// Stores a snapshot, in place of one of the same name.
    func save(_ snapshot: Snapshot, of key: SessionKey) async throws

    /// Oldest first.
    func snapshots(of key: SessionKey) async throws -> [SnapshotSummary]

    func snapshot(_ name: String, of key: SessionKey) async throws -> Snapshot?

    /// Whether there was one.
    func removeSnapshot(_ name: String, of key: SessionKey) async throws -> Bool
}
