package import SessionModel

/// Events of one session that are stored together, with what they make of it. It does not change, so that it is handed on
/// without being copied.
package final class JournalEntry: Sendable {
    package let key: SessionKey
    /// Under which the process holds the session: see ``OwnershipStore/claim(_:)``.
    package let epoch: Int
    /// In order, following on what is stored of the session.
    package let events: [SessionEvent]
    /// The session as it is after the events; `status` is `awake` while an instance lives.
    package let record: SessionRecord?
    /// Context and state after the events, for waking without reading the whole journal.
    package let checkpoint: SessionFold?
    /// What requests with an idempotency key that the events belong to are answered.
    package let answers: [(request: String, at: Int64, answer: StoredResponse)]
    /// Exchanges that the events belong to, as they are after them.
    package let exchanges: [Exchange]
    /// Entries of other sessions that are stored together with this one, or none of them is.
    package let companions: [JournalEntry]
    /// The events and the record as the store writes them: see ``JournalStore/encoded(_:_:)``.
    package let encoded: EncodedEntry?
    /// What is done at once when it is stored, before anybody else hears of it.
    let whenStored: (@Sendable () -> Void)?

    package init(
        key: SessionKey,
        epoch: Int = 0,
        events: [SessionEvent],
        record: SessionRecord? = nil,
        checkpoint: SessionFold? = nil,
        answers: [(request: String, at: Int64, answer: StoredResponse)] = [],
        exchanges: [Exchange] = [],
        companions: [JournalEntry] = [],
        encoded: EncodedEntry? = nil,
        whenStored: (@Sendable () -> Void)? = nil
    ) {
        self.key = key
        self.epoch = epoch
        self.events = events
        self.record = record
        self.checkpoint = checkpoint
        self.answers = answers
        self.exchanges = exchanges
        self.companions = companions
        self.encoded = encoded
        self.whenStored = whenStored
    }

    /// The entry and what follows on it, as one.
    package func extended(with next: JournalEntry) -> JournalEntry {
        var encoded = encoded
        encoded?.events += next.encoded?.events ?? []
        if next.record != nil { encoded?.record = next.encoded?.record }
        return JournalEntry(
            key: key,
            epoch: epoch,
            events: events + next.events,
            record: next.record ?? record,
            checkpoint: next.checkpoint ?? checkpoint,
            answers: answers + next.answers,
            exchanges: exchanges + next.exchanges,
            companions: companions + next.companions,
            encoded: encoded,
            whenStored: next.whenStored ?? whenStored
        )
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
