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

/// Events that say their number, as one entry.
package func entry(
    _ key: SessionKey,
    seqs: ClosedRange<Int>,
    status: SessionSummary.Status = .asleep,
    created: Int64 = 0,
    text: (Int) -> String = { "\($0)" }
) -> JournalEntry {
    var summary = SessionSummary(key: key, kind: .lasting, created: created, origin: .chat)
    summary.status = status
    summary.seq = seqs.upperBound
    let events = seqs.map {
        SessionEvent(seq: $0, at: Int64($0), cause: $0 - 1, turn: "t", body: .log(level: "info", text: text($0)))
    }
    return JournalEntry(
        key: key,
        events: events,
        record: SessionRecord(summary: summary, state: [:], pausedJobs: [])
    )
}
