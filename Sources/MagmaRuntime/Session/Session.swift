internal import Logging
internal import Magma
internal import SessionModel

/// One live session: an agent's instance, its journal's newest part, and the clients connected to it.
///
/// Its parts are values of their own; here is what ties them to the agent, the journal and the directory.
package actor Session {
    nonisolated let key: SessionKey
    nonisolated let blueprint: AgentBlueprint
    nonisolated let directory: SessionDirectory
    let agent: any AgentInstance

    var lifecycle = SessionLifecycle.new
    var presence: SessionPresence
    var buffer = EventBuffer()
    var writing = SessionWriting()
    var turns = SessionTurns()
    var lanes = JobLanes()
    var ledger = StateLedger()
    /// Made for the first one.
    var clients: Broadcast<JSON>?

    init(_ summary: SessionSummary, blueprint: AgentBlueprint, directory: SessionDirectory) {
        key = summary.key
        self.blueprint = blueprint
        self.directory = directory
        agent = blueprint.make()
        presence = SessionPresence(
            new: summary,
            uptime: directory.services.time.uptime,
            retention: directory.services.limits.sessions.temporary
        )
    }

    nonisolated var services: SessionServices { directory.services }

    /// Context and state as they are.
    var fold: SessionFold { buffer.fold }

    var kind: SessionSummary.Kind { presence.summary.kind }

    /// Whether its setup failed, so that it never came to be, or it could not be stored.
    var hasFailed: Bool { lifecycle.hasFailed }

    var hasEnded: Bool { lifecycle.hasEnded }

    /// Whether anything is under way.
    var isWorking: Bool { !turns.isEmpty || presence.isBusy || lanes.isRunning }

    var hasClients: Bool { clients.map { $0.count > 0 } ?? false }

    func newMessageID() -> String { "msg_" + services.ids.ulid(at: services.time.now) }

    /// Everything that a head is made of, at one moment.
    var picture: (record: SessionRecord, fold: SessionFold, last: [String: [Tick]], paused: Set<String>) {
        (record, fold, lanes.last, Set(lanes.paused))
    }

    /// What handlers see of the session.
    nonisolated func handle(because cause: SessionHandle.Cause = SessionHandle.Cause()) -> SessionHandle {
        SessionHandle(
            id: key.session,
            isTemporary: SessionID.isTemporary(key.session),
            cause: cause,
            backend: SessionBackend(session: self)
        )
    }
}

// MARK: Whose it is

extension Session {
    /// Takes the session for this process, so that it may be written.
    ///
    /// - Throws: ``RuntimeError`` `session_elsewhere`, or `session_gone` when another process wrote it after it was read here:
    ///   then it must be read again.
    func claim() async throws {
        // One claim at a time: a second one would end the epoch of the first, and what was written under it.
        while let claiming = writing.claiming { await claiming.value }
        guard writing.epoch == nil else { return }
        let claiming = Promise<Void, Never>()
        writing.claiming = claiming
        defer {
            writing.claiming = nil
            claiming.finish(.success(()))
        }
        switch try await services.store.claim(key) {
        case .elsewhere(let address): throw RuntimeError.sessionElsewhere(key, address)
        case .mine(let held):
            writing.epoch = held.epoch
            writing.claimed = services.time.now
            let read = fold.seq - buffer.events.count
            if let seq = held.seq, writing.isStored, seq != read { throw RuntimeError.sessionGone(key) }
        }
    }

    /// Gives it back: it sleeps, and any process may take it.
    func release() async {
        guard let epoch = writing.epoch else { return }
        writing.epoch = nil
        lanes.release()
        do { try await services.store.release(HeldSession(key: key, epoch: epoch)) } catch {
            services.log.error(
                "A session could not be given back; it is free when this process ends",
                metadata: ["session": "\(key)", "error": "\(error)"]
            )
        }
    }
}

// MARK: What it may hold

extension Session {
    /// - Throws: ``RuntimeError`` `state_too_large`, `state_too_deep`.
    func checkSize(of state: JSON) throws(RuntimeError) {
        let limit = services.limits.state
        let size = state.size
        if size > limit { throw RuntimeError.stateTooLarge(key.session, size, limit) }
        if state.depth > JSON.maximumDepth { throw RuntimeError.stateTooDeep(key.session) }
    }
}

// MARK: What inspectors did

extension Session {
    /// Notes in the journal who did what to the session.
    func note(_ author: ChangeAuthor) async {
        record(.inspectorActed(by: author.name, method: author.method))
        try? await store()
    }

    /// Notes in the journal that a snapshot was taken.
    func noteSnapshot(_ snapshot: Snapshot, by author: ChangeAuthor) async throws {
        let cause = record(.inspectorActed(by: author.name, method: author.method))
        record(.snapshotTaken(name: snapshot.name, of: snapshot.fold.seq), cause: cause)
        try await store()
    }

    /// Notes in the journal that another session was made of this one; it is stored with `fork`, what that one begins with,
    /// or neither is.
    func noteFork(_ fork: JournalEntry, of seq: Int, by author: ChangeAuthor) async throws {
        let cause = record(.inspectorActed(by: author.name, method: author.method))
        let agent = fork.key.agent.isExactly(key.agent) ? nil : fork.key.agent
        record(.sessionForked(.to(session: fork.key.session, agent: agent, seq: seq)), cause: cause)
        try await store(with: fork)
    }
}

/// Carries out what handlers ask of their session.
private struct SessionBackend: SessionHandle.Backend {
    let session: Session

    func send(_ data: JSON) async { await session.sendToClients(data) }
    func log(_ level: String, _ text: String) async { await session.log(level, text) }
    func messages() async -> [Message] { await session.fold.messages }
}
