/// How far a session's object is with what it has the journal store.
struct SessionWriting: Sendable {
    let queue = Journal.WriteQueue()
    /// What this process holds it by; `nil` while it is only looked at.
    var held: HeldSession?
    /// Kept when a claim that is under way is over.
    var claiming: Promise<Void, Never>?
    var receipt: Journal.Receipt?
    /// Whether the store has anything of the session.
    var isStored = false
    /// Whether what the store has is being renamed or removed, so that nothing may be added.
    var isClosed = false
    /// When the store last heard of the session before it was read, in milliseconds since 1970.
    var before: Int64 = 0
    /// Lines that handlers have logged since something was last stored.
    var logged = 0
}
