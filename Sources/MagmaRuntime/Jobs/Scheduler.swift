internal import Inspection
internal import SessionModel
internal import Synchronization

/// Fires jobs: one timer for each job of each agent, however many sessions have it.
final class Scheduler: Sendable {
    struct Lane: Sendable, Hashable {
        let agent: String
        let job: String
    }

    private struct State {
        var next: [Lane: Int64] = [:]
        var paused: Set<Lane> = []
        var running: Set<Lane> = []
    }

    private let agents: [AgentBlueprint]
    private let registry: SessionRegistry
    private let services: SessionServices
    private let state = Mutex(State())

    init(agents: [AgentBlueprint], registry: SessionRegistry, services: SessionServices) {
        self.agents = agents
        self.registry = registry
        self.services = services
    }

    func next(_ agent: String, _ job: String) -> Int64? { state.withLock { $0.next[Lane(agent: agent, job: job)] } }

    func isPaused(_ agent: String, _ job: String) -> Bool {
        state.withLock { $0.paused.contains(Lane(agent: agent, job: job)) }
    }

    /// Pauses or resumes a job for all of the agent's sessions, or a static one.
    func pause(_ agent: String, _ job: String, _ isPaused: Bool) {
        let lane = Lane(agent: agent, job: job)
        state.withLock { state in
            if isPaused { state.paused.insert(lane) } else { state.paused.remove(lane) }
        }
    }

    /// Waits and fires until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for agent in agents {
                for job in agent.jobs { group.addTask { await self.keepTime(of: job, of: agent) } }
            }
        }
    }

    private func keepTime(of job: AgentBlueprint.Job, of agent: AgentBlueprint) async {
        let lane = Lane(agent: agent.id, job: job.name)
        await withDiscardingTaskGroup { group in
            var from = services.time.now
            while let next = job.schedule.next(after: from, in: job.timezone) {
                state.withLock { $0.next[lane] = next }
                do { try await services.time.sleep(until: next) } catch { return }
                from = max(next, services.time.now - 1000)
                guard !isPaused(agent.id, job.name) else { continue }
                group.addTask { await self.fire(job, of: agent, scheduled: next) }
            }
        }
    }

    /// Ticks every session that has the job, or the static job once.
    private func fire(_ job: AgentBlueprint.Job, of agent: AgentBlueprint, scheduled: Int64) async {
        if job.isStatic { return await runStatic(job, of: agent.id, scheduled: scheduled) }
        let lane = Lane(agent: agent.id, job: job.name)
        let isFree = state.withLock { $0.running.insert(lane).inserted }
        let reason = "The tick before it is still being brought to the agent's sessions."
        await walk(agent.id) { session in
            if isFree {
                await session.tick(job, scheduled: scheduled)
            } else {
                await session.miss(job.name, scheduled: scheduled, reason: reason)
            }
        } whenAllStarted: {
            if isFree { self.state.withLock { _ = $0.running.remove(lane) } }
        }
    }

    /// Visits the sessions of an agent, so many at once.
    private func walk(
        _ agent: String,
        _ visit: @escaping @Sendable (Session) async -> Void,
        whenAllStarted: () -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, session) in registry.sessions(of: agent).enumerated() {
                if index >= services.limits.ticksAtOnce { await group.next() }
                group.addTask { await visit(session) }
            }
            whenAllStarted()
        }
    }

    /// Runs a static job once; a run that comes while the last one goes on is missed.
    func runStatic(_ job: AgentBlueprint.Job, of agent: String, scheduled: Int64) async {
        guard let work = job.runOnAgent else { return }
        let lane = Lane(agent: agent, job: job.name)
        var tick = Tick(job: job.name, session: nil, scheduled: scheduled, status: .missed)
        guard state.withLock({ $0.running.insert(lane).inserted }) else {
            tick.error = "The run before it has not finished."
            return services.tickLog.add(tick, agent: agent)
        }
        tick.started = services.time.now
        (tick.status, tick.error) = await JobRun.outcome(time: services.time, limit: services.limits.jobTime, work)
        tick.finished = services.time.now
        state.withLock { _ = $0.running.remove(lane) }
        services.meter.count(.ticks, 1)
        services.tickLog.add(tick, agent: agent)
    }

    /// Runs a job now, by hand: on one session, or wherever the agent has it.
    func runNow(_ job: AgentBlueprint.Job, of agent: String, on session: Session?) async {
        let now = services.time.now
        if job.isStatic { return await runStatic(job, of: agent, scheduled: now) }
        if let session { return await session.tick(job, scheduled: now, isByHand: true) }
        await walk(agent) {
            await $0.tick(job, scheduled: now, isByHand: true)
        } whenAllStarted: {
        }
    }
}
