package import Inspection
package import SessionModel

/// Events of one session that are stored together.
package struct JournalEntry: Sendable {
    package var key: SessionKey
    /// In order, following on what is stored of the session.
    package var events: [SessionEvent]

    package init(key: SessionKey, events: [SessionEvent]) {
        self.key = key
        self.events = events
    }
}

/// Where journals and exchanges are kept.
package protocol SessionStore: Sendable {
    /// Stores all entries, or none of them.
    func append(_ entries: [JournalEntry]) async throws

    /// Events with `after < seq`, oldest first.
    func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent]

    /// Events with `seq < before`, the newest of them, oldest first.
    func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent]

    /// The oldest `seq` that is still kept; 1 for a journal that is whole, 0 when there is none.
    func firstSeq(of key: SessionKey) async throws -> Int

    /// Forgets a session's journal.
    func remove(_ key: SessionKey) async throws

    /// Stores an exchange, in place of the one of the same id.
    func save(_ exchange: Exchange) async throws

    func exchange(_ id: String) async throws -> Exchange?

    /// Newest first: those of an agent, or of one of its sessions or hooks, older than the exchange `before`.
    func exchanges(agent: String?, session: String?, hook: String?, before: String?, limit: Int) async throws
        -> [Exchange]
}
