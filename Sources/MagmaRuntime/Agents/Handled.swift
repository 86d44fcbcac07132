/// What a handler of an agent came to. To have it, one has what the handler changed of the state recorded.
package struct Handled<Value: Sendable>: Sendable {
    private let result: Result<Value, any Error>

    init(_ result: Result<Value, any Error>) { self.result = result }

    /// - Throws: what the handler threw.
    func value(recordedIn session: isolated Session) async throws -> Value {
        await session.recordReadings()
        return try result.get()
    }
}
