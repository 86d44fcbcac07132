package import Testing

/// Waits for something that other tasks bring about; gives up after a bound that only a fault reaches.
package func eventually(
    _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let limit = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < limit {
        if try await condition() { return }
        await Task.yield()
    }
    Issue.record("it did not come about: \(what)", sourceLocation: sourceLocation)
}
