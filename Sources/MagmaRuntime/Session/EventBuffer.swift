internal import SessionModel

/// What a session has recorded: its context and state, and the events and responses that the journal has not been given yet.
/// Pure: the session stamps events, and hands in what it takes.
struct EventBuffer: Sendable {
    typealias Answer = (request: String, at: Int64, answer: StoredResponse)

    /// What is handed in together.
    struct Batch: Sendable {
        let events: [SessionEvent]
        let answers: [Answer]
        let exchanges: [Exchange]
        /// Context and state after the events, when it is time for a checkpoint.
        let checkpoint: SessionFold?
    }

    /// A place to go back to with ``drop(backTo:)``.
    struct Mark: Sendable {
        fileprivate let fold: SessionFold
        fileprivate let count: Int
    }

    /// Events that are commonly handed in together.
    private static let commonCount = 8

    private(set) var fold: SessionFold
    private(set) var events: [SessionEvent] = []
    private var answers: [Answer] = []
    private var exchanges: [Exchange] = []
    /// Hooks that were received and have not answered, by the event of their receipt.
    private(set) var openHooks: [Int]
    /// The event of the newest checkpoint.
    private var checkpointed: Int

    /// - Parameters:
    ///   - fold: what the store has.
    ///   - checkpointed: the event of the newest checkpoint in the store.
    ///   - openHooks: what the store remembers of hooks that have not answered.
    init(_ fold: SessionFold = SessionFold(), checkpointed: Int = 0, openHooks: [Int] = []) {
        self.fold = fold
        self.openHooks = openHooks
        self.checkpointed = checkpointed
    }

    /// Whether there are no events to hand in.
    var isEmpty: Bool { events.isEmpty }

    /// Adds an event.
    ///
    /// - Returns: its `seq`, the next one.
    mutating func record(_ body: SessionEvent.Body, at time: Int64, cause: Int?, turn: String?) -> Int {
        let seq = fold.seq + 1
        fold.apply(body, at: seq)
        switch body {
        case .hookReceived: openHooks.append(seq)
        case .hookAnswered: openHooks.removeAll { $0 == cause }
        default: break
        }
        if events.isEmpty { events.reserveCapacity(Self.commonCount) }
        events.append(SessionEvent(seq: seq, at: time, cause: cause, turn: turn, body: body))
        return seq
    }

    /// Adds several events that change the context.
    mutating func record(contentsOf bodies: [SessionEvent.Body], at time: Int64, cause: Int) {
        let first = fold.seq + 1
        let added = bodies.enumerated().map { SessionEvent(seq: first + $0, at: time, cause: cause, body: $1) }
        fold.apply(added)
        events += added
    }

    /// Adds the response to a request with an idempotency key, to be stored with the events.
    mutating func keep(_ answer: StoredResponse, to request: String, at time: Int64) {
        answers.append((request, time, answer))
    }

    /// Adds an exchange, to be stored with the events that it brought about.
    mutating func keep(_ exchange: Exchange) { exchanges.append(exchange) }

    var mark: Mark { Mark(fold: fold, count: events.count) }

    /// Takes back what was recorded since the mark, if it was not handed in.
    mutating func drop(backTo mark: Mark) {
        fold = mark.fold
        events.removeLast(max(0, events.count - mark.count))
    }

    /// Starts over.
    ///
    /// - Returns: the events that were there.
    mutating func restart() -> [SessionEvent] {
        defer { self = EventBuffer() }
        return events
    }

    /// What is to be handed in; nothing of it is here afterwards.
    ///
    /// - Parameter interval: events after which it is time for a checkpoint.
    mutating func take(checkpointEvery interval: Int) -> Batch {
        let isDue = fold.seq - checkpointed >= interval
        if isDue { checkpointed = fold.seq }
        defer { forget() }
        return Batch(events: events, answers: answers, exchanges: exchanges, checkpoint: isDue ? fold : nil)
    }

    /// Forgets what was not handed in.
    mutating func forget() { (events, answers, exchanges) = ([], [], []) }
}
