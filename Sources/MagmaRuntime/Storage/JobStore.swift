package import SessionModel

/// Keeps what is known of jobs outside of any session.
package protocol JobStore: Sendable {
    /// Records a run of a static job, which is in no session's journal. The newest ``JobStoreLimits/staticTicks`` of an agent
    /// are kept.
    func append(_ tick: Tick, of agent: String) async throws

    /// Runs of an agent's static jobs, oldest first.
    func staticTicks(of agent: String) async throws -> [Tick]

    /// Remembers that a job is paused in all sessions of its agent.
    func pause(_ job: JobKey) async throws

    func resume(_ job: JobKey) async throws

    /// The jobs that are paused in all sessions of their agents.
    func pausedJobs() async throws -> Set<JobKey>
}

package enum JobStoreLimits {
    package static let staticTicks = 64
}
