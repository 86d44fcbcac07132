package import MagmaRuntime
package import SessionModel

extension JournalStore {
    /// Stores entries none of which may be refused.
    package func appendAll(_ entries: [JournalEntry]) async throws {
        for refusal in try await append(entries).values { throw refusal }
    }
}

extension JournalEntry {
    /// The entry with some of its parts replaced.
    package func with(
        events: [SessionEvent]? = nil,
        record: SessionRecord? = nil,
        checkpoint: SessionFold? = nil,
        answers: [(request: String, at: Int64, answer: StoredResponse)]? = nil
    ) -> JournalEntry {
        JournalEntry(
            key: key,
            epoch: epoch,
            events: events ?? self.events,
            record: record ?? self.record,
            checkpoint: checkpoint ?? self.checkpoint,
            answers: answers ?? self.answers,
            exchanges: exchanges,
            companions: companions
        )
    }
}
