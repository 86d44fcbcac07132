package import SessionModel

/// Where a runtime keeps everything: the parts of a store, adopted together.
package protocol SessionStore: OwnershipStore, JournalStore, JournalReader, SessionCatalog, ExchangeStore, JobStore,
    ResponseStore, AuditStore, NoteStore, TextStore
{
    /// Reads what is needed of a session to look at it, or to wake it.
    ///
    /// - Parameter recent: how many of its newest events are wanted; fewer come where they are large.
    /// - Returns: `nil` when there is no such session.
    func load(_ key: SessionKey, recent: Int) async throws -> StoredSession?

    /// Why the store cannot be relied on now, such as a full disk; `nil` when nothing is known to be wrong.
    var problem: RuntimeError? { get async }

    /// Drops what is no longer kept: old events, exchanges, and responses from before `answersBefore`.
    func trim(at now: Int64, answersBefore: Int64) async throws

    /// Lets go of files and connections, once nothing more is read or written.
    func close() async
}

extension SessionStore {
    package var problem: RuntimeError? { get async { nil } }

    package func close() async {}
}

/// Keeps the responses to requests with an idempotency key.
package protocol ResponseStore: Sendable {
    /// The response to a request; mostly it was stored with a ``JournalEntry``.
    func answer(to request: String) async throws -> StoredResponse?

    func save(_ answer: StoredResponse, to request: String, at time: Int64) async throws
}

/// Keeps who did what through the inspection protocol.
package protocol AuditStore: Sendable {
    /// The newest are kept: 10,000 in memory, 100,000 on disk; of refusals a tenth of it, beside those.
    func append(_ entry: AuditEntry) async throws

    /// Newest first, older than the entry of the number `before`.
    func audits(before: Int?, limit: Int) async throws -> [AuditEntry]
}

/// Keeps single values of the runtime itself under a name, such as when it was last known to run.
package protocol NoteStore: Sendable {
    func note(_ name: String) async throws -> JSON?
    func save(_ note: JSON, as name: String) async throws
}
