/// What a test waited for in vain.
package struct NeverCame: Error, CustomStringConvertible {
    package let description: String
}

/// Waits for something that other tasks bring about.
///
/// - Throws: ``NeverCame`` after a bound that only a fault reaches.
package func eventually(
    _ what: String,
    file: String = #fileID,
    line: Int = #line,
    _ condition: () async throws -> Bool
) async throws {
    let limit = ContinuousClock.now + .seconds(300)
    while ContinuousClock.now < limit {
        if try await condition() { return }
        // Leaves the cores to what is waited for.
        try await Task.sleep(for: .milliseconds(1))
    }
    throw NeverCame(description: "\(file):\(line): it did not come about: \(what)")
}
