internal import Synchronization
internal import WorkPool

/// Thrown by ``Deadlines/limit(milliseconds:_:)`` when the time is over.
struct TimeLimitExceeded: Error {
    /// The time was not over; the runtime was shut down.
    var isByShutdown = false

    /// What became of the work, as the rest of a sentence.
    ///
    /// - Parameter limit: milliseconds that it had.
    func words(limit: Int64) -> String {
        isByShutdown
            ? "was cancelled, because the runtime was shut down"
            : "took longer than \(limit / 1000) s and was cancelled"
    }
}

/// Ends waits whose time is over. One sleeper stands for all of them, since most of what is limited ends long before its
/// time: a timer for each would outlive it by minutes.
final class Deadlines: Sendable {
    private struct Entry {
        /// Uptime.
        let moment: Double
        let end: @Sendable (TimeLimitExceeded) -> Void
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var count = 0
        var isOver = false
        var sleeper: Task<Void, Never>?
        /// When the sleeper wakes.
        var wakes = Double.infinity
    }

    let time: any TimeSource
    private let state = Mutex(State())

    init(time: any TimeSource) { self.time = time }

    deinit { state.withLock { $0.sleeper?.cancel() } }

    /// Runs `body`, a handler that may block, for at most that long. When the time is over it is cancelled and no longer waited for, so that a
    /// handler which ignores cancellation holds nobody up.
    ///
    /// - Throws: ``TimeLimitExceeded``, or what `body` throws.
    func limit<Value: Sendable>(
        milliseconds: Int64,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await limit(milliseconds: milliseconds) { outcome in
            Task(executorPreference: WorkPool.shared) {
                do { outcome.finish(.success(try await body())) } catch { outcome.finish(.failure(error)) }
            }
        }
    }

    /// The same for a handler of an agent: it begins at once, since it goes to the agent's own executor before any code of
    /// an author runs.
    func limit<Value: Sendable>(
        milliseconds: Int64,
        in agent: any AgentInstance,
        _ handler: @escaping @Sendable (any AgentInstance) async -> Value
    ) async throws -> Value {
        try await limit(milliseconds: milliseconds) { outcome in
            Task.immediate(executorPreference: WorkPool.shared) {
                _ = outcome.finish(.success(await handler(agent)))
            }
        }
    }

    /// The time runs before the work does.
    private func limit<Value: Sendable>(
        milliseconds: Int64,
        begin: (Promise<Value, any Error>) -> Task<Void, Never>
    ) async throws -> Value {
        let outcome = Promise<Value, any Error>()
        let entry = add(at: time.uptime + Double(milliseconds)) { outcome.finish(.failure($0)) }
        let work = begin(outcome)
        defer {
            work.cancel()
            state.withLock { _ = $0.entries.removeValue(forKey: entry) }
        }
        return try await outcome.valueUnlessCancelled
    }

    /// Waits for a promise for at most that long.
    ///
    /// - Throws: ``TimeLimitExceeded``, `CancellationError`, or what the promise fails with.
    func limit<Value>(_ promise: Promise<Value, any Error>, milliseconds: Int64) async throws -> Value {
        let entry = add(at: time.uptime + Double(milliseconds)) { promise.finish(.failure($0)) }
        defer { state.withLock { _ = $0.entries.removeValue(forKey: entry) } }
        return try await promise.valueUnlessCancelled
    }

    /// Whether the runtime's shutdown has ended all.
    var isOver: Bool { state.withLock(\.isOver) }

    /// Ends all that is limited now, for the runtime is shut down.
    func endAll() {
        let entries = state.withLock { state in
            state.isOver = true
            defer { state.entries = [:] }
            return Array(state.entries.values)
        }
        entries.forEach { $0.end(TimeLimitExceeded(isByShutdown: true)) }
    }

    private func add(at moment: Double, _ end: @escaping @Sendable (TimeLimitExceeded) -> Void) -> Int {
        state.withLock { state in
            state.count += 1
            state.entries[state.count] = Entry(moment: moment, end: end)
            if moment < state.wakes {
                state.sleeper?.cancel()
                sleep(until: moment, &state)
            }
            return state.count
        }
    }

    private func sleep(until moment: Double, _ state: inout State) {
        state.wakes = moment
        state.sleeper = Task.detached { [weak self, time] in
            do { try await time.sleep(until: moment) } catch { return }
            self?.wake()
        }
    }

    /// Ends what is due, and sleeps until the next is.
    private func wake() {
        let due = state.withLock { state in
            let now = time.uptime
            let due = state.entries.filter { $0.value.moment <= now }
            for id in due.keys { state.entries[id] = nil }
            state.sleeper = nil
            state.wakes = .infinity
            if let next = state.entries.values.map(\.moment).min() { sleep(until: next, &state) }
            return due.values
        }
        due.forEach { $0.end(TimeLimitExceeded()) }
    }
}
