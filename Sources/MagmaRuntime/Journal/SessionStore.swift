package import Inspection
package import SessionModel

/// Events of one session that are stored together, with what they make of it.
package struct JournalEntry: Sendable {
    package var key: SessionKey
    /// In order, following on what is stored of the session.
    package var events: [SessionEvent]
    /// The session as it is after the events; `status` `awake` for as long as an instance lives.
    package var record: SessionRecord?
    /// Context and state after the events, for waking without reading the whole journal.
    package var checkpoint: SessionFold?
    /// What requests with an idempotency key that the events belong to are answered.
    package var answers: [(request: String, at: Int64, answer: KeptAnswer)]
    /// The events and the record as JSON text, for a store that keeps text: see ``write()``.
    package private(set) var texts: (events: [String], record: String?) = ([], nil)
    /// What is done at once when it is stored, before anybody else hears of it.
    var whenStored: (@Sendable () -> Void)?

    package init(
        key: SessionKey,
        events: [SessionEvent],
        record: SessionRecord? = nil,
        checkpoint: SessionFold? = nil,
        answers: [(request: String, at: Int64, answer: KeptAnswer)] = []
    ) {
        self.key = key
        self.events = events
        self.record = record
        self.checkpoint = checkpoint
        self.answers = answers
    }

    /// Writes the events as text. Whoever hands the entry in does it, and so many at once: only one at a time can
    /// store them.
    mutating func write() { texts = (events.map(\.text), record?.json.text) }

    /// Takes in what follows on it.
    package mutating func extend(with next: JournalEntry) {
        events += next.events
        texts.events += next.texts.events
        if let record = next.record {
            self.record = record
            texts.record = next.texts.record
        }
        checkpoint = next.checkpoint ?? checkpoint
        answers += next.answers
        whenStored = next.whenStored ?? whenStored
    }
}

/// Where events go for good.
package protocol JournalStore: Sendable {
    /// Whether storing waits for nothing.
    var isImmediate: Bool { get }
    /// Whether it keeps the entries' ``JournalEntry/texts``.
    var keepsText: Bool { get }
    /// Stores all entries, or none of them.
    func append(_ entries: [JournalEntry]) async throws
}

extension SessionStore {
    package var problem: RuntimeError? { get async { nil } }
}

extension JournalStore {
    package var isImmediate: Bool { false }
    package var keepsText: Bool { false }
}

/// Where sessions are kept: journals, records, snapshots, exchanges and answers.
///
/// What is asked of several sessions is asked of those that sleep or have ended; the runtime itself knows the others.
package protocol SessionStore: JournalStore {
    // MARK: Journals

    /// Events with `after < seq`, oldest first; fewer than `limit` where they are large, but some if there are any.
    func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent]

    /// Events with `seq < before`, the newest of them, oldest first; fewer where they are large, as above.
    func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent]

    /// The oldest `seq` that is still kept; 1 for a journal that is whole, 0 when there is none.
    func firstSeq(of key: SessionKey) async throws -> Int

    /// The newest checkpoint at or before `seq`.
    func checkpoint(of key: SessionKey, at seq: Int) async throws -> SessionFold?

    // MARK: Sessions

    /// A runtime starts: sessions that one before it left awake sleep now, and imports that it did not finish are
    /// forgotten.
    ///
    /// - Returns: those of them that were in the middle of a turn.
    func takeOver() async throws -> [SessionKey]

    func record(of key: SessionKey) async throws -> SessionRecord?

    /// Rows of sessions that sleep or have ended, in order, and how many there are in all.
    func sleepers(_ query: SleeperQuery) async throws -> (entries: [SessionEntry], total: Int)

    var sleeperCounts: SessionCounts { get async throws }

    /// Sleeping sessions of an agent in the order of their ids, after that id.
    func sleepers(of agent: String, after: String, limit: Int) async throws -> [SessionRecord]

    /// What happened on the schedules of an agent in all its sessions, newest first, as far as it is kept.
    func tickEvents(of agent: String, limit: Int) async throws -> [(session: String, event: SessionEvent)]

    /// Sleeping and ended sessions whose time has come.
    func expired(at time: Int64, limit: Int) async throws -> [SessionRecord]

    /// Forgets sessions with everything that is their own: all of them, or none.
    func remove(_ keys: [SessionKey]) async throws

    /// Gives a session another key.
    ///
    /// - Parameter record: what is known of it from then on; `nil` for the same as before.
    /// - Throws: ``RuntimeError`` `session_exists` when there is one of that key.
    func rename(_ key: SessionKey, to new: SessionKey, as record: SessionRecord?) async throws

    // MARK: Snapshots

    /// Stores a snapshot, in place of one of the same name.
    func save(_ snapshot: Snapshot, of key: SessionKey) async throws

    /// Oldest first.
    func snapshots(of key: SessionKey) async throws -> [Snapshot]

    /// Whether there was one.
    func removeSnapshot(_ name: String, of key: SessionKey) async throws -> Bool

    // MARK: Exchanges

    /// Stores an exchange, in place of the one of the same id.
    func save(_ exchange: Exchange) async throws

    func exchange(_ id: String) async throws -> Exchange?

    /// Exchanges that were never answered, as lists hold them.
    func openExchanges() async throws -> [Exchange]

    /// Newest first, as lists hold them: those of an agent, or of one of its sessions or hooks, older than the exchange
    /// `before`.
    func exchanges(agent: String?, session: String?, hook: String?, before: String?, limit: Int) async throws
        -> [Exchange]

    // MARK: The runtime's own

    /// Why the store cannot be relied on now, such as a full disk; `nil` when nothing is known to be wrong.
    var problem: RuntimeError? { get async }

    /// What was answered to a request with an idempotency key; mostly it came with a ``JournalEntry``.
    func answer(to request: String) async throws -> KeptAnswer?
    func save(_ answer: KeptAnswer, to request: String, at time: Int64) async throws

    /// Drops what is kept no longer: old events, exchanges, and answers from before `answersBefore`.
    func trim(at now: Int64, answersBefore: Int64) async throws

    /// Writes down who did what. The newest are kept: 10,000 in memory, 100,000 on disk; of refusals a tenth of it, beside
    /// those.
    func append(_ entry: AuditEntry) async throws

    /// Newest first, older than the entry of the number `before`.
    func audits(before: Int?, limit: Int) async throws -> [AuditEntry]

    /// What the runtime remembers of itself under a name, such as which jobs are paused.
    func note(_ name: String) async throws -> JSON?
    func save(_ note: JSON, as name: String) async throws
}
