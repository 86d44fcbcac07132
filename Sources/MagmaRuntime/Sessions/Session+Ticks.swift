internal import Magma
internal import SessionModel

extension Session {
    /// Runs a job, unless it is paused, still runs from the last time, or the session is gone.
    ///
    func tick(_ job: AgentBlueprint.Job, scheduled: Int64, by trigger: JobLanes.Trigger = .schedule) async {
        guard await isAwakeSoon() else { return }
        switch lanes.start(job.name, scheduled: scheduled, by: trigger) {
        case .ignore: break
        case .miss(let reason): await miss(job.name, scheduled: scheduled, reason: reason)
        case .run:
            await run(job.name, scheduled: scheduled)
            lanes.finish(job.name)
        }
    }

    func miss(_ job: String, scheduled: Int64, reason: String) async {
        guard lifecycle.isAwake, lanes.isNew(job, scheduled: scheduled) else { return }
        let seq = record(.tickMissed(job: job, scheduled: scheduled, reason: reason))
        remember(
            Tick(job: job, session: key.session, scheduled: scheduled, status: .missed, error: reason, seq: seq)
        )
        try? await store()
    }

    private func run(_ job: String, scheduled: Int64) async {
        let activity = "tick:\(job)"
        begin(activity)
        let started = record(.tickStarted(job: job, scheduled: scheduled))
        let begin = (time: services.time.now, uptime: services.time.uptime)
        // Nobody waits for a tick; a long one is stored, and so seen, while it runs.
        try? storeSoon()
        var (status, error) = await SessionHandle.$current.withValue(handle) {
            await Cause.$current.withValue(started) {
                await JobRun.outcome(services.deadlines, limit: services.limits.jobTime) { [agent] in
                    try await agent.runJob(job)
                }
            }
        }
        if status == .timeout { await captureState(cause: started) } else { await recordReadings() }
        if let excess = takenBack(for: started), status == .ok { (status, error) = (.failed, excess.message) }
        finish(activity, isStoredNext: true)
        let duration = services.time.uptime - begin.uptime
        let finished = record(
            .tickFinished(job: job, scheduled: scheduled, status: status, duration: duration, error: error),
            cause: started
        )
        var tick = Tick(
            job: job,
            session: key.session,
            scheduled: scheduled,
            started: begin.time,
            status: status,
            seq: started
        )
        tick.finished = services.time.now
        tick.error = error
        remember(tick)
        if let error {
            summary.trouble = .init(kind: "tick", seq: finished, text: "\(job): \(error)")
        } else {
            recover(from: "tick")
        }
        services.meter.ended(.ticks, milliseconds: duration, isFailure: error != nil)
        try? await store()
    }

    func remember(_ tick: Tick) {
        lanes.remember(tick)
        services.tickLog.add(tick, agent: key.agent)
    }

    func pause(_ job: String) async throws {
        lanes.pause(job)
        try await store(isChanged: true)
    }

    func resume(_ job: String) async throws {
        lanes.resume(job)
        try await store(isChanged: true)
    }
}

/// Runs a job's work and turns whatever happens into a tick's status.
enum JobRun {
    static func outcome(
        _ deadlines: Deadlines,
        limit: Int64,
        _ run: @escaping @Sendable () async throws -> Void
    ) async -> (status: TickStatus, error: String?) {
        do {
            try await deadlines.limit(milliseconds: limit, run)
            return (.ok, nil)
        } catch let exceeded as TimeLimitExceeded {
            return (.timeout, exceeded.words(limit: limit))
        } catch {
            return (.failed, words(of: error))
        }
    }
}
