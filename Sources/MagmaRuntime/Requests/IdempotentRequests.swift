internal import SessionModel

/// Does each request once, however often it comes: a repeated one waits for the first and gets its answer.
package final class IdempotentRequests: Sendable {
    private let locks: IdempotencyLocks
    private let store: any SessionStore
    private let wait: Int64
    private let time: any TimeSource

    /// - Parameter wait: milliseconds that a request waits for the one before it.
    init(_ locks: IdempotencyLocks, store: any SessionStore, wait: Int64, time: any TimeSource) {
        self.locks = locks
        self.store = store
        self.wait = wait
        self.time = time
    }

    /// Runs `work`, unless the request was answered before.
    ///
    /// - Parameters:
    ///   - request: `nil` for work that may be repeated.
    ///   - work: has its answer stored under the key, unless nothing was done.
    package func once(_ request: RequestKey?, _ work: () async throws -> StoredResponse) async throws -> StoredResponse
    {
        guard let request else { return try await work() }
        if let kept = try await claim(request) { return kept }
        let result: Result<StoredResponse, any Error>
        do { result = .success(try await work().answering(request)) } catch { result = .failure(error) }
        await release(request)
        return try result.get()
    }

    /// Waits until no other request with this key runs.
    ///
    /// - Returns: the stored response; `nil` when the caller must carry the request out and then call ``release(_:)``.
    /// - Throws: ``RuntimeError`` `idempotency_mismatch` when the key was used for another request, `in_progress` when the
    ///   same one takes too long, or the store's.
    package func claim(_ request: RequestKey) async throws -> StoredResponse? {
        try await locks.enter(request, within: wait)
        do {
            let end = time.uptime + Double(wait)
            var pause: Int64 = 50
            while true {
                switch try await store.claimRequest(request.id) {
                case .mine: return nil
                case .answered(let kept):
                    guard kept.fingerprint?.isExactly(request.fingerprint) ?? false else {
                        throw RuntimeError.idempotencyMismatch()
                    }
                    locks.leave(request)
                    return kept
                case .elsewhere:
                    guard time.uptime < end else { throw RuntimeError.inProgress() }
                    try await time.sleep(milliseconds: pause)
                    pause = min(1000, pause * 2)
                }
            }
        } catch {
            // It may have been claimed, and the answer lost. Also in a task that was cancelled.
            await Task { [store] in await store.releaseRequest(request.id) }.value
            locks.leave(request)
            throw error
        }
    }

    /// A request whose answer was not stored may be sent again from now on.
    package func release(_ request: RequestKey) async {
        await store.releaseRequest(request.id)
        locks.leave(request)
    }

    /// How many wait for a request that runs.
    func waiting(for request: RequestKey) -> Int { locks.waiting(for: request) }
}
