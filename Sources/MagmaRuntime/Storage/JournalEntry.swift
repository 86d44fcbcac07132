package import SessionModel

/// Events of one session that are stored together, with what they make of it.
package struct JournalEntry: Sendable {
    package var key: SessionKey
    /// Under which the process holds the session: see ``OwnershipStore/claim(_:)``.
    package var epoch: Int
    /// In order, following on what is stored of the session.
    package var events: [SessionEvent]
    /// The session as it is after the events; `status` is `awake` while an instance lives.
    package var record: SessionRecord?
    /// Context and state after the events, for waking without reading the whole journal.
    package var checkpoint: SessionFold?
    /// What requests with an idempotency key that the events belong to are answered.
    package var answers: [(request: String, at: Int64, answer: StoredResponse)]
    /// Exchanges that the events belong to, as they are after them.
    package var exchanges: [Exchange]
    /// Entries of other sessions that are stored together with this one, or none of them is.
    package var companions: [JournalEntry] = []
    /// The events and the record as the store writes them: see ``JournalStore/encoded(_:)``.
    package internal(set) var encoded: EncodedEntry?
    /// What is done at once when it is stored, before anybody else hears of it.
    var whenStored: (@Sendable () -> Void)?

    package init(
        key: SessionKey,
        epoch: Int = 0,
        events: [SessionEvent],
        record: SessionRecord? = nil,
        checkpoint: SessionFold? = nil,
        answers: [(request: String, at: Int64, answer: StoredResponse)] = [],
        exchanges: [Exchange] = []
    ) {
        self.key = key
        self.epoch = epoch
        self.events = events
        self.record = record
        self.checkpoint = checkpoint
        self.answers = answers
        self.exchanges = exchanges
    }

    /// The entry and its companions, in the order in which they are stored.
    package var parts: [JournalEntry] { [self] + companions }

    /// Takes in what follows on it.
    package mutating func extend(with next: JournalEntry) {
        events += next.events
        encoded?.events += next.encoded?.events ?? []
        if let record = next.record {
            self.record = record
            encoded?.record = next.encoded?.record
        }
        checkpoint = next.checkpoint ?? checkpoint
        answers += next.answers
        exchanges += next.exchanges
        companions += next.companions
        whenStored = next.whenStored ?? whenStored
    }
}

/// A journal entry's text in a store's own encoding.
package struct EncodedEntry: Sendable {
    package var events: [String]
    package var record: String?

    package init(events: [String], record: String?) {
        self.events = events
        self.record = record
    }
}
