/// Ends what a watch does as soon as it is closed, so that nothing of a closed watch stays until something changes.
struct WatchLifetime: Sendable {
    private let closed: AsyncStream<Never>
    private let end: AsyncStream<Never>.Continuation

    init() { (closed, end) = AsyncStream.makeStream(of: Never.self) }

    func close() { end.finish() }

    /// Returns when it is closed, or the task is cancelled.
    func closed() async { for await _ in closed {} }

    /// Runs `work` until it returns or the watch is closed.
    func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work() }
            group.addTask { for await _ in closed {} }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
