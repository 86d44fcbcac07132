internal import Magma
internal import SessionModel

/// What the author's handlers do in a session: hooks, jobs, and clients that come and go.
extension Session {
    /// Runs a handler on behalf of an event for at most so many milliseconds, and records what it changes of the state.
    ///
    /// - Throws: ``TimeLimitExceeded``, or what the handler throws.
    func run<Value>(
        for cause: Int,
        turn: String? = nil,
        within limit: Int64,
        _ handler: @escaping @Sendable (any AgentInstance) async -> Handled<Value>
    ) async throws -> Value {
        let handled: Handled<Value>
        do {
            let cause = SessionHandle.Cause(event: cause, turn: SessionHandle.current.cause.turn)
            handled = try await SessionHandle.$current.withValue(handle(because: cause)) {
                try await services.deadlines.limit(milliseconds: limit, in: agent, handler)
            }
        } catch {
            // It may still run: here is what it has changed so far.
            await captureState(cause: cause, turn: turn)
            throw error
        }
        return try await handled.value(recordedIn: self)
    }

    /// Runs a hook's handler. The exchange is stored with what it brought about.
    ///
    /// - Parameter start: the uptime at which the request came.
    /// - Throws: ``RuntimeError`` `session_ended` or the store's; what the handler throws is in the reply.
    func handle(
        _ hook: AgentBlueprint.Hook,
        _ request: HookRequest,
        _ exchange: Exchange,
        key: RequestKey?,
        since start: Double
    ) async throws -> HookReply {
        try await open()
        touch()
        let received = record(.hookReceived(exchange: exchange.id, hook: hook.name))
        let activity = "hook:\(hook.name)"
        begin(activity)
        let (begin, limit) = (services.time.uptime, services.limits.handlers.hook)
        var outcome = await HookOutcome(limit: limit) {
            try await self.run(for: received, within: limit) { await $0.runHook(hook.name, request) }
        }
        if let refusal = ledger.refusal(of: received) { outcome.fail(because: refusal) }
        finish(activity)
        let answered = record(
            .hookAnswered(
                exchange: exchange.id,
                hook: hook.name,
                status: outcome.response.status,
                duration: services.time.uptime - begin,
                error: outcome.error
            ),
            cause: received
        )
        if outcome.response.status >= 500 {
            let text = "\(hook.name) \(outcome.response.status)" + (outcome.error.map { ": \($0)" } ?? "")
            presence.summary.trouble = .init(kind: "hook", seq: answered, text: text)
        } else {
            presence.recover(from: "hook")
        }
        touch()
        if let key, !outcome.isCutOff { keep(StoredResponse(outcome.response, session: self.key.session), to: key) }
        var finished = exchange.finished(with: outcome, after: services.time.uptime - start)
        finished.changed = received...answered
        buffer.keep(finished)
        try await store()
        return HookReply(response: outcome.response, exchange: finished)
    }
}

// MARK: Jobs

extension Session {
    /// Runs a job, unless it is paused, still runs from the last time, or the session is gone.
    ///
    /// - Parameter isAwaited: whether it is stored when this returns; otherwise it is stored soon, with others.
    func tick(
        _ job: AgentBlueprint.Job,
        scheduled: Int64,
        by trigger: JobLanes.Trigger = .schedule,
        isAwaited: Bool = false
    ) async {
        guard await isAwakeSoon(), !evictIfUnstored() else { return }
        lanes.forgetTicks(after: services.time.now)
        let lane = lanes[job.name]
        switch lanes.start(job.name, scheduled: scheduled, by: trigger) {
        case .ignore: break
        case .miss(let reason): await miss(job, scheduled: scheduled, reason: reason)
        case .run:
            if trigger == .sharedSchedule, let lane { noteUnbrought(job, lane, before: scheduled) }
            await run(job.name, scheduled: scheduled)
            lanes.finish(job.name)
            if isAwaited { try? await store() } else { try? submitSoon() }
        }
    }

    func miss(_ job: AgentBlueprint.Job, scheduled: Int64, reason: String) async {
        await miss(job, AgentBlueprint.Job.Missed(first: scheduled, last: scheduled, count: 1)) { _ in reason }
    }

    /// - Parameter why: the beginning of a sentence.
    func miss(_ job: AgentBlueprint.Job, _ missed: AgentBlueprint.Job.Missed, because why: String) async {
        await miss(job, missed) { $0.reason(why) }
    }

    private func miss(
        _ job: AgentBlueprint.Job,
        _ missed: AgentBlueprint.Job.Missed,
        _ reason: (AgentBlueprint.Job.Missed) -> String
    ) async {
        lanes.forgetTicks(after: services.time.now)
        guard lifecycle.isAwake, let lane = lanes[job.name], !lane.isPaused,
            lanes.isNew(job.name, scheduled: missed.first)
        else { return }
        if services.store.isShared {
            // Another process may have brought some of them.
            guard let rest = job.missed(missed, after: lane.ticked) else { return }
            noteUnbrought(job, lane, before: rest.first)
            note(rest, of: job, reason(rest))
        } else {
            note(missed, of: job, reason(missed))
        }
        try? await store()
    }

    private func run(_ job: String, scheduled: Int64) async {
        let activity = "tick:\(job)"
        begin(activity)
        let started = record(.tickStarted(job: job, scheduled: scheduled))
        let begin = (time: services.time.now, uptime: services.time.uptime)
        // Nobody waits for a tick; a long one is stored, and so seen, while it runs.
        try? storeSoon()
        let limit = services.limits.handlers.job
        var outcome = await TickOutcome(limit: limit) {
            try await self.run(for: started, within: limit) { await $0.runJob(job) }
        }
        if let refusal = ledger.refusal(of: started) { outcome.fail(because: refusal) }
        finish(activity)
        let duration = services.time.uptime - begin.uptime
        let finished = record(
            .tickFinished(
                job: job,
                scheduled: scheduled,
                status: outcome.status,
                duration: duration,
                error: outcome.error
            ),
            cause: started
        )
        var tick = Tick(
            job: job,
            session: key.session,
            scheduled: scheduled,
            started: begin.time,
            status: outcome.status,
            seq: started
        )
        tick.finished = services.time.now
        tick.error = outcome.error
        remember(tick)
        if let error = outcome.error {
            presence.summary.trouble = .init(kind: "tick", seq: finished, text: "\(job): \(error)")
        } else {
            presence.recover(from: "tick")
        }
        services.meter.ended(.ticks, milliseconds: duration, isFailure: outcome.error != nil)
    }

    private func remember(_ tick: Tick) {
        lanes.remember(tick)
        services.tickLog.add(tick, agent: key.agent)
    }

    func pause(_ job: String) async throws {
        lanes.pause(job)
        try await store(.record)
    }

    func resume(_ job: String) async throws {
        lanes.resume(job, at: services.time.now)
        try await store(.record)
    }

    /// Where several processes bring ticks, those that none of them brought are recorded as missed.
    ///
    /// - Parameters:
    ///   - lane: of the job, before the tick that has come now.
    ///   - scheduled: when that one was due.
    private func noteUnbrought(_ job: AgentBlueprint.Job, _ lane: JobLanes.Lane, before scheduled: Int64) {
        guard job.missed == .skip, !lane.isPaused else { return }
        // Since this process has the session nothing else may have kept a tick from it; before that, its absence had an end.
        let begin = lane.isKept ? 0 : writing.claimed - services.store.longestAbsence
        let created = presence.summary.times.created
        // A job that never ran in an older session is a new one.
        guard let known = lane.ticked ?? (created >= begin ? created : nil) else { return }
        let resumption = services.pausedJobs.resumption(of: JobKey(agent: key.agent, job: job.name))
        let since = max(known, begin, resumption ?? 0)
        guard since < scheduled - 1, let missed = job.missedTicks(in: since...(scheduled - 1)) else { return }
        let why = lane.isKept ? "It did not come in time" : "The runtime that had the session was gone"
        note(missed, of: job, missed.reason(why))
    }

    private func note(_ missed: AgentBlueprint.Job.Missed, of job: AgentBlueprint.Job, _ reason: String) {
        let seq = record(.tickMissed(job: job.name, scheduled: missed.first, reason: reason))
        remember(
            Tick(
                job: job.name,
                session: key.session,
                scheduled: missed.first,
                status: .missed,
                error: reason,
                seq: seq
            )
        )
        lanes.settle(job.name, through: missed.last)
    }

    /// Ticks that were due while the runtime was down and are not run after all are recorded as missed.
    func noteMissedTicks() {
        guard let downtime = services.downtime, writing.before < downtime.upperBound else { return }
        let span = max(writing.before, downtime.lowerBound)...downtime.upperBound
        for job in blueprint.jobs where !job.isStatic && job.missed == .skip {
            guard lanes[job.name]?.isPaused == false,
                !services.pausedJobs.contains(JobKey(agent: key.agent, job: job.name)),
                let missed = job.missedTicks(in: span)
            else { continue }
            note(missed, of: job, missed.reason(AgentBlueprint.Job.downtimeReason))
        }
    }
}

// MARK: Clients

extension Session {
    func connect() throws -> SessionConnection {
        if hasEnded { throw RuntimeError.sessionEnded(key.session) }
        touch()
        let clients = clients ?? Broadcast(.letGo(services.limits.clientFrames))
        self.clients = clients
        let listener = clients.listen()
        return SessionConnection(frames: listener.elements, id: listener.id, clients: clients, session: self)
    }

    func disconnect(_ connection: SessionConnection, code: Int, reason: String) async {
        connection.clients.leave(connection.id)
        if await isAwakeSoon() {
            await SessionHandle.$current.withValue(handle()) { await agent.socketClosed(code: code, reason: reason) }
            await captureState(cause: fold.seq)
            try? await store()
        }
        if lifecycle.isAwake, kind == .temporary, presence.summary.origin == .websocket, !hasClients {
            try? await end(reason: "its WebSocket closed")
        }
    }

    /// What is too large is not sent; the journal says so.
    func sendToClients(_ data: JSON) async {
        let (size, limit) = (data.size, services.limits.result)
        guard size <= limit else {
            return log("error", "Not sent: the data has \(size) bytes, more than the limit of \(limit).")
        }
        do { _ = try data.shallow("What was to be sent") } catch { return log("error", "\(error) It was not.") }
        let cause = SessionHandle.current.cause
        record(.sent(data), cause: cause.event, turn: cause.turn)
        clients?.send(data)
        // What setup sends is stored together with the new session, if setup succeeds.
        if lifecycle.isChanging, !writing.isStored { return }
        try? await store()
    }
}

// MARK: What handlers log

extension Session {
    /// Bytes of a logged line; what is longer is cut.
    private static let longestLine = 64 << 10

    func log(_ level: String, _ text: String) {
        writing.logged += 1
        guard writing.logged <= services.limits.logs else { return }
        let text =
            text.utf8.count <= Self.longestLine
            ? text : String(decoding: text.utf8.prefix(Self.longestLine), as: UTF8.self) + "…"
        let cause = SessionHandle.current.cause
        record(.log(level: level, text: text), cause: cause.event, turn: cause.turn)
    }

    /// Says how many lines were too many since something was last stored.
    func noteUnlogged() {
        let left = writing.logged - services.limits.logs
        writing.logged = 0
        if left > 0 { record(.log(level: "warning", text: "\(left) more lines were logged here and left out.")) }
    }
}
