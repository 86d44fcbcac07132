internal import Magma
package import SessionModel

/// What clients and inspectors do to sessions, beside sending hooks.
extension Runtime {
    /// Starts a turn in a client's session; the turn goes on by itself.
    ///
    /// - Parameters:
    ///   - origin: of the session, if it is made.
    ///   - request: whose answer is stored with the turn.
    ///   - acceptance: when this returns.
    package func send(
        _ messages: [Message],
        to place: SessionPlace,
        origin: Origin,
        request: KeptRequest? = nil,
        acceptance: TurnAcceptance = .stored,
        listener: TurnListener? = nil
    ) async throws -> TurnTicket {
        try checkOpen()
        return try await withHandlers(in: place, SessionBeginning(origin: origin, isStoredWithMore: true)) {
            try await $0.start(messages, request: request, acceptance: acceptance, listener: listener, work: work)
        }
    }

    /// Starts a turn in a session that is there.
    package func send(
        _ messages: [Message],
        to key: SessionKey,
        request: KeptRequest? = nil,
        acceptance: TurnAcceptance = .stored,
        listener: TurnListener? = nil
    ) async throws -> TurnTicket {
        try checkOpen()
        return try await directory.withSession(key, .awake) {
            try await $0.start(messages, request: request, acceptance: acceptance, listener: listener, work: work)
        }
    }

    /// Stops the turn in flight, or that one.
    ///
    /// - Returns: whether there was one.
    package func cancel(turn: String?, of key: SessionKey, by author: ChangeAuthor) async throws -> Bool {
        try await directory.withSession(key, .viewing) { session in
            let isCancelled = await session.cancel(turn: turn)
            if isCancelled { await session.note(author) }
            return isCancelled
        }
    }

    /// Connects a client to a session.
    ///
    /// - Throws: ``RuntimeError`` `session_ended`.
    package func connect(to key: SessionKey) async throws -> SessionConnection {
        try await directory.withSession(key, .awake) { try await $0.connect() }
    }

    /// Makes a session that must not exist yet.
    ///
    /// - Returns: its key.
    /// - Throws: ``RuntimeError`` `session_exists`, `field_unknown`, `setup_failed`, and what ``place(_:of:)`` throws.
    package func create(
        _ id: String?,
        of agent: AgentBlueprint,
        setup: JSON,
        state: JSON.Object,
        by author: ChangeAuthor
    ) async throws -> SessionKey {
        try checkOpen()
        if let id, !id.isEmpty {
            let key = SessionKey(agent: agent.id, session: id)
            if try await directory.isKnown(key) { throw RuntimeError.sessionExists(key) }
        }
        for name in state.names where !agent.fieldNames.containsExactly(name) {
            throw RuntimeError.fieldUnknown(name, of: agent)
        }
        let key = try await place(id, of: agent).key
        let beginning = SessionBeginning(origin: .inspector, source: .setup(setup, state: state))
        try await directory.withSession(key, .new(beginning)) { await $0.note(author) }
        return key
    }

    /// Applies an inspector's edit; see ``HandChange/edit(_:)``.
    ///
    /// - Returns: the last event afterwards.
    package func edit(_ key: SessionKey, _ edit: SessionEdit, expect: Int?, by author: ChangeAuthor) async throws -> Int
    {
        try await directory.withSession(key, .awake) {
            try await HandChange(session: $0, author: author, expect: expect).edit(edit)
        }
    }

    /// Ends a session; its journal stays.
    package func end(_ key: SessionKey, by author: ChangeAuthor) async throws {
        try await directory.withSession(key, .viewing) { try await $0.end(reason: "ended by \(author.name)") }
    }
}

/// Jobs that inspectors run, pause and resume.
extension Runtime {
    /// Runs a job now, without waiting for it to finish.
    package func runJob(_ name: String, of agent: AgentBlueprint, on key: SessionKey?, by author: ChangeAuthor)
        async throws
    {
        try checkOpen()
        let job = try job(name, of: agent)
        guard let key else { return work.start { await self.scheduler.runNow(job, of: agent) } }
        try await withJob(job, of: key, .awake) { session in
            work.start { await self.scheduler.runNow(job, on: key) }
            await session.note(author)
        }
    }

    /// Pauses a job in one session, or in the whole agent.
    package func pauseJob(_ name: String, of agent: AgentBlueprint, on key: SessionKey?, by author: ChangeAuthor)
        async throws
    {
        let job = try job(name, of: agent)
        guard let key else { return try await services.pausedJobs.pause(JobKey(agent: agent.id, job: job.name)) }
        try await withJob(job, of: key, .viewing) { session in
            try await session.pause(job.name)
            await session.note(author)
        }
    }

    /// Resumes a job in one session, or in the whole agent.
    package func resumeJob(_ name: String, of agent: AgentBlueprint, on key: SessionKey?, by author: ChangeAuthor)
        async throws
    {
        let job = try job(name, of: agent)
        guard let key else { return try await services.pausedJobs.resume(JobKey(agent: agent.id, job: job.name)) }
        try await withJob(job, of: key, .viewing) { session in
            try await session.resume(job.name)
            await session.note(author)
        }
    }

    private func job(_ name: String, of agent: AgentBlueprint) throws -> AgentBlueprint.Job {
        guard let job = agent.job(name) else { throw RuntimeError.jobNotFound(name, agent: agent.id) }
        return job
    }

    /// Does something with a job in a session that has not ended.
    private func withJob(
        _ job: AgentBlueprint.Job,
        of key: SessionKey,
        _ access: SessionAccess,
        _ work: @Sendable (Session) async throws -> Void
    ) async throws {
        try await directory.withSession(key, access) { session in
            if await session.hasEnded { throw RuntimeError.sessionEnded(key.session) }
            if job.isStatic {
                throw RuntimeError(
                    .malformed,
                    "job_static",
                    "The job '\(job.name)' is static: it runs for the agent, not for a session."
                )
            }
            try await work(session)
        }
    }
}
