internal import MagmaRuntime
internal import SessionModel

/// A session's record as columns that lists are sorted and filtered by.
struct RecordRow {
    private let record: SessionRecord

    init(_ record: SessionRecord) { self.record = record }

    /// `lower_agent`, `lower_id`, `kind`, `status`, `origin`.
    var names: [String?] {
        let summary = record.summary
        return [
            summary.key.agent.lowercased(), summary.key.session.lowercased(), summary.kind.rawValue,
            summary.status.rawValue, summary.origin.rawValue,
        ]
    }

    /// `interrupted`, `trouble`, `paused`, `created`, `active`, `expires`, `seq`, `first_seq`, `messages`, `tokens`.
    ///
    /// - Parameter first: the first event of a session that is new.
    func numbers(first: Int) -> [Int64?] {
        let summary = record.summary
        return [
            record.isInterrupted ? 1 : 0, summary.trouble == nil ? 0 : 1, summary.paused ? 1 : 0, summary.times.created,
            summary.times.active, summary.times.expires, Int64(summary.seq), Int64(first), Int64(summary.messages),
            Int64(summary.tokens),
        ]
    }
}
