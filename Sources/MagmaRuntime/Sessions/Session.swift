internal import Logging
internal import Magma
package import SessionModel
internal import Synchronization

/// One live session: an agent's instance, its journal's newest part, and whoever is connected to it.
package actor Session {
    package nonisolated let key: SessionKey
    nonisolated let blueprint: AgentBlueprint
    nonisolated let directory: SessionDirectory

    let agent: any AgentInstance
    var lifecycle = SessionLifecycle.new
    var buffer = EventBuffer()
    var summary: SessionSummary
    /// The uptime of its last traffic.
    var used: Double
    /// The uptime at which a temporary session has had no traffic for its time.
    var ends: Double?

    var turns = TurnQueue()
    /// Turns that wait for their place, and how they learn that it has come.
    var turnWaiters: [String: Promise<Bool, Never>] = [:]
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

    init(_ summary: SessionSummary, blueprint: AgentBlueprint, directory: SessionDirectory) {
        let services = directory.services
        key = summary.key
        self.blueprint = blueprint
        self.directory = directory
        agent = blueprint.make()
        self.summary = summary
        used = services.time.uptime
        if summary.kind == .temporary {
            self.summary.expires = summary.created + services.limits.temporaryRetention
            ends = used + Double(services.limits.temporaryRetention)
        }
    }

    nonisolated var services: SessionServices { directory.services }

    var kind: SessionSummary.Kind { summary.kind }

    /// Context and state as they are.
    var fold: SessionFold { buffer.fold }

    /// What handlers see of the session.
    nonisolated var handle: SessionHandle {
        SessionHandle(
            id: key.session,
            isTemporary: SessionID.isTemporary(key.session),
            backend: SessionBackend(session: self)
        )
    }
}

// MARK: Coming and going

extension Session {
    /// Makes the session what someone needs: reads it, wakes it or sets it up. Whoever comes at the same moment waits for the
    /// same.
    ///
    /// - Throws: ``RuntimeError``: see ``SessionDirectory/withSession(_:_:_:)``; `session_gone` when it was let go just now.
    func enter(_ access: SessionAccess) async throws {
        let need: SessionLifecycle.Need = if case .viewing = access { .read } else { .awake }
        var isMadeHere = false
        while true {
            switch lifecycle.step(to: need) {
            case .enter:
                if case .new = access, !isMadeHere { throw RuntimeError.sessionExists(key) }
                return
            case .wait(let promise): await promise.value
            case .load: await change { try await self.load() ?? .gone }
            case .begin:
                await change {
                    if let known = try await self.load() {
                        if case .new = access { return known }
                        return if case .asleep = known { try await self.wake() } else { known }
                    }
                    guard let beginning = access.beginning else { return .gone }
                    isMadeHere = true
                    try await self.begin(beginning)
                    return .awake
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

    /// Waits until it is awake, for what is done in a session that was.
    func open() async throws { try await enter(.awake) }

    /// Whether it is awake when a change that is under way is over.
    func isAwakeSoon() async -> Bool {
        while case .changing(let promise) = lifecycle { await promise.value }
        return lifecycle.isAwake
    }

    /// Goes to what `work` comes to; everyone else waits.
    func change(_ work: () async throws -> SessionLifecycle) async {
        lifecycle.beginChange()
        let outcome: SessionLifecycle
        do { outcome = try await work() } catch {
            outcome = .failed(error as? RuntimeError ?? .setupFailed(words(of: error)))
        }
        lifecycle.settle(outcome)
    }

    /// Does something with a session that is awake, while everyone who comes waits.
    func withExclusiveAccess<Value>(_ work: () async throws -> Value) async throws -> Value {
        lifecycle.beginChange()
        defer { lifecycle.settle(.awake) }
        return try await work()
    }

    private func begin(_ beginning: SessionBeginning) async throws {
        switch beginning.source {
        case .setup(let input, let state): try await setUp(with: input, state: state)
        case .fork(let origin, let moment, let author): try await begin(asForkOf: origin, at: moment, by: author)
        }
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
    var hasFailed: Bool { lifecycle.hasFailed }

    var hasEnded: Bool { lifecycle.hasEnded }

    /// Ends the session: turns are cancelled, jobs stop, clients are let go; the journal stays.
    ///
    /// - Throws: ``RuntimeError`` of the store: then it has not ended.
    func end(reason: String) async throws {
        try await enter(.viewing)
        guard !hasEnded else { return }
        let isAwake = lifecycle.isAwake
        lifecycle = .ended
        for task in turnTasks.values { task.cancel() }
        clients?.finish()
        if isAwake { await agent.cleanUp() }
        record(.sessionEnded(reason: reason))
        summary.status = .ended
        summary.doing = nil
        summary.expires = kind == .temporary ? services.time.now + services.limits.temporaryRetention : nil
        services.feed.update(key) { $0 = EventFeed.Live() }
        try await store(move: .toStore)
        directory.markViewed(key)
        directory.index.remove(key)
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
