internal import Logging
internal import Magma
internal import SessionModel
internal import Synchronization
internal import WorkPool

/// Fires jobs: one timer for each job of each agent, however many sessions have it.
final class Scheduler: Sendable {
    struct State {
        var next: [JobKey: Int64] = [:]
        var running: Set<JobKey> = []
        /// When the newest tick of each job was due.
        var newest: [JobKey: Int64] = [:]
        var unreached = UnreachedTicks()
        /// Jobs whose second walk goes on, with the newest tick that was asked for meanwhile.
        var walking: [JobKey: Int64] = [:]
        /// Those of them that are walked once more.
        var walkAgain: Set<JobKey> = []
        var isStopping = false
    }

    let agents: [AgentBlueprint]
    let directory: SessionDirectory
    let work: InFlightWork
    let state = Mutex(State())

    init(agents: [AgentBlueprint], directory: SessionDirectory, work: InFlightWork) {
        self.agents = agents
        self.directory = directory
        self.work = work
    }

    var services: SessionServices { directory.services }

    func next(_ agent: String, _ job: String) -> Int64? { state.withLock { $0.next[JobKey(agent: agent, job: job)] } }

    /// Begins no more ticks; those that run go on.
    func stop() { state.withLock { $0.isStopping = true } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Waits and fires until the task is cancelled. What is fired is the runtime's work, which is given time to finish when it
    /// is shut down.
    func run() async {
        await withDiscardingTaskGroup { group in
            for agent in agents {
                for job in agent.jobs { group.addTask { await self.keepTime(of: job, of: agent) } }
            }
        }
    }

    private func keepTime(of job: AgentBlueprint.Job, of agent: AgentBlueprint) async {
        let lane = JobKey(agent: agent.id, job: job.name)
        await withDiscardingTaskGroup { group in
            if let missed = await missed(job, of: agent.id) {
                start(job, of: agent, scheduled: missed)
            }
            var from = services.time.now
            var offset = services.time.wallOffset
            while let next = job.schedule.next(after: from, in: job.timezone) {
                state.withLock { $0.next[lane] = next }
                let waited: Waited
                do { waited = try await wait(until: next, &offset) } catch { return }
                if case .clockWasSetBack(let span) = waited {
                    // The schedule goes on from where the clock is, with what has come due since it was set; a small step
                    // back repeats nothing.
                    let since = services.time.now - span
                    if from - since > Self.longestWait { from = since }
                    continue
                }
                let due = DueTicks(of: job, from: next, at: services.time.now)
                from = due.last
                guard !services.pausedJobs.contains(JobKey(agent: agent.id, job: job.name)) else { continue }
                if let missed = due.missed {
                    // Clocks that went on alike were both there: it was this process that was not.
                    let why = waited == .clockWasSetForward ? "The clock was set forward" : "The process was paused"
                    group.addTask { await self.miss(job, of: agent, missed, because: why) }
                }
                if let scheduled = due.run { start(job, of: agent, scheduled: scheduled) }
            }
        }
    }

    /// How a wait for a moment of the wall clock came to its end.
    private enum Waited: Equatable {
        case itIsDue
        /// It is due since the clock was set.
        case clockWasSetForward
        /// So many milliseconds ago, at most.
        case clockWasSetBack(Int64)
    }

    /// Milliseconds after which a set clock is noticed.
    private static let longestWait: Int64 = 5000
    /// By how much a clock differs that was set, in milliseconds, and not only adjusted.
    private static let leastSetting = 1000.0

    /// Waits for a moment of the wall clock, or until that is set back.
    ///
    /// - Parameter offset: what the wall clock was ahead of the uptime when it was last looked at.
    private func wait(until moment: Int64, _ offset: inout Double) async throws -> Waited {
        var isSetForward = false
        var looked = services.time.uptime
        while true {
            let now = services.time.wallOffset
            let change = now - offset
            offset = now
            let span = services.time.uptime - looked
            looked += span
            if change < -Self.leastSetting { return .clockWasSetBack(Int64(min(span, -change))) }
            if change > Self.leastSetting { isSetForward = true }
            let left = moment - services.time.now
            if left <= 0 { return isSetForward ? .clockWasSetForward : .itIsDue }
            try await services.time.sleep(milliseconds: min(left, Self.longestWait))
        }
    }

    /// Records ticks that came too late to run, as those of a downtime are.
    private func miss(
        _ job: AgentBlueprint.Job,
        of agent: AgentBlueprint,
        _ missed: AgentBlueprint.Job.Missed,
        because why: String
    ) async {
        if job.isStatic {
            var tick = Tick(job: job.name, session: nil, scheduled: missed.first, status: .missed)
            tick.error = missed.reason(why)
            return await remember(tick, of: agent.id)
        }
        await walk(agent, job) { session in
            await session.miss(job, missed, because: why)
        } whenAllStarted: {
        }
    }

    /// The tick that makes up for those that were due while the runtime was down, if the job wants one; a static job that
    /// does not has them recorded.
    private func missed(_ job: AgentBlueprint.Job, of agent: String) async -> Int64? {
        guard !services.pausedJobs.contains(JobKey(agent: agent, job: job.name)),
            let downtime = services.downtime.flatMap({ services.tickLog.part(of: $0, without: job, of: agent) }),
            let missed = job.missedTicks(in: downtime)
        else { return nil }
        if job.missed == .once { return missed.last }
        if job.isStatic {
            var tick = Tick(job: job.name, session: nil, scheduled: missed.first, status: .missed)
            tick.error = missed.reason(AgentBlueprint.Job.downtimeReason)
            await remember(tick, of: agent)
        }
        return nil
    }

    private func start(_ job: AgentBlueprint.Job, of agent: AgentBlueprint, scheduled: Int64) {
        guard !isStopping else { return }
        work.start { await self.fire(job, of: agent, scheduled: scheduled) }
    }

    /// Ticks every session that has the job, or the static job once.
    func fire(_ job: AgentBlueprint.Job, of agent: AgentBlueprint, scheduled: Int64) async {
        if job.isStatic {
            guard await isMine(JobKey(agent: agent.id, job: job.name), at: scheduled) else { return }
            return await runStatic(job, of: agent.id, scheduled: scheduled)
        }
        let lane = JobKey(agent: agent.id, job: job.name)
        let isFree = state.withLock { state in
            state.newest[lane] = scheduled
            return state.running.insert(lane).inserted
        }
        if services.store.hasOthers { walkLater(job, of: agent, scheduled: scheduled) }
        let trigger: JobLanes.Trigger = services.store.isShared ? .sharedSchedule : .schedule
        let reason = "The tick before it is still being brought to the agent's sessions."
        await walk(agent, job, due: scheduled) { session in
            if isFree {
                await session.tick(job, scheduled: scheduled, by: trigger)
            } else {
                await session.miss(job, scheduled: scheduled, reason: reason)
            }
        } whenAllStarted: {
            if isFree { self.state.withLock { _ = $0.running.remove(lane) } }
        }
    }

    /// Whether this process is to run a static job; one that cannot be claimed is not run, since it might run twice.
    private func isMine(_ job: JobKey, at scheduled: Int64) async -> Bool {
        do { return try await services.store.claimTick(of: job, at: scheduled) } catch {
            services.log.error(
                "A job does not run, since the store does not say whose it is",
                metadata: ["agent": "\(job.agent)", "job": "\(job.job)", "error": "\(error)"]
            )
            return false
        }
    }

    /// Runs a static job once; a run that comes while the last one goes on is missed.
    func runStatic(_ job: AgentBlueprint.Job, of agent: String, scheduled: Int64) async {
        guard let work = job.runOnAgent else { return }
        let lane = JobKey(agent: agent, job: job.name)
        var tick = Tick(job: job.name, session: nil, scheduled: scheduled, status: .missed)
        guard state.withLock({ $0.running.insert(lane).inserted }) else {
            tick.error = "The run before it has not finished."
            return await remember(tick, of: agent)
        }
        tick.started = services.time.now
        let begin = services.time.uptime
        let limit = services.limits.handlers.job
        let outcome = await TickOutcome(limit: limit) {
            try await services.deadlines.limit(milliseconds: limit, work)
        }
        (tick.status, tick.error) = (outcome.status, outcome.error)
        tick.finished = services.time.now
        state.withLock { _ = $0.running.remove(lane) }
        let took = services.time.uptime - begin
        services.meter.ended(.ticks, milliseconds: took, isFailure: tick.error != nil)
        await remember(tick, of: agent)
    }

    /// Keeps the run of a static job.
    private func remember(_ tick: Tick, of agent: String) async {
        do { try await services.tickLog.addStatic(tick, agent: agent) } catch {
            services.log.error(
                "A tick could not be stored",
                metadata: ["agent": "\(agent)", "job": "\(tick.job)", "error": "\(error)"]
            )
        }
    }

    /// Runs a job now, on request, on every session of the agent.
    func runNow(_ job: AgentBlueprint.Job, of agent: AgentBlueprint) async {
        let now = services.time.now
        if job.isStatic { return await runStatic(job, of: agent.id, scheduled: now) }
        await walk(agent, job) {
            await $0.tick(job, scheduled: now, by: .hand)
        } whenAllStarted: {
        }
    }

    /// Runs a job now, on request, on one session.
    func runNow(_ job: AgentBlueprint.Job, on key: SessionKey) async {
        let now = services.time.now
        do {
            try await directory.withSession(key, .awake) {
                await $0.tick(job, scheduled: now, by: .hand, isAwaited: true)
            }
        } catch {
            services.log.error(
                "A job that was started manually could not run",
                metadata: ["session": "\(key)", "job": "\(job.name)", "error": "\(error)"]
            )
        }
    }
}
