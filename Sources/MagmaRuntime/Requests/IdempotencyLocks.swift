internal import Synchronization

/// Lets one of several that ask for the same do it; the others wait in line, for a while.
final class IdempotencyLocks: Sendable {
    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<Void, any Error>
        let timer: Task<Void, Never>
    }

    private struct Line {
        let fingerprint: String
        var waiters: [Waiter] = []
    }

    private struct State {
        var lines: [String: Line] = [:]
        var count = 0
    }

    /// How many may wait for one; more are told at once that it runs.
    private static let longestLine = 64

    private let time: any TimeSource
    private let state = Mutex(State())

    init(time: any TimeSource) { self.time = time }

    /// Returns when no other request runs under this key; then ``leave(_:)`` must follow.
    ///
    /// - Throws: ``RuntimeError`` `idempotency_mismatch` when what runs under this key is another request, `in_progress`
    ///   after that many milliseconds, or `CancellationError`.
    func enter(_ request: RequestKey, within milliseconds: Int64) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enter(request, number, within: milliseconds, continuation)
            }
        } onCancel: {
            withdraw(request, number, CancellationError())
        }
    }

    private func enter(
        _ request: RequestKey,
        _ number: Int,
        within milliseconds: Int64,
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        let result = state.withLock { state -> Result<Void, any Error>? in
            guard let line = state.lines[request.id] else {
                state.lines[request.id] = Line(fingerprint: request.fingerprint)
                return .success(())
            }
            guard line.fingerprint == request.fingerprint else { return .failure(RuntimeError.idempotencyMismatch()) }
            guard line.waiters.count < Self.longestLine else { return .failure(RuntimeError.inProgress()) }
            let timer = Task { [time] in
                guard (try? await time.sleep(milliseconds: milliseconds)) != nil else { return }
                self.withdraw(request, number, RuntimeError.inProgress())
            }
            state.lines[request.id]?.waiters.append(Waiter(number: number, continuation: continuation, timer: timer))
            return nil
        }
        if let result {
            continuation.resume(with: result)
        } else if Task.isCancelled {
            withdraw(request, number, CancellationError())
        }
    }

    /// How many wait.
    func waiting(for request: RequestKey) -> Int { state.withLock { $0.lines[request.id]?.waiters.count ?? 0 } }

    private func withdraw(_ request: RequestKey, _ number: Int, _ error: any Error) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.lines[request.id]?.waiters.firstIndex(where: { $0.number == number }) else {
                return nil
            }
            return state.lines[request.id]?.waiters.remove(at: index)
        }
        waiter?.timer.cancel()
        waiter?.continuation.resume(throwing: error)
    }

    func leave(_ request: RequestKey) {
        let next = state.withLock { state -> Waiter? in
            guard state.lines[request.id]?.waiters.isEmpty == false else {
                state.lines[request.id] = nil
                return nil
            }
            return state.lines[request.id]?.waiters.removeFirst()
        }
        next?.timer.cancel()
        next?.continuation.resume()
    }
}
