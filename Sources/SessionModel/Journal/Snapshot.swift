/// A moment of a session that someone gave a name: kept whole, whatever becomes of the journal.
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
