internal import Synchronization

/// The answer to a question that many may ask at once and that is asked once: who comes while it is under way waits for the same.
final class SharedAnswer<Value: Sendable>: Sendable {
    private let asking = Mutex<Task<Value, any Error>?>(nil)
    private let deadlines: Deadlines
    private let ask: @Sendable () async throws -> Value

    init(_ deadlines: Deadlines, _ ask: @escaping @Sendable () async throws -> Value) {
        self.deadlines = deadlines
        self.ask = ask
    }

    /// - Throws: ``TimeLimitExceeded``, when the question goes on for others, or what it throws.
    func get(within milliseconds: Int64) async throws -> Value {
        let question = asking.withLock { asking in
            let question =
                asking
                ?? Task {
                    defer { self.asking.withLock { $0 = nil } }
                    return try await self.ask()
                }
            asking = question
            return question
        }
        return try await deadlines.limit(milliseconds: milliseconds) { try await question.value }
    }
}
