package import Logging
package import Magma
internal import ServiceLifecycle
package import SessionModel
internal import Synchronization
internal import WorkPool

/// Hosts agents and their sessions: whatever reaches one goes through here.
package final class Runtime: Service {
    package let agents: [AgentBlueprint]
    package let started: Int64
    let startedUptime: Double
    /// Exchanges that are new or finished; who falls behind finds the others in the store.
    package let exchanges = Broadcast<Exchange>(.dropOldest(256))
    /// What the runtime and its agents record.
    package let metrics: PrometheusMetrics

    var services: SessionServices { directory.services }
    let directory: SessionDirectory
    let scheduler: Scheduler
    private let refusesWork = Mutex(false)
    /// What is under way, so that a shutdown can wait for it.
    let work = InFlightWork()
    package let requests: IdempotentRequests
    let imports = ImportBudget()
    private let sharedProblem: SharedAnswer<RuntimeError?>
    private let sharedCounts: SharedAnswer<SessionCounts>
    package var places: PlaceWatch { directory.places }
    /// The models that a rerun may ask for; `nil` when there are none but those of the agents.
    let models: ModelSource?

    var store: any SessionStore { directory.services.store }
    package var feed: EventFeed { directory.services.feed }
    package var time: any TimeSource { directory.services.time }

    /// Takes over the store from the previous runtime, and ends the work that it left unfinished.
    ///
    /// - Throws: ``RuntimeError`` when two agents have one id, or the store cannot be read.
    package init(
        agents: [AgentBlueprint],
        provider: any Provider,
        models: ModelSource? = nil,
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
        self.models = models
        self.metrics = metrics
        let time = store.isShared ? StoreTime(machine: time, store: store) : time
        started = time.now
        startedUptime = time.uptime
        let feed = EventFeed()
        let interrupted = try await store.recover()
        try await Maintenance.closeExchanges(in: store)
        let services = SessionServices(
            store: store,
            journal: Journal(store: store, feed: feed),
            feed: feed,
            meter: RuntimeMeter(time: time, metrics: metrics),
            tickLog: try await TickLog(store, agents: agents),
            pausedJobs: try await PausedJobs(store, time: time),
            deadlines: Deadlines(time: time),
            ids: ids,
            provider: provider,
            limits: limits,
            log: log,
            downtime: try await Maintenance.downtime(store, until: started)
        )
        requests = IdempotentRequests(
            IdempotencyLocks(deadlines: services.deadlines),
            store: store,
            wait: limits.answers.wait,
            time: time
        )
        directory = SessionDirectory(agents: agents, services: services)
        scheduler = Scheduler(agents: agents, directory: directory, work: work)
        sharedCounts = SharedAnswer(services.deadlines) { [directory] in try await directory.counts }
        sharedProblem = SharedAnswer(services.deadlines) { [directory] in
            // First what is known: a store that is silent holds a question up.
            if let problem = await store.problem { return problem }
            _ = try await directory.counts
            return nil
        }
        await bringToAnEnd(interrupted)
    }

    /// Why the store takes nothing, if that is so; asked once for all who ask at the same time.
    package var storeProblem: RuntimeError? {
        get async {
            do { return try await sharedProblem.get(within: Self.storePatience) } catch let error as RuntimeError {
                return error
            } catch is TimeLimitExceeded {
                return .store("io", "The store has not answered for \(Self.storePatience / 1000) s.")
            } catch {
                services.log.error("The store does not answer", metadata: ["error": "\(error)"])
                return .store("failed", "The store does not answer; the runtime's log says why.")
            }
        }
    }

    /// Milliseconds that the store may take to say how it is.
    private static let storePatience: Int64 = 5000

    /// How many sessions there are, if the store says so in time.
    ///
    /// - Throws: ``TimeLimitExceeded``, or what the store throws.
    package func counts(within milliseconds: Int64) async throws -> SessionCounts {
        try await sharedCounts.get(within: milliseconds)
    }

    /// How long what is under way may go on after the shutdown began, in milliseconds; with what comes after it that is
    /// ten seconds at most.
    private static let timeToFinish: Int64 = 9_000

    /// Keeps jobs and temporary sessions on time until shutdown; then waits for what is under way, for a while.
    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.scheduler.run() }
            group.addTask { await Maintenance(of: self).run() }
            group.addTask { await self.followNodes() }
            group.addTask { await self.refreshLists() }
            try? await gracefulShutdown()
            refuseWork()
            group.addTask { await self.store.drain() }
            if store.isShared { group.addTask { await self.handOver() } }
            if await !work.finish(within: Self.timeToFinish, services.deadlines) {
                services.deadlines.endAll()
                await cancelTurns()
                _ = await work.finish(within: 300, services.deadlines)
            }
            group.cancelAll()
        }
        await Maintenance(of: self).putAllToSleep(within: 500)
    }

    /// Closes the store, after ``run()`` and when no server asks for anything any more.
    package func close() async { await services.store.close() }

    /// Cancels what is said to be under way, for models take no notice of deadlines.
    private func cancelTurns() async {
        for row in directory.index.entries(where: { $0.summary.doing != nil }) {
            await directory.loaded(row.summary.key)?.cancelAllTurns()
        }
    }

    /// Begins what another process does for a client of this one, until ``endElsewhere()``: a shutdown gives it as long as what is done
    /// here.
    package func beginElsewhere() { work.begin() }

    package func endElsewhere() { work.end() }

    /// Waits until the time is over that a shutdown gives to what is under way.
    ///
    /// - Throws: ``RuntimeError`` `shutting_down` then, `CancellationError`.
    package func waitForCutOff() async throws {
        do {
            try await services.deadlines.limit(Promise<Void, any Error>(), milliseconds: .max)
        } catch is TimeLimitExceeded { throw RuntimeError.cutOff() }
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
    /// - Parameters:
    ///   - id: `nil` or empty for the only agent there is.
    ///   - session: that it is asked for, if any.
    /// - Throws: ``RuntimeError`` `agent_not_found`; `agent_elsewhere` when another process on the store hosts it.
    package func agent(_ id: String?, for session: String? = nil) throws -> AgentBlueprint {
        if let id, !id.isEmpty {
            guard let agent = agents.first(where: { $0.id.isExactly(id) }) else {
                throw RuntimeError.agentMissing(id, for: session, in: store)
            }
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

    /// The session that a client means: the one with that id, or a new temporary one for `nil` and an empty id.
    ///
    /// - Throws: ``RuntimeError`` `session_id_invalid`, also for a temporary session that does not live.
    package func place(_ id: String?, of agent: AgentBlueprint) async throws -> SessionPlace {
        try await place(id, of: agent.id)
    }

    /// - Parameter agent: of this process or another one on the store.
    package func place(_ id: String?, of agent: String) async throws -> SessionPlace {
        guard let id, !id.isEmpty else {
            let id = SessionID.temporaryPrefix + services.ids.ulid(at: time.now)
            return SessionPlace(key: SessionKey(agent: agent, session: id), mayBegin: true)
        }
        if let problem = SessionID.problem(id) { throw RuntimeError.sessionInvalid(problem) }
        let key = SessionKey(agent: agent, session: id)
        guard SessionID.isTemporary(id) else { return SessionPlace(key: key, mayBegin: true) }
        let known = try await directory.row(key)
        guard let known, known.summary.status != .ended else { throw RuntimeError.noTemporarySession(id) }
        return SessionPlace(key: key, mayBegin: false)
    }

    /// Borrows a client's session for what runs handlers of its agent; all of it goes on where those may block.
    func withHandlers<Value: Sendable>(
        in place: SessionPlace,
        _ beginning: SessionBeginning,
        _ body: @Sendable (Session) async throws -> Value
    ) async throws -> Value {
        let access = place.mayBegin ? SessionAccess.awakeOrNew(beginning) : .awake
        do {
            if WorkPool.isPreferred { return try await directory.withSession(place.key, access, body) }
            return try await withTaskExecutorPreference(WorkPool.shared) {
                try await directory.withSession(place.key, access, body)
            }
        } catch let error as RuntimeError where error == .sessionNotFound(place.key) {
            throw RuntimeError.noTemporarySession(place.key.session)
        }
    }

    /// Whether there is a session of that key, in memory or in the store.
    ///
    /// - Throws: ``RuntimeError`` `agent_not_found`, `session_not_found`.
    package func checkExists(_ key: SessionKey) async throws {
        _ = try agent(key.agent)
        guard try await directory.isKnown(key) else { throw RuntimeError.sessionNotFound(key) }
    }

    /// Makes a session at first sight, or wakes it.
    ///
    /// - Throws: ``RuntimeError`` `setup_failed`, `session_ended`, `shutting_down`, `sessions_full`.
    package func wake(_ place: SessionPlace, origin: Origin) async throws {
        try checkOpen()
        try await withHandlers(in: place, SessionBeginning(origin: origin)) { _ in }
    }
}

/// The session that a client means.
package struct SessionPlace: Sendable, Hashable {
    package let key: SessionKey
    /// Whether it is made if there is none: a temporary id is given by the runtime, and a client that names one means one that
    /// is there.
    package let mayBegin: Bool

    /// A lasting session, made at first sight.
    package init(lasting key: SessionKey) { self.init(key: key, mayBegin: true) }

    init(key: SessionKey, mayBegin: Bool) {
        self.key = key
        self.mayBegin = mayBegin
    }
}
