internal import Synchronization

/// Counts work in flight, and holds the tasks that no caller waits for.
final class InFlightWork: Sendable {
    private struct State {
        var count = 0
        var tasks: [Int: Task<Void, Never>] = [:]
        var nextTask = 0
        /// Made for the first who waits.
        var idle: Promise<Void, Never>?
    }

    private let state = Mutex(State())

    func begin() { state.withLock { $0.count += 1 } }

    func end() {
        let idle = state.withLock { state -> Promise<Void, Never>? in
            state.count -= 1
            return state.count == 0 ? state.idle.take() : nil
        }
        idle?.finish(.success(()))
    }

    /// Runs something by itself, within the runtime's lifetime.
    func start(_ work: @escaping @Sendable () async -> Void) {
        begin()
        state.withLock { state in
            state.nextTask += 1
            let id = state.nextTask
            state.tasks[id] = Task {
                await work()
                self.state.withLock { _ = $0.tasks.removeValue(forKey: id) }
                self.end()
            }
        }
    }

    /// Waits until nothing is under way; what is not done in time is cancelled.
    ///
    /// - Returns: whether all of it was done in time.
    func finish(within milliseconds: Int64, _ deadlines: Deadlines) async -> Bool {
        do {
            try await deadlines.limit(milliseconds: milliseconds) { await self.idle() }
            return true
        } catch {
            for task in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
            return false
        }
    }

    private func idle() async {
        let idle = state.withLock { state -> Promise<Void, Never>? in
            guard state.count > 0 else { return nil }
            let idle = state.idle ?? Promise()
            state.idle = idle
            return idle
        }
        await idle?.value
    }
}
