internal import Synchronization

/// A result that is set once. All current and later readers get it.
///
/// The one way in which code here waits for something that other code brings about; queues of those who wait are arrays of
/// promises.
package final class Promise<Value: Sendable, Failure: Error>: Sendable {
    private enum State {
        case open([CheckedContinuation<Result<Value, Failure>, Never>])
        case kept(Result<Value, Failure>)
    }

    private let state = Mutex(State.open([]))

    package init() {}

    /// Gives the result, if it is the first.
    ///
    /// - Returns: whether it was the first.
    @discardableResult
    package func finish(_ result: Result<Value, Failure>) -> Bool {
        let waiting = state.withLock { state -> [CheckedContinuation<Result<Value, Failure>, Never>]? in
            guard case .open(let waiting) = state else { return nil }
            state = .kept(result)
            return waiting
        }
        waiting?.forEach { $0.resume(returning: result) }
        return waiting != nil
    }

    /// Waits for the result, also when the task that waits is cancelled.
    package var result: Result<Value, Failure> {
        get async {
            if case .kept(let result) = state.withLock(\.self) { return result }
            return await withCheckedContinuation { continuation in
                let kept = state.withLock { state -> Result<Value, Failure>? in
                    switch state {
                    case .open(let waiting):
                        state = .open(waiting + [continuation])
                        return nil
                    case .kept(let result): return result
                    }
                }
                if let kept { continuation.resume(returning: kept) }
            }
        }
    }
}

extension Promise where Failure == Never {
    package var value: Value { get async { await result.get() } }
}

extension Promise where Failure == any Error {
    package var value: Value { get async throws { try await result.get() } }

    /// Waits for the result; when the task that waits is cancelled, that is the result. For promises that one task waits for.
    package var valueUnlessCancelled: Value {
        get async throws {
            try await withTaskCancellationHandler {
                try await value
            } onCancel: {
                finish(.failure(CancellationError()))
            }
        }
    }
}
