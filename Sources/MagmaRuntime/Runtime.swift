package import Logging
package import Magma
internal import ServiceLifecycle
package import SessionModel
internal import Synchronization

/// Hosts agents and their sessions: whatever reaches one goes through here.
package final class Runtime: Service {
    package let agents: [AgentBlueprint]
    package let started: Int64
    let startedUptime: Double
    package let feed: EventFeed
    /// Exchanges that are new or finished; who falls behind finds the others in the store.
    package let exchanges = Broadcast<Exchange>(.dropOldest(256))
    package let index: SessionIndex
    package let store: any SessionStore
    package let time: any TimeSource
    /// What the runtime and its agents record.
    package let metrics: PrometheusMetrics

    let services: SessionServices
    let registry: SessionRegistry
    let scheduler: Scheduler
    private let refusesWork = Mutex(false)
    /// Bytes that the process took when free memory was last given back.
    let kept = Mutex(0)
    /// What is under way, so that a shutdown can wait for it.
    let work = InFlightWork()
    let requests: IdempotencyLocks

    /// Takes the store over from the runtime before it: what that one left in the middle is brought to an end.
    ///
    /// - Throws: ``RuntimeError`` when two agents have one id, or the store cannot be read.
    package init(
        agents: [AgentBlueprint],
        provider: any Provider,
        store: any SessionStore = MemoryStore(),
        limits: RuntimeLimits = RuntimeLimits(),
        time: any TimeSource = SystemTime(),
        ids: any IDSource = RandomIDs(),
        metrics: PrometheusMetrics = PrometheusMetrics(),
        log: Logger = Logger(label: "runtime")
    ) async throws {
        guard Set(agents.map(\.id)).count == agents.count else {
            throw RuntimeError(.malformed, "duplicate_agent", "Two agents have the same id.")
        }
        self.agents = agents
        self.store = store
        self.time = time
        self.metrics = metrics
        started = time.now
        startedUptime = time.uptime
        feed = EventFeed()
        index = SessionIndex()
        registry = SessionRegistry(time: time)
        requests = IdempotencyLocks(time: time)
        let interrupted = try await store.recover()
        try await Self.closeExchanges(in: store)
        services = SessionServices(
            store: store,
            registry: registry,
            journal: Journal(store: store, feed: feed),
            feed: feed,
            index: index,
            meter: RuntimeMeter(time: time, metrics: metrics),
            tickLog: try await TickLog(store, agents: agents),
            pausedJobs: try await PausedJobs(store),
            time: time,
            deadlines: Deadlines(time: time),
            ids: ids,
            provider: provider,
            limits: limits,
            log: log,
            downtime: try await Self.downtime(store, until: started)
        )
        scheduler = Scheduler(agents: agents, services: services, work: work)
        for key in interrupted where agents.contains(where: { $0.id == key.agent }) {
            // One that cannot be read does not keep the others from being there.
            do { _ = try await existingSession(key) } catch {
                log.error(
                    "A session that was interrupted cannot be read",
                    metadata: ["session": "\(key)", "error": "\(error)"]
                )
            }
        }
    }

    /// How long what is under way may go on after the shutdown began, in milliseconds; with what comes after it that is
    /// ten seconds at most.
    private static let timeToFinish: Int64 = 9_000

    /// Keeps jobs and temporary sessions on time until shutdown; then waits for what is under way, for a while.
    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.scheduler.run() }
            group.addTask { await self.runMaintenance() }
            try? await gracefulShutdown()
            refuseWork()
            if await !work.finish(within: Self.timeToFinish, services.deadlines) {
                services.deadlines.endAll()
                _ = await work.finish(within: 300, services.deadlines)
            }
            group.cancelAll()
        }
        await putAllToSleep(within: 500)
    }

    /// From now on every new message, hook and session is answered with `shutting_down`, and no job begins.
    package func refuseWork() {
        refusesWork.withLock { $0 = true }
        scheduler.stop()
    }

    package var isShuttingDown: Bool { refusesWork.withLock { $0 } }

    func checkOpen() throws { if isShuttingDown { throw RuntimeError.shuttingDown() } }
}

// MARK: Finding agents and sessions

extension Runtime {
    /// - Parameter id: `nil` or empty for the only agent there is.
    /// - Throws: ``RuntimeError`` `agent_not_found`.
    package func agent(_ id: String?) throws -> AgentBlueprint {
        if let id, !id.isEmpty {
            guard let agent = agents.first(where: { $0.id.isExactly(id) }) else { throw RuntimeError.agentNotFound(id) }
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

    /// A session that exists; one that sleeps is read from the store, and not woken.
    ///
    /// - Throws: ``RuntimeError`` `session_not_found`.
    package func existingSession(_ key: SessionKey) async throws -> Session {
        let agent = try agent(key.agent)
        while true {
            let session = try await known(key, of: agent)
            do {
                try await session.loadIfNeeded()
                return session
            } catch let error as RuntimeError {
                if await session.hasFailed { registry.remove(session) }
                guard error == .sessionGone(key) else { throw error }
            }
        }
    }

    private func known(_ key: SessionKey, of agent: AgentBlueprint) async throws -> Session {
        if let session = registry.session(key) { return session }
        guard let record = try await store.record(of: key) else { throw RuntimeError.sessionNotFound(key) }
        registry.markViewed(key)
        return registry.session(key) { Session(record.summary, blueprint: agent, services: services) }
    }

    /// The session of that id, made at first sight; a temporary one for `nil` or an empty id. It is awake.
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
        let key = SessionKey(agent: agent.id, session: try await checked(id, of: agent))
        return try await services.awake(key, of: agent, origin: origin, setup: setup, state: state)
    }

    /// The id, or a new temporary one for `nil` and empty ones.
    ///
    /// - Throws: ``RuntimeError`` `session_id_invalid`.
    func checked(_ id: String?, of agent: AgentBlueprint) async throws -> String {
        guard let id, !id.isEmpty else { return SessionID.temporaryPrefix + services.ids.ulid(at: time.now) }
        if let problem = SessionID.problem(id) { throw RuntimeError.sessionInvalid(problem) }
        guard SessionID.isTemporary(id) else { return id }
        let known = try await services.summary(SessionKey(agent: agent.id, session: id))
        guard let known, known.status != .ended else {
            throw RuntimeError.sessionInvalid(
                "No temporary session '\(id)' lives; ids that start with \(SessionID.temporaryPrefix) are given by the runtime."
            )
        }
        return id
    }
}
