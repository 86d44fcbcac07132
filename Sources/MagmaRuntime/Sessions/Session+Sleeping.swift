internal import Magma
internal import SessionModel

extension Session {
    /// Reads what the store has of the session: its newest checkpoint, and the events after it. Nothing is written.
    ///
    /// - Returns: `nil` when there is no such session.
    func load() async throws -> SessionLifecycle? {
        guard let record = try await services.store.record(of: key) else { return nil }
        summary = record.summary
        let (now, uptime) = (services.time.now, services.time.uptime)
        used = uptime - Double(max(0, now - summary.active))
        ends = summary.expires.map { uptime + Double($0 - now) }
        let fold = try await services.store.fold(of: key, at: .max)
        buffer = EventBuffer(fold, checkpointed: try await services.store.checkpoint(of: key, at: .max)?.seq ?? 0)
        written = record.written
        isStored = true
        lanes = JobLanes(blueprint.sessionJobs, paused: Set(record.pausedJobs))
        if summary.status == .ended { return .ended }
        summary.status = .asleep
        turns = TurnQueue(unfinished: record.openTurns)
        openHooks = record.openHooks
        await readTicks()
        return .asleep
    }

    /// Brings to an end what a runtime that went away left in the middle.
    ///
    /// - Throws: what the store threw; then the session is as it was.
    func repairInterrupted() async throws {
        let before = (buffer: buffer, lanes: lanes, turns: turns, hooks: openHooks)
        try await takeBackInterrupted()
        closeTicks()
        turns.finishAll()
        openHooks = []
        guard fold.seq > before.buffer.fold.seq else { return }
        do { try await storeOrForget() } catch {
            (buffer, lanes, turns, openHooks) = before
            throw error
        }
    }

    /// The last runs of each job, as far back as a few hundred events.
    private func readTicks() async {
        guard !lanes.isEmpty, let events = try? await services.store.events(of: key, before: .max, limit: 256) else {
            return
        }
        var reader = TickReader(job: nil, before: nil)
        reader.read(events, session: key.session)
        for tick in reader.ticks.reversed() { lanes.remember(tick) }
    }

    /// Runs that never came to an end have failed.
    private func closeTicks() {
        let why = "The runtime stopped while it ran."
        for tick in lanes.failUnfinished(why) {
            let body = SessionEvent.Body.tickFinished(
                job: tick.job,
                scheduled: tick.scheduled,
                status: .failed,
                duration: 0,
                error: why
            )
            record(body, cause: tick.seq)
        }
    }

    /// Gives the agent its state back. `setup` does not run again.
    func wake() async throws -> SessionLifecycle {
        try await repairInterrupted()
        do { try await agent.writeState(fold.state.object ?? [:]) } catch {
            throw RuntimeError(
                .failed,
                "state_invalid",
                "The session '\(key.session)' cannot be woken: its stored state does not fit the agent's fields any more. \(words(of: error))"
            )
        }
        summary.status = .awake
        noteMissedTicks()
        await captureState(cause: fold.seq)
        try await store(isChanged: true, move: .toMemory)
        return .awake
    }

    /// Puts the session to sleep when nobody has used it since an uptime and nothing is under way.
    ///
    /// - Parameter evenBeforeTick: whether it sleeps even if one of its jobs is due in a moment.
    /// - Returns: whether it is gone from memory now.
    func sleep(ifIdleSince time: Double, evenBeforeTick: Bool = false) async -> Bool {
        switch lifecycle {
        case .new, .changing: return false
        case .failed, .gone: return true
        case .asleep, .ended:
            guard directory.isUnused(key, since: time) else { return false }
            lifecycle = .gone
            directory.remove(self)
            return true
        case .awake:
            guard directory.isUnused(key, since: time), used <= time, isAtRest(withClients: false) else {
                return false
            }
            if !evenBeforeTick, time < services.time.uptime, hasTickSoon { return false }
            await change {
                await SessionHandle.$current.withValue(self.handle) { await self.agent.cleanUp() }
                await self.captureState(cause: self.fold.seq)
                self.summary.status = .asleep
                try await self.store(isChanged: true, move: .toStore)
                self.directory.remove(self)
                return .gone
            }
            return true
        }
    }

    /// Whether nothing is under way.
    func isAtRest(withClients: Bool) -> Bool {
        turns.running == nil && turnTasks.isEmpty && activities.isEmpty && (withClients || !hasClients)
            && !lanes.isRunning
    }

    /// Waking it for a job that comes in a moment would cost more than it saves.
    private var hasTickSoon: Bool {
        let soon = services.time.now + 5000
        return blueprint.jobs.contains { job in
            guard let lane = lanes[job.name], !lane.isPaused else { return false }
            return (job.schedule.next(after: services.time.now, in: job.timezone) ?? .max) <= soon
        }
    }
}

// MARK: What a stop interrupted

extension Session {
    /// Turns, hooks and ticks that were in flight when the runtime went away leave context and state as they would be
    /// without them.
    private func takeBackInterrupted() async throws {
        var begun: [(turn: String, seq: Int)] = []
        let present = Set(fold.messages.map { ExactString($0.id) })
        for turn in turns.unfinished {
            let events = try await events(of: turn)
            guard let first = events.first else { continue }
            begun.append((turn, first.seq))
            // From the end, where taking one out moves nothing.
            for case .messageAdded(let message) in events.reversed().map(\.body)
            where present.contains(ExactString(message.id)) {
                record(.messageRemoved(id: message.id), cause: first.seq, turn: turn)
            }
        }
        let causes = Set(openHooks + lanes.unfinished)
        guard let first = (begun.map(\.seq) + causes).min() else { return }
        let state = try await state(withoutTurns: Set(turns.unfinished), causes: causes, from: first)
        let patch = JSONPatch(from: fold.state, to: state)
        if !patch.isEmpty {
            record(.stateChanged(patch), cause: begun.last?.seq ?? causes.max(), turn: begun.last?.turn)
        }
        for hook in openHooks { try await closeHook(hook) }
        for (turn, seq) in begun { record(.turnFinished(TurnResult(status: .interrupted)), cause: seq, turn: turn) }
    }

    private func closeHook(_ received: Int) async throws {
        let event = try await services.store.events(of: key, after: received - 1, limit: 1).first
        guard case .hookReceived(let exchange, let hook) = event?.body else { return }
        let why = "The runtime stopped while it ran."
        record(.hookAnswered(exchange: exchange, hook: hook, status: 500, duration: 0, error: why), cause: received)
    }

    /// What the state would be without some turns, hooks and ticks: fields have the value that someone else gave them
    /// last, or that of before.
    private func state(withoutTurns turns: Set<String>, causes: Set<Int>, from seq: Int) async throws -> JSON {
        var past = try await services.store.fold(of: key, at: seq - 1)
        var state = past.state.object ?? [:]
        while true {
            let events = try await services.store.events(of: key, after: past.seq, limit: 512)
            for event in events {
                past.apply(event)
                guard case .stateChanged(let patch) = event.body else { continue }
                if let turn = event.turn, turns.contains(turn) { continue }
                if let cause = event.cause, causes.contains(cause) { continue }
                state.take(patch, from: past.state)
            }
            guard !events.isEmpty else { return .object(state) }
        }
    }

    /// A turn's events, read from the newest back to its first message.
    private func events(of turn: String) async throws -> [SessionEvent] {
        // From the newest page back to the oldest.
        var found: [[SessionEvent]] = []
        var cursor = Int.max
        var (isStarted, hasBegun) = (false, false)
        while !hasBegun {
            let part = try await services.store.events(of: key, before: cursor, limit: 256)
            guard let first = part.first else { break }
            let own = part.filter { $0.turn == turn }
            if own.isEmpty, !found.isEmpty { break }
            found.append(own)
            isStarted = isStarted || own.contains { if case .turnStarted = $0.body { true } else { false } }
            hasBegun = isStarted && part.first?.turn != turn
            cursor = first.seq
        }
        return found.reversed().flatMap(\.self)
    }

    /// Ticks that were due while the runtime was down and are not run after all are recorded as missed.
    private func noteMissedTicks() {
        guard let downtime = services.downtime, written < downtime.upperBound else { return }
        let span = max(written, downtime.lowerBound)...downtime.upperBound
        for job in blueprint.jobs where !job.isStatic && job.missed == .skip {
            guard lanes[job.name]?.isPaused == false,
                !services.pausedJobs.contains(JobKey(agent: key.agent, job: job.name)),
                let missed = job.missedTicks(in: span)
            else { continue }
            let reason = missed.reason(AgentBlueprint.Job.downtimeReason)
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
        }
    }
}

extension AgentBlueprint.Job {
    /// Ticks that were due in a span of time in which nothing ran.
    struct Missed {
        let first: Int64
        let last: Int64
        let count: Int

        /// - Parameter why: why nothing ran, the beginning of a sentence.
        func reason(_ why: String) -> String {
            why
                + (count == 1
                    ? "." : "; \(count)\(count >= AgentBlueprint.Job.bound ? " or more" : "") ticks were due.")
        }
    }

    static var downtimeReason: String { "The runtime was not running" }

    /// Missed ticks that are counted.
    static var bound: Int { 1000 }

    func missedTicks(in downtime: ClosedRange<Int64>) -> Missed? {
        guard let first = schedule.next(after: downtime.lowerBound, in: timezone), first <= downtime.upperBound else {
            return nil
        }
        var (last, count) = (first, 1)
        while count < Self.bound, let next = schedule.next(after: last, in: timezone), next <= downtime.upperBound {
            (last, count) = (next, count + 1)
        }
        return Missed(first: first, last: last, count: count)
    }
}

extension SessionStore {
    /// Context and state after the event `seq`: the checkpoint before it, and the events between.
    ///
    /// - Returns: what could be put together; its `seq` is less when the events between are no longer kept, or there are
    ///   none so far.
    func fold(of key: SessionKey, at seq: Int) async throws -> SessionFold {
        var fold = try await checkpoint(of: key, at: seq) ?? SessionFold()
        while fold.seq < seq {
            let events = try await events(of: key, after: fold.seq, limit: 512)
            guard let first = events.first, first.seq == fold.seq + 1 else { break }
            fold.apply(events.filter { $0.seq <= seq })
        }
        return fold
    }
}
