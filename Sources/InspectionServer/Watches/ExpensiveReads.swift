internal import MagmaRuntime
internal import Synchronization

/// Lets one reading that goes over all sessions run at a time, over all inspectors, and rests after each for as long as it
/// took: however many filters are watched, half of one core is left for them. What somebody asked for goes before what is
/// only brought up to date.
final class ExpensiveReads: Sendable {
    enum Urgency: Sendable { case asked, refresh }

    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var isBusy = false
        var asked: [Waiter] = []
        var refreshes: [Waiter] = []
        var count = 0

        mutating func take(_ number: Int) -> Waiter? {
            if let index = asked.firstIndex(where: { $0.number == number }) { return asked.remove(at: index) }
            if let index = refreshes.firstIndex(where: { $0.number == number }) { return refreshes.remove(at: index) }
            return nil
        }
    }

    /// A reading that was over this soon, in milliseconds, is not rested from.
    private static let cheap = 5.0
    private static let longestRest = 1000.0

    private let time: any TimeSource
    private let state = Mutex(State())

    init(time: any TimeSource) { self.time = time }

    /// How many wait.
    var waiting: Int { state.withLock { $0.asked.count + $0.refreshes.count } }

    /// - Throws: `CancellationError` while it waits, or what `read` throws.
    func run<Value: Sendable>(_ urgency: Urgency, _ read: () async throws -> Value) async throws -> Value {
        try await enter(urgency)
        let begin = time.uptime
        defer { leave(after: time.uptime - begin) }
        return try await read()
    }

    private func enter(_ urgency: Urgency) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let mayRun = state.withLock { state in
                    guard state.isBusy else {
                        state.isBusy = true
                        return true
                    }
                    let waiter = Waiter(number: number, continuation: continuation)
                    if urgency == .asked { state.asked.append(waiter) } else { state.refreshes.append(waiter) }
                    return false
                }
                if mayRun { continuation.resume() } else if Task.isCancelled { withdraw(number) }
            }
        } onCancel: {
            withdraw(number)
        }
    }

    private func withdraw(_ number: Int) {
        state.withLock { $0.take(number) }?.continuation.resume(throwing: CancellationError())
    }

    private func leave(after milliseconds: Double) {
        guard milliseconds > Self.cheap else { return next() }
        Task {
            try? await Task.sleep(for: .milliseconds(min(milliseconds, Self.longestRest)))
            next()
        }
    }

    private func next() {
        let waiter = state.withLock { state -> Waiter? in
            if !state.asked.isEmpty { return state.asked.removeFirst() }
            if !state.refreshes.isEmpty { return state.refreshes.removeFirst() }
            state.isBusy = false
            return nil
        }
        waiter?.continuation.resume()
    }
}
