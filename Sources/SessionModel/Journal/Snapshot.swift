/// A named moment of a session: stored with its context and state, independently of the journal.
package struct Snapshot: Sendable, Hashable {
    package var name: String
    /// When it was taken, in milliseconds since 1970.
    package var at: Int64
    /// Whose token took it.
    package var by: String
    /// Context and state; its `seq` is the moment.
    package var fold: SessionFold

    package init(name: String, at: Int64, by: String, fold: SessionFold) {
        self.name = name
        self.at = at
        self.by = by
        self.fold = fold
    }
}

/// A snapshot as a list shows it: without context and state.
package struct SnapshotSummary: Sendable, Hashable {
    package var name: String
    package var seq: Int
    /// When it was taken, in milliseconds since 1970.
    package var at: Int64
    /// Whose token took it.
    package var by: String
    /// How many messages it holds.
    package var messages: Int

    package init(name: String, seq: Int, at: Int64, by: String, messages: Int) {
        self.name = name
        self.seq = seq
        self.at = at
        self.by = by
        self.messages = messages
    }
}

extension Snapshot {
    /// Maximum snapshots of one session; more are refused.
    package static let maximum = 1000

    package var summary: SnapshotSummary {
        SnapshotSummary(name: name, seq: fold.seq, at: at, by: by, messages: fold.messages.count)
    }
}
