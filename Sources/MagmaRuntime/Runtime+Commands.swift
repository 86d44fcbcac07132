internal import Magma
package import SessionModel

/// What inspectors do, beside sending hooks.
extension Runtime {
    /// Starts a turn in a session; it goes on by itself.
    ///
    /// - Parameters:
    ///   - request: whose answer is stored with the turn.
    ///   - isStoredFirst: whether the messages must be stored when this returns, since someone is told that they were
    ///     accepted; else they are stored soon, and before the turn is answered.
    package func send(
        _ messages: [Message],
        to session: Session,
        request: KeptRequest? = nil,
        isStoredFirst: Bool = true,
        listener: TurnListener? = nil
    ) async throws -> TurnTicket {
        try checkOpen()
        return try await session.start(
            messages,
            request: request,
            isStoredFirst: isStoredFirst,
            listener: listener,
            work: work
        )
    }

    /// Makes a session that must not exist yet.
    ///
    /// - Throws: ``RuntimeError`` `session_exists` and what ``session(_:of:origin:setup:state:)`` throws.
    package func create(_ id: String?, of agent: AgentBlueprint, setup: JSON, state: JSON.Object) async throws
        -> Session
    {
        if let id, !id.isEmpty {
            let key = SessionKey(agent: agent.id, session: id)
            if try await isKnown(key) { throw RuntimeError.sessionExists(key) }
        }
        for name in state.names where !agent.fieldNames.containsExactly(name) {
            throw RuntimeError.fieldUnknown(name, of: agent)
        }
        return try await session(id, of: agent, origin: .inspector, setup: setup, state: state)
    }

    /// Runs a job now, without waiting for it to finish.
    package func runJob(_ name: String, of agent: AgentBlueprint, on session: Session?) async throws {
        try checkOpen()
        let job = try await job(name, of: agent, on: session)
        try await session?.open()
        work.start { await self.scheduler.runNow(job, of: agent, on: session) }
    }

    /// Pauses a job in one session, or in the whole agent.
    package func pauseJob(_ name: String, of agent: AgentBlueprint, on session: Session?) async throws {
        let job = try await job(name, of: agent, on: session)
        guard let session else {
            return try await services.pausedJobs.pause(JobKey(agent: agent.id, job: job.name))
        }
        try await session.pause(job.name)
    }

    /// Resumes a job in one session, or in the whole agent.
    package func resumeJob(_ name: String, of agent: AgentBlueprint, on session: Session?) async throws {
        let job = try await job(name, of: agent, on: session)
        guard let session else {
            return try await services.pausedJobs.resume(JobKey(agent: agent.id, job: job.name))
        }
        try await session.resume(job.name)
    }

    private func job(_ name: String, of agent: AgentBlueprint, on session: Session?) async throws -> AgentBlueprint.Job
    {
        guard let job = agent.job(name) else { throw RuntimeError.jobNotFound(name, agent: agent.id) }
        if let session, await session.hasEnded {
            throw RuntimeError.sessionEnded(session.key.session)
        }
        if job.isStatic, session != nil {
            throw RuntimeError(
                .malformed,
                "job_static",
                "The job '\(name)' is static: it runs for the agent, not for a session."
            )
        }
        return job
    }

    /// Notes in a session's journal who did what to it.
    package func note(_ method: String, by name: String, in session: Session) async {
        await session.noteInspector(name, method)
    }
}

extension Session {
    fileprivate func noteInspector(_ name: String, _ method: String) async {
        record(.inspectorActed(by: name, method: method))
        try? await store()
    }
}
