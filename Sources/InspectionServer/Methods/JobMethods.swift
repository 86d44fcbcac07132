internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// Jobs and their ticks: `jobs.*`.
struct JobMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.listJobs, run: JobMethods.listJobs),
        MethodHandler(Methods.listTicks, run: JobMethods.listTicks),
        MethodHandler(Methods.runJob, run: JobMethods.runJob),
        MethodHandler(Methods.pauseJob, run: JobMethods.pauseJob),
        MethodHandler(Methods.resumeJob, run: JobMethods.resumeJob),
    ]

    let shared: InspectionMethods

    func listJobs(_ peer: InspectorState, _ params: JobsParams) async throws -> MethodAnswer<JobsResult> {
        let agent = try runtime.agent(params.agent)
        return MethodAnswer(JobsResult(jobs: try await runtime.jobs(of: agent, in: shared.key(agent, params.session))))
    }

    func listTicks(_ peer: InspectorState, _ params: TicksParams) async throws -> MethodAnswer<TicksPage> {
        let agent = try runtime.agent(params.agent)
        if let job = params.job, agent.job(job) == nil { throw RuntimeError.jobNotFound(job, agent: agent.id) }
        let (ticks, more) = try await runtime.ticks(
            of: agent,
            in: shared.key(agent, params.session),
            job: params.job,
            before: params.before,
            limit: params.limit ?? 100
        )
        return MethodAnswer(TicksPage(ticks: ticks, more: more))
    }

    func runJob(_ peer: InspectorState, _ params: JobParams) async throws -> MethodAnswer<JobStarted> {
        let agent = try runtime.agent(params.agent)
        let author = shared.author(peer, Methods.runJob, params.job)
        try await runtime.runJob(params.job, of: agent, on: shared.key(agent, params.session), by: author)
        return MethodAnswer(JobStarted(job: params.job))
    }

    func pauseJob(_ peer: InspectorState, _ params: JobParams) async throws -> MethodAnswer<JobPaused> {
        let agent = try runtime.agent(params.agent)
        let author = shared.author(peer, Methods.pauseJob, params.job)
        try await runtime.pauseJob(params.job, of: agent, on: shared.key(agent, params.session), by: author)
        return MethodAnswer(JobPaused(job: params.job, isPaused: true))
    }

    func resumeJob(_ peer: InspectorState, _ params: JobParams) async throws -> MethodAnswer<JobPaused> {
        let agent = try runtime.agent(params.agent)
        let author = shared.author(peer, Methods.resumeJob, params.job)
        try await runtime.resumeJob(params.job, of: agent, on: shared.key(agent, params.session), by: author)
        return MethodAnswer(JobPaused(job: params.job, isPaused: false))
    }
}
