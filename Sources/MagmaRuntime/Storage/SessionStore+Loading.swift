package import SessionModel

/// A session as the store has it: all that is read to look at it, or to wake it.
package struct StoredSession: Sendable {
    /// Brought up to date with the journal.
    package let record: SessionRecord
    /// Context and state after the last event.
    package let fold: SessionFold
    /// The event of the newest checkpoint; 0 when there is none.
    package let checkpointed: Int
    /// The newest events, oldest first.
    package let recent: [SessionEvent]
    /// Which it is of the sessions that had or will have its id; see ``StoredPlace/identity``.
    package let identity: Int64?

    /// Puts together what was read in one go.
    ///
    /// - Parameters:
    ///   - checkpoint: the newest.
    ///   - events: of the journal's end, oldest first.
    ///   - firstKept: the first event that the journal still has.
    ///   - last: its last one.
    ///   - recent: how many events are wanted.
    /// - Returns: `nil` when more events are needed than these.
    package init?(
        _ record: SessionRecord,
        checkpoint: SessionFold?,
        events: [SessionEvent],
        firstKept: Int,
        last: Int,
        recent: Int,
        identity: Int64?
    ) {
        let after = min(checkpoint?.seq ?? 0, record.summary.seq)
        let first = max(firstKept, min(after, last - recent) + 1)
        guard after <= last, after == last || after >= firstKept - 1 else { return nil }
        let isWhole = events.first.map { $0.seq <= first && $0.seq + events.count == last + 1 } ?? (first > last)
        guard isWhole else { return nil }
        var (record, fold) = (record, checkpoint ?? SessionFold())
        record.follow(events)
        fold.apply(events.filter { $0.seq > fold.seq })
        self.init(
            record,
            fold: fold,
            checkpointed: checkpoint?.seq ?? 0,
            recent: events.suffix(recent),
            identity: identity
        )
    }

    fileprivate init(
        _ record: SessionRecord,
        fold: SessionFold,
        checkpointed: Int,
        recent: [SessionEvent],
        identity: Int64?
    ) {
        self.record = record
        self.fold = fold
        self.checkpointed = checkpointed
        self.recent = recent
        self.identity = identity
    }
}

extension SessionStore {
    package func load(_ key: SessionKey, recent: Int) async throws -> StoredSession? {
        try await loadInPieces(key, recent: recent)
    }

    /// The same as ``SessionStore/load(_:recent:)``, by the methods that read one thing each.
    package func loadInPieces(_ key: SessionKey, recent: Int) async throws -> StoredSession? {
        // First: one that comes to have its id meanwhile is another one.
        let identity = isShared ? try await place(of: key)?.identity : nil
        guard var record = try await record(of: key) else { return nil }
        let checkpoint = try await checkpoint(of: key, at: .max)
        let fold = try await fold(of: key, at: .max, from: checkpoint)
        while record.summary.seq < fold.seq {
            let events = try await events(of: key, after: record.summary.seq, limit: 512)
            if events.isEmpty { break }
            record.follow(events)
        }
        return StoredSession(
            record,
            fold: fold,
            checkpointed: checkpoint?.seq ?? 0,
            recent: recent > 0 ? (try? await events(of: key, before: .max, limit: recent)) ?? [] : [],
            identity: identity
        )
    }
}
