internal import Synchronization

/// Lets one of several that ask for the same do it; the others wait in line, for a while.
final class IdempotencyLocks: Sendable {
    private struct Line {
        let fingerprint: String
        var waiting: [Promise<Void, any Error>] = []
    }

    /// How many may wait for one; more are told at once that it runs.
    private static let longestLine = 64

    private let deadlines: Deadlines
    private let lines = Mutex<[String: Line]>([:])

    init(deadlines: Deadlines) { self.deadlines = deadlines }

    /// Returns when no other request runs under this key; then ``leave(_:)`` must follow.
    ///
    /// - Throws: ``RuntimeError`` `idempotency_mismatch` when what runs under this key is another request, `in_progress`
    ///   after that many milliseconds, or `CancellationError`.
    func enter(_ request: RequestKey, within milliseconds: Int64) async throws {
        guard let turn = try joinLine(of: request) else { return }
        do {
            try await deadlines.limit(turn, milliseconds: milliseconds)
        } catch {
            lines.withLock { $0[request.id]?.waiting.removeAll { $0 === turn } }
            throw error is TimeLimitExceeded ? RuntimeError.inProgress() : error
        }
    }

    /// - Returns: what to wait for; `nil` when nobody else is there.
    private func joinLine(of request: RequestKey) throws(RuntimeError) -> Promise<Void, any Error>? {
        try lines.withLock { lines throws(RuntimeError) in
            guard let line = lines[request.id] else {
                lines[request.id] = Line(fingerprint: request.fingerprint)
                return nil
            }
            guard line.fingerprint == request.fingerprint else { throw .idempotencyMismatch() }
            guard line.waiting.count < Self.longestLine else { throw .inProgress() }
            let turn = Promise<Void, any Error>()
            lines[request.id]?.waiting.append(turn)
            return turn
        }
    }

    /// How many wait.
    func waiting(for request: RequestKey) -> Int { lines.withLock { $0[request.id]?.waiting.count ?? 0 } }

    /// Lets the next one in who still waits.
    func leave(_ request: RequestKey) {
        lines.withLock { lines in
            while lines[request.id]?.waiting.isEmpty == false {
                if lines[request.id]?.waiting.removeFirst().finish(.success(())) == true { return }
            }
            lines[request.id] = nil
        }
    }
}
