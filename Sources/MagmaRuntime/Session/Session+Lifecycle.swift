internal import Magma
internal import SessionModel

/// Coming and going: made, read, woken, put to sleep, ended, let go.
extension Session {
    /// Brings the session to what the caller needs: reads it, wakes it or sets it up. Concurrent callers wait for the same
    /// change.
    ///
    /// - Throws: ``RuntimeError``: see ``SessionDirectory/withSession(_:_:_:)``; `session_gone` when it was let go just now.
    func enter(_ access: SessionAccess) async throws {
        let need: SessionLifecycle.Need = access.isView ? .read : .awake
        var isMadeHere = false
        // Why it was not made new, which concerns nobody but who asked for that.
        var refusal: RuntimeError?
        while true {
            switch lifecycle.step(to: need) {
            case .enter:
                if case .new = access, !isMadeHere { throw RuntimeError.sessionExists(key) }
                return
            case .wait(let promise):
                // It is not there yet. And two that begin as each other would wait for ever.
                if case .forking = access, writing.isFork { throw RuntimeError.sessionNotFound(key) }
                await promise.value
            case .load: await change { try await self.load() ?? .gone }
            case .begin:
                await change {
                    // Read after it was claimed, so that nobody writes it after it was read.
                    do { try await self.claim() } catch let error as RuntimeError where error.address != nil {
                        guard case .new = access else { throw error }
                        refusal = RuntimeError.sessionExists(key)
                        return .gone
                    }
                    if let known = try await self.load() {
                        if case .new = access { return known }
                        return if case .asleep = known { try await self.wake() } else { known }
                    }
                    guard let beginning = access.beginning else { return .gone }
                    isMadeHere = true
                    do { try await self.begin(beginning) } catch {
                        // Its id is free again.
                        if !self.writing.isStored { await self.release() }
                        guard case .new = access, !self.hasFailed else { throw error }
                        refusal = error as? RuntimeError ?? .setupFailed("\(error)")
                        return .gone
                    }
                    return .awake
                }
                if let refusal {
                    directory.remove(self)
                    throw refusal
                }
            case .wake:
                if case .new = access { throw RuntimeError.sessionExists(key) }
                await change { try await self.wake() }
            case .refuse(.ended):
                if case .new = access { throw RuntimeError.sessionExists(key) }
                throw RuntimeError.sessionEnded(key.session)
            case .refuse(.gone):
                directory.remove(self)
                throw RuntimeError.sessionGone(key)
            case .refuse(.failed(let error)): throw error
            }
        }
    }

    /// Brings the session to what `body` needs, and runs it here, on the session.
    ///
    /// - Returns: what `body` returns or throws.
    /// - Throws: what ``enter(_:)`` throws.
    func entered<Value: Sendable>(
        _ access: SessionAccess,
        _ body: @Sendable (Session) async throws -> Value
    ) async throws -> Result<Value, any Error> {
        if evictIfUnstored() { throw RuntimeError.sessionGone(key) }
        try await enter(access)
        do { return .success(try await body(self)) } catch { return .failure(error) }
    }

    /// Waits until it is awake, for what is done in a session that was.
    func open() async throws { try await enter(.awake) }

    /// Whether it is awake when a change that is under way is over.
    func isAwakeSoon() async -> Bool {
        while case .changing(let promise) = lifecycle { await promise.value }
        return lifecycle.isAwake
    }

    /// Runs a transition to the state that `work` returns; other callers wait.
    func change(_ work: () async throws -> SessionLifecycle) async {
        lifecycle.beginChange()
        let outcome: SessionLifecycle
        do { outcome = try await work() } catch {
            outcome = .failed(error as? RuntimeError ?? .setupFailed("\(error)"))
        }
        lifecycle.settle(outcome)
    }

    private func begin(_ beginning: SessionBeginning) async throws {
        switch beginning.source {
        case .setup(let input, let state):
            try await setUp(with: input, state: state)
            // Whether another process has made it is known only when it is stored.
            if beginning.isStoredWithMore, !services.store.isShared { try storeSoon() } else { try await store() }
        case .fork(let origin, let moment, let author): try await begin(asForkOf: origin, at: moment, by: author)
        }
    }

    private func setUp(with input: JSON, state: JSON.Object) async throws {
        let limit = services.limits.handlers.setup
        try await SessionHandle.$current.withValue(handle()) {
            do {
                try await services.deadlines.limit(milliseconds: limit) { [agent] in try await agent.setup(input) }
            } catch let exceeded as TimeLimitExceeded {
                throw RuntimeError.setupFailed("It \(exceeded.words(limit: limit)).")
            }
            if !state.isEmpty { try await seed(state) }
        }
        prepend(.sessionCreated(origin: presence.summary.origin, temporary: kind == .temporary))
        await captureState(cause: 1)
        lanes = JobLanes(blueprint.sessionJobs)
    }

    private func seed(_ state: JSON.Object) async throws {
        try checkSize(of: .object(state))
        do { try await agent.writeState(state) } catch { throw RuntimeError.stateInvalid(error) }
        try await agent.checkNames(of: state)
    }

    /// The creation is the first event, also when setup has already logged something.
    private func prepend(_ body: SessionEvent.Body) {
        let early = buffer.restart()
        record(body)
        for event in early { record(event.body, cause: event.cause.map { $0 + 1 } ?? 1) }
    }

    /// Begins with another session's context and state; `setup` does not run, and jobs are paused. The journals of both are
    /// stored together.
    private func begin(asForkOf origin: SessionKey, at moment: SessionFold, by author: ChangeAuthor) async throws {
        writing.isFork = true
        defer { writing.isFork = false }
        try await replaceState(moment.state, insteadOf: [:])
        record(.sessionCreated(origin: presence.summary.origin, temporary: kind == .temporary))
        let agent = origin.agent.isExactly(key.agent) ? nil : origin.agent
        record(.sessionForked(.from(session: origin.session, agent: agent, seq: moment.seq, moment.picture)), cause: 1)
        let jobs = blueprint.sessionJobs
        lanes = JobLanes(jobs, paused: Set(jobs))
        await captureState(cause: 1)
        let first = firstEntry()
        try await directory.withSession(origin, .forking) {
            try await $0.noteFork(first, of: moment.seq, by: author)
        }
        writing.isStored = true
    }

    /// How far back the last runs of jobs are looked for.
    private static let eventsWithTicks = 256

    /// Reads what the store has of the session: its newest checkpoint, and the events after it. Nothing is written.
    ///
    /// - Returns: `nil` when there is no such session.
    private func load() async throws -> SessionLifecycle? {
        let jobs = blueprint.sessionJobs
        let recent = jobs.isEmpty ? 0 : Self.eventsWithTicks
        guard let stored = try await services.store.load(key, recent: recent) else { return nil }
        let record = stored.record
        if services.store.isShared, writing.epoch == nil { writing.identity = stored.identity }
        presence = SessionPresence(stored: record.summary, now: services.time.now, uptime: services.time.uptime)
        buffer = EventBuffer(stored.fold, checkpointed: stored.checkpointed, openHooks: record.openHooks)
        writing.before = record.written
        writing.latest = record.written
        writing.isStored = true
        lanes = JobLanes(jobs, paused: Set(record.pausedJobs), ticked: record.ticked)
        if record.summary.status == .ended { return .ended }
        presence.summary.status = .asleep
        turns = SessionTurns(unfinished: record.openTurns)
        var reader = TickReader(job: nil, before: nil)
        reader.read(stored.recent, session: key.session)
        for tick in reader.ticks.reversed() { lanes.remember(tick) }
        return .asleep
    }

    /// Gives the agent its state back. `setup` does not run again.
    private func wake() async throws -> SessionLifecycle {
        try await claim()
        try await InterruptedWork(session: self).bringToAnEnd()
        do { try await agent.writeState(fold.state.object ?? [:]) } catch {
            throw RuntimeError(
                .failed,
                "state_invalid",
                "The session '\(key.session)' cannot be woken: its stored state does not fit the agent's fields any more. \(error)"
            )
        }
        presence.summary.status = .awake
        noteMissedTicks()
        await captureState(cause: fold.seq)
        try await store(.record, move: .toMemory)
        return .awake
    }

    /// Ends the session: turns are cancelled, jobs stop, clients are let go; the journal stays.
    ///
    /// - Throws: ``RuntimeError`` of the store: then it has not ended.
    func end(reason: String) async throws {
        try await enter(.viewing)
        guard !hasEnded else { return }
        let wasAwake = lifecycle.isAwake
        lifecycle = .ended
        turns.cancelAll()
        clients?.finish()
        if wasAwake { await agent.cleanUp() }
        record(.sessionEnded(reason: reason))
        let retention = services.limits.sessions.temporary
        presence.end(listedUntil: kind == .temporary ? services.time.now + retention : nil)
        services.feed.update(key) { $0 = EventFeed.Live() }
        try await store(move: .toStore)
        directory.markViewed(key)
        directory.index.remove(key)
    }

    /// Removes the session from memory after `work` has renamed or deleted it in the store.
    ///
    /// - Parameter last: the last events of this object.
    func close(with last: [SessionEvent.Body], _ work: @escaping () async throws -> Void) async throws {
        try await enter(.viewing)
        let wasAwake = presence.summary.status == .awake
        turns.cancelAll()
        clients?.finish()
        var failure: (any Error)?
        // Whether the store lists it, because its stored status is not `awake`.
        var isListed = !wasAwake
        let end = hasEnded
        await change {
            do {
                try await self.claim()
                if wasAwake { await self.cleanUpAgent() }
                for body in last { self.record(body) }
                if !end { self.presence.summary.status = .asleep }
                do {
                    try await self.storeLast()
                    isListed = true
                } catch {
                    // What is deleted need not be stored first, and cannot be where the disk is full.
                    if !last.isEmpty { throw error }
                }
                try await work()
                await self.release()
            } catch { failure = error }
            self.directory.remove(self)
            // If it was neither stored nor deleted, it still exists, and only the index lists it.
            if failure == nil || isListed { self.directory.index.remove(self.key) }
            self.services.feed.dismiss(self.key)
            return .gone
        }
        if let failure { throw failure }
    }

    /// Has the agent take a state over, whole or not at all. Fields that the state lacks get what they have in a new
    /// session.
    func replaceState(_ state: JSON, insteadOf before: JSON) async throws {
        var members = try await blueprint.make().readState().object ?? [:]
        for (name, value) in state.object ?? [:] { members[name] = value }
        do { try await agent.writeState(members) } catch {
            try? await agent.writeState(before.object ?? [:])
            throw RuntimeError.stateInvalid(error)
        }
    }
}
