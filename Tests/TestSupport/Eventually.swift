package import Testing

/// Waits for something that other tasks bring about; gives up after a bound that only a fault reaches.
package func eventually(
    _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let limit = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < limit {
        if try await condition() { return }
        // Leaves the cores to what is waited for.
        try await Task.sleep(for: .milliseconds(1))
    }
    Issue.record("it did not come about: \(what)", sourceLocation: sourceLocation)
}
