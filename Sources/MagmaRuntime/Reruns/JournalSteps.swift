internal import DequeModule
internal import SessionModel

/// Reads the steps of a session out of its journal, in the order in which they began, each with the state after it.
struct JournalSteps: Sendable {
    private static let page = 512
    /// Steps that may wait behind one that has not ended; then it is given as one without an end.
    private static let mostBegun = 256

    private let runtime: Runtime
    private let key: SessionKey
    /// The last event that is read.
    private let end: Int
    private var fold: SessionFold
    private var events: ArraySlice<SessionEvent> = []
    /// Those that have begun, and those behind them.
    private var begun: Deque<RecordedStep> = []
    /// The last thing that an inspector did, until something has changed by it.
    private var act: (seq: Int, method: String)?

    /// - Parameter fold: context and state before the first step.
    init(of key: SessionKey, after fold: SessionFold, upTo end: Int = .max, in runtime: Runtime) {
        self.runtime = runtime
        self.key = key
        self.end = end
        self.fold = fold
    }

    /// The next step; one that has no end in the journal comes when all of the journal has been read.
    mutating func next() async throws -> RecordedStep? {
        while begun.first?.isOver != true, begun.count < Self.mostBegun {
            guard let event = try await nextEvent() else { break }
            read(event)
        }
        return begun.isEmpty ? nil : begun.removeFirst()
    }

    /// The next step that is the one that is looked for; others are left out.
    mutating func first(where isMeant: (RecordedStep.Input) -> Bool) async throws -> RecordedStep? {
        while let step = try await next() { if isMeant(step.input) { return step } }
        return nil
    }

    private mutating func nextEvent() async throws -> SessionEvent? {
        if events.isEmpty {
            try Task.checkCancellation()
            // A store in memory never waits: others have their turn here.
            await Task.yield()
            events = try await runtime.events(of: key, after: fold.seq, limit: Self.page)[...]
        }
        guard let event = events.first, event.seq <= end else { return nil }
        guard event.seq == fold.seq + 1 else { throw RuntimeError.forgotten(before: event.seq, key) }
        return events.removeFirst()
    }

    private mutating func read(_ event: SessionEvent) {
        fold.apply(event)
        if case .inspectorActed(_, let method) = event.body {
            act = (event.seq, method)
        } else if let act, event.cause == act.seq, event.body.isChange {
            begun.append(RecordedStep(change: act.method, seq: act.seq))
            self.act = nil
        } else if let index = begun.firstIndex(where: { !$0.isOver && $0.owns(event) }) {
            begun[index].take(event)
            if begun[index].isOver { begun[index].state = fold.state }
        } else if var step = RecordedStep(beginning: event) {
            step.state = fold.state
            begun.append(step)
        }
    }
}

extension Runtime {
    /// The last event before anything came to a session from outside.
    ///
    /// - Throws: ``RuntimeError`` `seq_forgotten` when that part of its journal is no longer kept.
    func beginning(of key: SessionKey) async throws -> Int {
        var seq = 0
        while true {
            let events = try await events(of: key, after: seq, limit: 512)
            guard let first = events.first, let last = events.last else { return seq }
            guard first.seq == seq + 1 else {
                throw RuntimeError.forgotten(before: first.seq, key)
            }
            if let begin = events.first(where: { RecordedStep(beginning: $0) != nil }) { return begin.seq - 1 }
            seq = last.seq
        }
    }
}

extension RuntimeError {
    fileprivate static func forgotten(before seq: Int, _ key: SessionKey) -> RuntimeError {
        RuntimeError(
            .notFound,
            "seq_forgotten",
            "The events before \(seq) of the session '\(key.session)' are no longer kept; rerun it from \(seq) or later."
        )
    }
}
