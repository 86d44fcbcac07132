internal import Magma

/// A session's turns with their tasks, and a promise for each turn that waits.
struct SessionTurns: Sendable {
    private(set) var queue = TurnQueue()
    private var places: [String: Promise<Bool, Never>] = [:]
    private var tasks: [String: Task<TurnReply, any Error>] = [:]

    /// - Parameter unfinished: what the store remembers.
    init(unfinished: [String] = []) { queue = TurnQueue(unfinished: unfinished) }

    /// Whether none runs or waits.
    var isEmpty: Bool { queue.running == nil && tasks.isEmpty }

    /// Takes a turn in; those whose place it takes are told, or cancelled.
    mutating func enter(_ turn: String, policy: TurnPolicy) -> TurnQueue.Admission {
        let admission = queue.enter(turn, policy: policy)
        if case .wait(let superseded, let cancelling) = admission {
            for id in superseded { places.removeValue(forKey: id)?.finish(.success(false)) }
            if let cancelling { tasks[cancelling]?.cancel() }
        }
        return admission
    }

    /// Takes the task of a turn that has entered, unless the turn is over already.
    mutating func carryOut(_ turn: String, in task: Task<TurnReply, any Error>) {
        if queue.place(of: turn) != .lost { tasks[turn] = task }
    }

    /// Resolves to `true` when an admitted turn may run, or to `false` when it is superseded or cancelled first.
    mutating func place(of turn: String) -> Promise<Bool, Never> {
        let promise = Promise<Bool, Never>()
        switch queue.place(of: turn) {
        case .running: promise.finish(.success(true))
        case .lost: promise.finish(.success(false))
        case .waiting: places[turn] = promise
        }
        return promise
    }

    /// The running turn is done: the next one has its place.
    mutating func leave() {
        if let next = queue.leave() { places.removeValue(forKey: next)?.finish(.success(true)) }
    }

    /// Cancels a turn, or the one that runs.
    ///
    /// - Returns: whether there was one.
    mutating func cancel(_ turn: String?) -> Bool {
        guard let id = turn ?? queue.running, let task = tasks[id] else { return false }
        if queue.withdraw(id) { places.removeValue(forKey: id)?.finish(.success(false)) }
        task.cancel()
        return true
    }

    func cancelAll() { for task in tasks.values { task.cancel() } }

    /// Nobody asks about the turn any more.
    mutating func forget(_ turn: String) {
        tasks[turn] = nil
        // Keeps no memory while nothing is under way.
        if tasks.isEmpty { tasks = [:] }
        queue.forget(turn)
    }

    /// The turn's end is recorded.
    mutating func finish(_ turn: String?) { queue.finish(turn) }

    /// All that a stop has interrupted is brought to an end.
    mutating func finishAll() { queue.finishAll() }
}
