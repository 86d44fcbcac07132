internal import Inspection
package import Logging
package import Magma
internal import ServiceLifecycle
package import SessionModel
internal import Synchronization

/// Hosts agents and their sessions: whatever reaches one goes through here.
package final class Runtime: Service {
    package let agents: [AgentBlueprint]
    package let started: Int64
    package let feed: EventFeed
    package let exchangeFeed = ExchangeFeed()
    package let index: SessionIndex
    package let store: any SessionStore
    package let time: any TimeSource

    let services: SessionServices
    let registry = SessionRegistry()
    let scheduler: Scheduler
    private let refusesWork = Mutex(false)
    /// What is under way, so that a shutdown can wait for it.
    let work = WorkUnderWay()

    /// - Throws: ``RuntimeError`` when two agents have one id.
    package init(
        agents: [AgentBlueprint],
        provider: any Provider,
        store: any SessionStore = MemoryStore(),
        limits: RuntimeLimits = RuntimeLimits(),
        time: any TimeSource = SystemTime(),
        ids: any IDSource = RandomIDs(),
        log: Logger = Logger(label: "runtime")
    ) throws {
        guard Set(agents.map(\.id)).count == agents.count else {
            throw RuntimeError(.malformed, "duplicate_agent", "Two agents have the same id.")
        }
        self.agents = agents
        self.store = store
        self.time = time
        started = time.now
        feed = EventFeed()
        index = SessionIndex()
        services = SessionServices(
            journal: Journal(store: store, feed: feed),
            feed: feed,
            index: index,
            meter: RuntimeMeter(time: time),
            tickLog: TickLog(),
            time: time,
            ids: ids,
            provider: provider,
            limits: limits,
            log: log
        )
        scheduler = Scheduler(agents: agents, registry: registry, services: services)
    }

    /// Keeps jobs and temporary sessions on time until shutdown; then waits for what is under way, ten seconds at most.
    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.scheduler.run() }
            group.addTask { await self.retireTemporarySessions() }
            try? await gracefulShutdown()
            refuseWork()
            await work.finish(within: 10_000, on: time)
            group.cancelAll()
        }
    }

    /// From now on every new message, hook and session is answered with `shutting_down`.
    package func refuseWork() { refusesWork.withLock { $0 = true } }

    package var isShuttingDown: Bool { refusesWork.withLock { $0 } }

    func checkOpen() throws { if isShuttingDown { throw RuntimeError.shuttingDown() } }
}

// MARK: Finding agents and sessions

extension Runtime {
    /// - Parameter id: `nil` or empty for the only agent there is.
    /// - Throws: ``RuntimeError`` `agent_not_found`.
    package func agent(_ id: String?) throws -> AgentBlueprint {
        if let id, !id.isEmpty {
            guard let agent = agents.first(where: { $0.id == id }) else { throw RuntimeError.agentNotFound(id) }
            return agent
        }
        guard agents.count == 1, let only = agents.first else {
            throw RuntimeError(
                .notFound,
                "agent_not_found",
                "Name the agent: this runtime has \(agents.map(\.id).joined(separator: ", "))."
            )
        }
        return only
    }

    /// A session that exists.
    ///
    /// - Throws: ``RuntimeError`` `session_not_found`.
    package func existingSession(_ key: SessionKey) throws -> Session {
        guard let session = registry.session(key) else {
            throw RuntimeError.sessionNotFound(key.session, agent: key.agent)
        }
        return session
    }

    /// The session of that id, made at first sight; a temporary one for `nil` or an empty id. It is set up.
    ///
    /// - Throws: ``RuntimeError`` `session_id_invalid`, `setup_failed`, `session_ended`, `shutting_down`.
    package func session(
        _ id: String?,
        of agent: AgentBlueprint,
        origin: Origin,
        setup: JSON = [:],
        state: JSON.Object = [:]
    ) async throws -> Session {
        try checkOpen()
        let key = SessionKey(agent: agent.id, session: try checked(id, of: agent))
        let kind: Summary.Kind = SessionID.isTemporary(key.session) ? .temporary : .lasting
        let (session, _) = registry.session(key) {
            Session(key: key, kind: kind, origin: origin, blueprint: agent, services: services)
        }
        do {
            try await session.open(setup: setup, state: state)
        } catch let error as RuntimeError {
            if await session.hasFailed {
                registry.remove(session)
                index.remove(key)
            }
            throw error
        }
        return session
    }

    /// The id, or a new temporary one for `nil` and empty ones.
    ///
    /// - Throws: ``RuntimeError`` `session_id_invalid`.
    func checked(_ id: String?, of agent: AgentBlueprint) throws -> String {
        guard let id, !id.isEmpty else { return SessionID.temporaryPrefix + services.ids.ulid(at: time.now) }
        if let problem = SessionID.problem(id) { throw RuntimeError.sessionInvalid(problem) }
        guard SessionID.isTemporary(id) else { return id }
        guard let entry = index.entry(SessionKey(agent: agent.id, session: id)), entry.summary.status != .ended else {
            throw RuntimeError.sessionInvalid(
                "No temporary session '\(id)' lives; ids that start with \(SessionID.temporaryPrefix) are given by the runtime."
            )
        }
        return id
    }
}

// MARK: Temporary sessions

extension Runtime {
    /// Ends temporary sessions that had no traffic for their retention time, and forgets ended ones after it.
    private func retireTemporarySessions() async {
        let pace = max(250, min(5_000, services.limits.temporaryRetention / 20))
        while (try? await time.sleep(milliseconds: pace)) != nil {
            let now = time.now
            for entry in index.entries(where: { $0.summary.expires.map { $0 <= now } ?? false }).entries {
                await retire(entry.summary)
            }
        }
    }

    private func retire(_ summary: Summary) async {
        guard let session = registry.session(summary.key) else { return index.remove(summary.key) }
        guard summary.status == .ended else {
            return await session.end(reason: "no traffic for \(services.limits.temporaryRetention / 1000) s")
        }
        registry.remove(session)
        index.remove(summary.key)
        try? await store.remove(summary.key)
    }
}
