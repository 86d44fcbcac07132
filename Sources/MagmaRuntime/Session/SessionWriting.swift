internal import SessionModel

/// How far a session's object is with what it has the journal store.
struct SessionWriting: Sendable {
    let queue = Journal.WriteQueue()
    /// Under which this process holds it, see ``HeldSession``; `nil` while it is only looked at.
    var epoch: Int?
    /// Since when, in milliseconds since 1970.
    var claimed: Int64 = 0
    /// Of a copy that is only looked at: which session of its id it is of; see ``StoredPlace/identity``.
    var identity: Int64?
    /// Kept when a claim that is under way is over.
    var claiming: Promise<Void, Never>?
    var receipt: Journal.Receipt?
    /// Whether it is being made of another session, which may be made of this one.
    var isFork = false
    /// Whether the store has anything of the session.
    var isStored = false
    /// Whether what the store has is being renamed or removed, so that nothing may be added.
    var isClosed = false
    /// When the store last heard of the session before it was read, in milliseconds since 1970.
    var before: Int64 = 0
    /// The time of its last event, where several processes use the store.
    var latest: Int64 = 0
    /// What the store last had of the session's row; `nil` while it has none of this object.
    var row: WrittenRow?
    /// Lines that handlers have logged since something was last stored.
    var logged = 0
}

/// The part of a session's row that its journal does not tell, or that must be found without reading it.
struct WrittenRow: Sendable {
    /// The event up to which the row goes.
    let seq: Int
    let trouble: SessionSummary.Trouble?
    let openTurns: [String]
    let openHooks: [Int]

    /// Whether the row must be stored again, for what it tells has changed or is far behind.
    func isDue(after last: WrittenRow?) -> Bool {
        guard let last else { return true }
        return seq - last.seq >= SessionRecord.mostBehind || trouble != last.trouble || openTurns != last.openTurns
            || openHooks != last.openHooks
    }
}

/// Where the list's row of a session goes.
enum RowMove {
    case toMemory, toStore
}
