internal import Synchronization

/// Runs one request at a time: callers that come while it is under way wait for its answer.
final class SharedAnswer<Value: Sendable>: Sendable {
    private let asking = Mutex<Task<Value, any Error>?>(nil)
    private let deadlines: Deadlines
    private let ask: @Sendable () async throws -> Value

    init(_ deadlines: Deadlines, _ ask: @escaping @Sendable () async throws -> Value) {
        self.deadlines = deadlines
        self.ask = ask
    }

    /// - Throws: ``TimeLimitExceeded``, while the request goes on for others, or what the request throws.
    func get(within milliseconds: Int64) async throws -> Value {
        let request = asking.withLock { asking in
            let request =
                asking
                ?? Task {
                    defer { self.asking.withLock { $0 = nil } }
                    return try await self.ask()
                }
            asking = request
            return request
        }
        return try await deadlines.limit(milliseconds: milliseconds) { try await request.value }
    }
}
