internal import MagmaRuntime
internal import Synchronization

/// A clock that stands still until a test moves it.
package final class ManualTime: TimeSource {
    private struct Sleeper {
        /// Uptime.
        let until: Int64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        /// The uptime, which is the wall clock for as long as nobody sets that.
        var now: Int64
        /// What the wall clock is ahead.
        var offset: Int64 = 0
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var count = 0
    }

    private let state: Mutex<State>

    package init(now: Int64 = 1_800_000_000_000) { state = Mutex(State(now: now)) }

    package var now: Int64 { state.withLock { $0.now + $0.offset } }
    package var uptime: Double { state.withLock { Double($0.now) } }

    /// Sets the wall clock, by so much; nobody is woken by that.
    package func set(by milliseconds: Int64) { state.withLock { $0.offset += milliseconds } }

    package func sleep(until moment: Double) async throws {
        try Task.checkCancellation()
        let moment = Int64(min(moment, 9e18).rounded(.up))
        let id = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if moment <= state.now { return .success(()) }
                    state.sleepers[id] = Sleeper(until: moment, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the clock on, and wakes everyone whose time has come.
    package func advance(by milliseconds: Int64) {
        let due = state.withLock { state in
            state.now += milliseconds
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.until < $1.until }
        }
        due.forEach { $0.continuation.resume() }
    }

    /// When the next sleeper wakes, by the wall clock.
    package var nextWake: Int64? {
        state.withLock { state in state.sleepers.values.map(\.until).min().map { $0 + state.offset } }
    }

    package var sleeping: Int { state.withLock { $0.sleepers.count } }
}
