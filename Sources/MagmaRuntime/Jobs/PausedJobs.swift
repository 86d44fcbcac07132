internal import SessionModel
internal import Synchronization

/// The jobs that are paused in all of an agent's sessions: the store's rows, in memory.
final class PausedJobs: Sendable {
    private let store: any JobStore
    private let jobs: Mutex<Set<JobKey>>

    init(_ store: any JobStore) async throws {
        self.store = store
        jobs = Mutex(try await store.pausedJobs())
    }

    func contains(_ job: JobKey) -> Bool { jobs.withLock { $0.contains(job) } }

    /// Reads them again, for another process may have changed them.
    func reload() async throws {
        let now = try await store.pausedJobs()
        jobs.withLock { $0 = now }
    }

    func pause(_ job: JobKey) async throws {
        try await store.pause(job)
        jobs.withLock { _ = $0.insert(job) }
    }

    func resume(_ job: JobKey) async throws {
        try await store.resume(job)
        jobs.withLock { _ = $0.remove(job) }
    }
}
