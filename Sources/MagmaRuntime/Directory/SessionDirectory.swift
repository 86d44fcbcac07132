internal import Magma
internal import SessionModel
internal import Synchronization

/// All sessions: the only owner of those in memory, and the lookup for those that only the store has.
///
/// Callers never keep a ``Session``: they borrow one with ``withSession(_:_:_:)``, which keeps it in memory until
/// they are done.
final class SessionDirectory: Sendable {
    /// What all sessions share.
    let services: SessionServices
    /// The rows of those in memory.
    let index = SessionIndex()
    /// Where sessions are that others may have.
    let places: PlaceWatch
    private let agents: [AgentBlueprint]
    private let state = Mutex(LoadedSessions<Session>())

    init(agents: [AgentBlueprint], services: SessionServices) {
        self.agents = agents
        self.services = services
        places = PlaceWatch(store: services.store, time: services.time)
    }

    private var store: any SessionStore { services.store }

    // MARK: Using a session

    /// Runs `body` with a session in the state that `access` asks for. The session stays in memory until `body` returns; one
    /// that is evicted before `body` begins is looked up again.
    ///
    /// - Throws: ``RuntimeError`` `session_not_found`, or `session_exists` for a new one; `sessions_full`, `setup_failed`,
    ///   `session_ended`, `state_invalid`; what the store throws; what `body` throws.
    func withSession<Value: Sendable>(
        _ key: SessionKey,
        _ access: SessionAccess,
        _ body: @Sendable (Session) async throws -> Value
    ) async throws -> Value {
        var isRetried = false
        while true {
            let session = try await borrow(key, access)
            defer { state.withLock { $0.giveBack(session, of: key) } }
            let result: Result<Value, any Error>
            do { result = try await session.entered(access, body) } catch let error as RuntimeError {
                if await session.hasFailed { remove(session) }
                if error == .sessionGone(key) { continue }
                throw error
            }
            // It may still be let go before `body` has begun with it.
            do { return try result.get() } catch let error as RuntimeError
                where error == .sessionGone(key) && !isRetried
            { isRetried = true }
        }
    }

    /// Reserves an unused key while `body` runs: nobody can find or create a session with it.
    ///
    /// - Throws: ``RuntimeError`` `session_exists`.
    func withReserved<Value>(
        _ key: SessionKey,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        try await letGoOfOldCopy(of: key)
        reserving: while true {
            switch state.withLock({ $0.reserve(key) }) {
            case .member: throw RuntimeError.sessionExists(key)
            case .reserved(let promise): _ = await promise.result
            case .nobody: break reserving
            }
        }
        defer { state.withLock { $0.release(key) } }
        if try await store.record(of: key) != nil { throw RuntimeError.sessionExists(key) }
        return try await body()
    }

    private func borrow(_ key: SessionKey, _ access: SessionAccess) async throws -> Session {
        let agent = try await blueprint(of: key)
        try await letGoOfOldCopy(of: key)
        let now = access.isUse ? services.time.uptime : nil
        while true {
            var make: (() -> Session)?
            if let beginning = access.beginning {
                try checkRoom(for: key)
                make = { Session(self.newSummary(key, beginning.origin), blueprint: agent, directory: self) }
            } else if !isLoaded(key) {
                guard let record = try await store.record(of: key) else { throw RuntimeError.sessionNotFound(key) }
                make = { Session(record.summary, blueprint: agent, directory: self) }
                if access.isView { markViewed(key) }
            }
            switch state.withLock({ $0.borrow(key, at: now, make: make) }) {
            case .member(let session): return session
            case .reserved(let promise): _ = await promise.result
            // It was let go just now.
            case .nobody: continue
            }
        }
    }

    /// What was read to be looked at may have been written by another process since.
    private func letGoOfOldCopy(of key: SessionKey) async throws {
        guard store.isShared, index.entry(key) == nil, let copy = loaded(key) else { return }
        await copy.letGo(unlessAt: try await store.place(of: key))
    }

    private func blueprint(of key: SessionKey) async throws -> AgentBlueprint {
        if let agent = agents.first(where: { $0.id.isExactly(key.agent) }) { return agent }
        if let address = try await store.place(of: key)?.address { throw RuntimeError.sessionElsewhere(key, address) }
        throw RuntimeError.agentMissing(key.agent, for: key.session, in: store)
    }

    private func checkRoom(for key: SessionKey) throws {
        let limit = services.limits.sessions.awake
        let isFull = state.withLock { $0.count >= limit && $0[key] == nil }
        if isFull { throw RuntimeError.sessionsFull(limit) }
    }

    private func newSummary(_ key: SessionKey, _ origin: Origin) -> SessionSummary {
        let kind: SessionSummary.Kind = SessionID.isTemporary(key.session) ? .temporary : .lasting
        return SessionSummary(key: key, kind: kind, created: services.time.now, origin: origin)
    }

    // MARK: Lookup

    func isLoaded(_ key: SessionKey) -> Bool { state.withLock { $0[key] != nil } }

    /// The session of a key if it is in memory, without that counting as use: for what must not make it stay.
    func loaded(_ key: SessionKey) -> Session? { state.withLock { $0[key] } }

    var loadedCount: Int { state.withLock(\.count) }

    var allLoaded: [Session] { state.withLock(\.all) }

    func loaded(of agent: String) -> [Session] { state.withLock { $0.members(of: agent) } }

    /// Sessions of an agent that are awake and were let go since something of them could not be stored.
    func evicted(of agent: String) -> [SessionKey] {
        let evicted = state.withLock { $0.takeEvicted(of: agent) }
        let gone = evicted.filter { index.entry($0) == nil }
        if gone.isEmpty { return evicted }
        state.withLock { $0.forgetEvicted(gone) }
        return evicted.filter { !gone.contains($0) }
    }

    /// Whether a session was let go so.
    func isEvicted(_ key: SessionKey) -> Bool { state.withLock { $0.isEvicted(key) } }

    /// The session leaves memory, and its row stays: it is read again.
    func evict(_ session: Session) {
        state.withLock { loaded in
            loaded.remove(session, of: session.key)
            loaded.markEvicted(session.key)
        }
    }

    /// Whether there is a session of a key, in memory or in the store.
    func isKnown(_ key: SessionKey) async throws -> Bool {
        // Where others may write it, a copy of one that is not awake here may be of one that is gone.
        if isLoaded(key), !store.isShared { return true }
        return try await row(key) != nil
    }

    /// What the list shows of a session; `nil` when there is none.
    func row(_ key: SessionKey) async throws -> SessionEntry? {
        if let row = index.entry(key) { return row }
        return try await store.record(of: key)?.entry
    }

    // MARK: What sessions tell of themselves

    /// Whether nobody uses a session, or has since that uptime.
    func isUnused(_ key: SessionKey, since time: Double) -> Bool {
        state.withLock { $0.isUnused(key, since: time) }
    }

    /// A session is in memory only to be looked at.
    func markViewed(_ key: SessionKey) { state.withLock { $0.markViewed(key) } }

    /// Those that were read to be looked at since the last call.
    func takeViewed() -> [Session] { state.withLock { $0.takeViewed() } }

    /// The session leaves memory; its row is where it was put last.
    func remove(_ session: Session) { state.withLock { $0.remove(session, of: session.key) } }

    /// Removes a session that no longer exists or is no longer awake, and disconnects its followers.
    func forget(_ key: SessionKey) {
        state.withLock { loaded in if let session = loaded[key] { loaded.remove(session, of: key) } }
        index.remove(key)
        services.feed.dismiss(key)
    }
}
