package import MagmaRuntime

extension JournalStore {
    /// Stores entries none of which may be refused.
    package func appendAll(_ entries: [JournalEntry]) async throws {
        for refusal in try await append(entries).values { throw refusal }
    }
}
