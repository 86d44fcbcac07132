internal import SessionModel
internal import Synchronization

/// The jobs that are paused in all of an agent's sessions: the store's rows, in memory.
final class PausedJobs: Sendable {
    private struct State {
        var jobs: Set<JobKey>
        /// When each job was last resumed, or when this process learned of it.
        var resumed: [JobKey: Int64] = [:]
    }

    private let store: any JobStore
    private let time: any TimeSource
    private let state: Mutex<State>

    init(_ store: any JobStore, time: any TimeSource) async throws {
        self.store = store
        self.time = time
        state = Mutex(State(jobs: try await store.pausedJobs()))
    }

    func contains(_ job: JobKey) -> Bool { state.withLock { $0.jobs.contains(job) } }

    /// When a job was last resumed in all sessions; `nil` when that was before this process began, or never.
    func resumption(of job: JobKey) -> Int64? { state.withLock { $0.resumed[job] } }

    /// Reads them again, for another process may have changed them.
    func reload() async throws {
        let (jobs, now) = (try await store.pausedJobs(), time.now)
        state.withLock { state in
            for job in state.jobs.subtracting(jobs) { state.resumed[job] = now }
            state.jobs = jobs
        }
    }

    func pause(_ job: JobKey) async throws {
        try await store.pause(job)
        state.withLock { _ = $0.jobs.insert(job) }
    }

    func resume(_ job: JobKey) async throws {
        try await store.resume(job)
        let now = time.now
        state.withLock { state in
            if state.jobs.remove(job) != nil { state.resumed[job] = now }
        }
    }
}
