internal import Logging
internal import Magma
package import SessionModel
internal import Synchronization

/// One live session: an agent's instance, its journal's newest part, and whoever is connected to it.
package actor Session {
    enum Phase {
        /// Not yet looked for in the store.
        case new
        /// Being set up, woken or put to sleep: whoever comes waits.
        case opening([CheckedContinuation<Void, Never>])
        /// Read from the store to be looked at; its agent has not been given its state.
        case asleep
        case open
        case failed(RuntimeError)
        case ended
        /// Put to sleep, or no longer what the store has: the registry has another one, or none.
        case gone
    }

    package nonisolated let key: SessionKey
    package nonisolated let kind: SessionSummary.Kind
    package nonisolated let blueprint: AgentBlueprint
    nonisolated let services: SessionServices

    let agent: any AgentInstance
    var phase = Phase.new
    var buffer = EventBuffer()
    var summary: SessionSummary
    /// The uptime of its last traffic.
    var used: Double
    /// The uptime at which a temporary session has had no traffic for its time.
    var ends: Double?

    var turns = TurnQueue()
    /// Turns that wait for their place, and how they learn that it has come.
    var turnWaiters: [String: CheckedContinuation<Bool, Never>] = [:]
    var turnTasks: [String: Task<TurnReply, any Error>] = [:]

    var lanes = JobLanes()
    /// Made for the first one.
    var clients: Broadcast<JSON>?
    var activities: [String] = []
    /// What those who follow it have been told that it does.
    var shownActivity: String?
    /// Hooks that were received and have not answered, by the event of their receipt.
    var openHooks: [Int] = []
    /// The turn that runs, and what the state would be without it: where it goes back to when it fails.
    var turnBase: (turn: String, state: JSON.Object)?
    /// When the store last heard of it before it was read.
    var written: Int64 = 0

    /// Whether what the store has of it is being renamed or removed, so that nothing may be added.
    var isLeaving = false
    /// Whether the store has anything of it.
    var isStored = false

    /// Why changes of the state were taken back, by the event on whose behalf they were made, until that is reported.
    var takenBack: [Int: RuntimeError] = [:]
    /// Lines that handlers have logged since something was last stored.
    var logged = 0
    var lastReceipt: Journal.Receipt?
    /// Whether the journal is to ask for what is recorded, since it has not been handed in.
    nonisolated let isLate = Atomic(false)
    /// What this object writes to the journal.
    var writeQueue = Journal.WriteQueue()

    init(_ summary: SessionSummary, blueprint: AgentBlueprint, services: SessionServices) {
        key = summary.key
        kind = summary.kind
        self.blueprint = blueprint
        self.services = services
        agent = blueprint.make()
        self.summary = summary
        used = services.time.uptime
        if kind == .temporary {
            self.summary.expires = summary.created + services.limits.temporaryRetention
            ends = used + Double(services.limits.temporaryRetention)
        }
    }

    /// Context and state as they are.
    var fold: SessionFold { buffer.fold }

    /// What handlers see of the session.
    nonisolated var handle: SessionHandle {
        SessionHandle(id: key.session, isTemporary: kind == .temporary, backend: SessionBackend(session: self))
    }
}

// MARK: Coming and going

extension Session {
    /// Sets the session up if it is new, wakes it if it sleeps; whoever comes at the same moment waits for the same.
    ///
    /// - Throws: ``RuntimeError`` when setup or waking fails, the session has ended, or `session_gone` when it was put
    ///   to sleep just now.
    func open(setup: JSON = [:], state: JSON.Object = [:]) async throws {
        switch phase {
        case .open: return
        case .ended: throw RuntimeError.sessionEnded(key.session)
        case .gone: throw RuntimeError.sessionGone(key)
        case .failed(let error): throw error
        case .opening:
            await waitUntilOpen()
            return try await open(setup: setup, state: state)
        case .new:
            await transition { try await self.begin(with: setup, state: state) }
            try await open()
        case .asleep:
            await transition { try await self.wake() }
            try await open()
        }
    }

    /// Reads a session that the store has, without waking it.
    func loadIfNeeded() async throws {
        switch phase {
        case .opening:
            await waitUntilOpen()
            try await loadIfNeeded()
        case .new:
            await transition { try await self.load() ?? .new }
            if case .new = phase { throw RuntimeError.sessionNotFound(key) }
            try await loadIfNeeded()
        case .gone: throw RuntimeError.sessionGone(key)
        case .failed(let error): throw error
        case .asleep, .open, .ended: return
        }
    }

    func waitUntilOpen() async {
        await withCheckedContinuation { continuation in
            guard case .opening(var waiting) = phase else { return continuation.resume() }
            waiting.append(continuation)
            phase = .opening(waiting)
        }
    }

    /// Goes to the phase that `work` comes to, and lets those go on who wait for it.
    func transition(_ work: () async throws -> Phase) async {
        phase = .opening([])
        let outcome: Phase
        do { outcome = try await work() } catch {
            outcome = .failed(error as? RuntimeError ?? .setupFailed(words(of: error)))
        }
        guard case .opening(let waiting) = phase else { return }
        phase = outcome
        waiting.forEach { $0.resume() }
    }

    /// Does something while everyone who comes waits.
    func withExclusiveAccess<Value>(_ work: () async throws -> Value) async throws -> Value {
        phase = .opening([])
        defer {
            if case .opening(let waiting) = phase {
                phase = .open
                waiting.forEach { $0.resume() }
            }
        }
        return try await work()
    }

    private func begin(with input: JSON, state: JSON.Object) async throws -> Phase {
        if let known = try await load() {
            if case .asleep = known { return try await wake() }
            return known
        }
        try await setUp(with: input, state: state)
        return .open
    }

    private func setUp(with input: JSON, state: JSON.Object) async throws {
        let limit = services.limits.setupTime
        try await SessionHandle.$current.withValue(handle) {
            do {
                try await services.deadlines.limit(milliseconds: limit) { [agent] in try await agent.setup(input) }
            } catch let exceeded as TimeLimitExceeded {
                throw RuntimeError.setupFailed("It \(exceeded.words(limit: limit)).")
            }
            if !state.isEmpty { try await seed(state) }
        }
        prepend(.sessionCreated(origin: summary.origin, temporary: kind == .temporary))
        await captureState(cause: 1)
        lanes = JobLanes(blueprint.sessionJobs)
        try await store()
    }

    private func seed(_ state: JSON.Object) async throws {
        try checkSize(of: .object(state))
        do { try await agent.writeState(state) } catch { throw RuntimeError.stateInvalid(error) }
    }

    /// The creation is the first event, also when setup has already logged something.
    private func prepend(_ body: SessionEvent.Body) {
        let early = buffer.restart()
        record(body)
        for event in early { record(event.body, cause: event.cause.map { $0 + 1 } ?? 1) }
    }

    /// Whether its setup failed, so that it never came to be, or it could not be stored.
    var hasFailed: Bool { if case .failed = phase { true } else { false } }

    var hasEnded: Bool { if case .ended = phase { true } else { false } }

    /// Ends the session: turns are cancelled, jobs stop, clients are let go; the journal stays.
    ///
    /// - Throws: ``RuntimeError`` of the store: then it has not ended.
    package func end(reason: String) async throws {
        try await loadIfNeeded()
        guard !hasEnded else { return }
        let isAwake = if case .open = phase { true } else { false }
        phase = .ended
        for task in turnTasks.values { task.cancel() }
        clients?.finish()
        if isAwake { await agent.cleanUp() }
        record(.sessionEnded(reason: reason))
        summary.status = .ended
        summary.doing = nil
        summary.expires = kind == .temporary ? services.time.now + services.limits.temporaryRetention : nil
        services.feed.update(key) { $0 = EventFeed.Live() }
        try await store(move: .toStore)
        services.registry.markViewed(key)
        services.index.remove(key)
    }
}

/// Carries out what handlers ask of their session.
private struct SessionBackend: SessionHandle.Backend {
    let session: Session

    func send(_ data: JSON) async { await session.sendToClients(data) }
    func log(_ level: String, _ text: String) async { await session.log(level, text) }
    func messages() async -> [Message] { await session.fold.messages }
}

extension Session {
    /// Bytes of a logged line; what is longer is cut.
    private static let longestLine = 64 << 10

    func log(_ level: String, _ text: String) {
        logged += 1
        guard logged <= services.limits.logs else { return }
        let text =
            text.utf8.count <= Self.longestLine
            ? text : String(decoding: text.utf8.prefix(Self.longestLine), as: UTF8.self) + "…"
        record(.log(level: level, text: text), cause: Cause.current, turn: Cause.turn)
    }

    /// Says how many lines were too many since something was last stored.
    func noteUnlogged() {
        let left = logged - services.limits.logs
        logged = 0
        if left > 0 { record(.log(level: "warning", text: "\(left) more lines were logged here and left out.")) }
    }
}

/// The event on whose behalf a handler runs, known to what it calls.
enum Cause {
    @TaskLocal static var current: Int?
    @TaskLocal static var turn: String?
}
