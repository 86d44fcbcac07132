internal import SessionModel

/// The journal of a capsule as it comes in: what was read, and what of it is not stored yet.
struct ImportedJournal {
    private static let batch = 256
    /// Bytes of events that are stored together at most, about.
    private static let batchBytes = 8 << 20

    /// What the session that it is read into is held by.
    var held: HeldSession?
    /// Context and state after what was stored.
    private var growing = GrowingFold()
    /// The event up to which it was read; ``fold`` follows with each batch that is stored.
    private(set) var last = 0
    private(set) var counted = 0
    private(set) var pending: [SessionEvent] = []
    private var pendingBytes = 0
    private var stateBound = StateBound()
    /// The event up to which the newest checkpoint goes.
    private var checkpointed = 0

    /// A journal whose first events are no longer kept begins after them.
    mutating func begin(with base: SessionFold) {
        growing = GrowingFold(base)
        stateBound = StateBound(of: base.state)
        checkpointed = base.seq
        last = base.seq
    }

    /// Context and state after what was stored, whole: in time linear in its messages.
    var fold: SessionFold { growing.fold }
    /// What of it costs nothing.
    var seq: Int { growing.seq }
    var state: JSON { growing.state }
    var messageCount: Int { growing.messageCount }

    /// Takes the event after ``last``.
    ///
    /// - Returns: whether what is pending must be stored now.
    mutating func add(_ event: SessionEvent, bytes: Int) -> Bool {
        last = event.seq
        counted += 1
        pending.append(event)
        pendingBytes += bytes
        // What copies can make the state grow beyond its limit before the next batch.
        if case .stateChanged(let patch) = event.body, patch.copies { return true }
        return pending.count >= Self.batch || pendingBytes >= Self.batchBytes
    }

    /// The events to be stored; ``fold`` has them after this.
    ///
    /// - Parameter check: throws when a state is no good; called when it may be larger than `stateLimit`.
    mutating func takePending(
        stateLimit: Int,
        check: (JSON) throws(RuntimeError) -> Void
    ) throws(RuntimeError) -> [SessionEvent] {
        growing.apply(pending)
        if stateBound.mayExceed(pending, limit: stateLimit) {
            try check(state)
            stateBound = StateBound(of: state)
        }
        defer { (pending, pendingBytes) = ([], 0) }
        return pending
    }

    /// ``fold`` when it is time to store it; as much as is written again comes to no more than what is new.
    mutating func takeDueCheckpoint() -> SessionFold? {
        let due = max(4096, messageCount, state.object?.count ?? 0)
        guard seq - checkpointed >= due else { return nil }
        checkpointed = seq
        return fold
    }
}
