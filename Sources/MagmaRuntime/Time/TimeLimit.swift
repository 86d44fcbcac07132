internal import Synchronization

/// Thrown by ``withTimeLimit(milliseconds:on:_:)`` when the time is over.
struct TimeLimitExceeded: Error {}

/// Runs `body` for at most that long. When the time is over it is cancelled and no longer waited for, so that a
/// handler which ignores cancellation holds nobody up.
func withTimeLimit<Value: Sendable>(
    milliseconds: Int64,
    on time: any TimeSource,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let race = Race<Value>()
    let work = Task {
        do { race.finish(.success(try await body())) } catch { race.finish(.failure(error)) }
    }
    let timer = Task {
        try await time.sleep(milliseconds: milliseconds)
        race.finish(.failure(TimeLimitExceeded()))
    }
    defer {
        work.cancel()
        timer.cancel()
    }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { race.start($0) }
    } onCancel: {
        race.finish(.failure(CancellationError()))
    }
}

/// One continuation that the first of several finishers resumes.
private final class Race<Value: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Value, any Error>)
        case early(Result<Value, any Error>)
        case done
    }

    private let state = Mutex(State.idle)

    func start(_ continuation: CheckedContinuation<Value, any Error>) {
        let result = state.withLock { state -> Result<Value, any Error>? in
            guard case .early(let result) = state else {
                state = .waiting(continuation)
                return nil
            }
            state = .done
            return result
        }
        if let result { continuation.resume(with: result) }
    }

    func finish(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .idle: state = .early(result)
            case .waiting(let continuation):
                state = .done
                return continuation
            case .early, .done: break
            }
            return nil
        }
        continuation?.resume(with: result)
    }
}
