import SessionModel
import Synchronization

@testable import MagmaRuntime

/// One store as several nodes see it: sessions, jobs and requests belong to whichever claims them first.
final class SharedStore: SessionStore {
    /// Whose everything is: what a database would know.
    final class Ledger: Sendable {
        struct Owner: Sendable {
            var node: String?
            var epoch: Int
            var identity: Int64 = 0
        }

        struct State {
            var owners: [SessionKey: Owner] = [:]
            var ticks: Set<String> = []
            var requests: [String: String] = [:]
            var identities: Int64 = 0
            /// Claims and releases, in words.
            var log: [String] = []
        }

        let state = Mutex(State())

        /// Takes a session away from its owner, as when a node is taken for dead.
        func free(_ key: SessionKey) { state.withLock { $0.owners[key]?.node = nil } }

        func owner(_ key: SessionKey) -> Owner? { state.withLock { $0.owners[key] } }

        var log: [String] { state.withLock(\.log) }
    }

    let base: MemoryStore
    let ledger: Ledger
    let node: String
    let nodeEvents: AsyncStream<NodeEvent>
    private let happening: AsyncStream<NodeEvent>.Continuation
    /// Whether it takes nothing, as when its disk is full.
    let isFull = Mutex(false)
    /// Whether it knows of other nodes.
    let others = Mutex(false)
    private let interrupted = Mutex<[SessionKey]>([])
    /// What ``takeOver()`` waits for, as when the database is silent.
    let silence = Mutex<Promise<Void, Never>?>(nil)

    /// - Parameter absence: a day by default.
    init(_ base: MemoryStore, _ ledger: Ledger, node: String, absence: Int64 = 86_400_000) {
        self.base = base
        longestAbsence = absence
        self.ledger = ledger
        self.node = node
        (nodeEvents, happening) = AsyncStream.makeStream(of: NodeEvent.self)
    }

    /// Something comes to this node as one of several.
    func tell(_ event: NodeEvent) { happening.yield(event) }

    /// What the next ``takeOver()`` finds in the middle of something.
    func left(_ keys: [SessionKey]) { interrupted.withLock { $0 = keys } }

    // MARK: Ownership

    func claim(_ key: SessionKey) async throws -> SessionClaim {
        let newest = try await base.events(of: key, before: .max, limit: 1).first
        let recorded = try await base.record(of: key)?.summary.seq
        let seq = newest?.seq ?? recorded ?? 0
        // A database would take a moment, in which others ask as well.
        for _ in 0..<8 { await Task.yield() }
        return ledger.state.withLock { state in
            if state.owners[key] == nil { state.identities += 1 }
            var owner = state.owners[key] ?? Ledger.Owner(epoch: 0, identity: state.identities)
            if let other = owner.node, other != node { return .elsewhere(address: other) }
            owner.node = node
            owner.epoch += 1
            state.owners[key] = owner
            state.log.append("\(node) claims \(key.session) \(owner.epoch)")
            return .mine(HeldSession(key: key, epoch: owner.epoch, seq: seq))
        }
    }

    func release(_ held: HeldSession) async throws {
        ledger.state.withLock { state in
            guard state.owners[held.key]?.node == node, state.owners[held.key]?.epoch == held.epoch else { return }
            state.owners[held.key]?.node = nil
            state.log.append("\(node) releases \(held.key.session)")
        }
    }

    func claimTick(of job: JobKey, at scheduled: Int64) async throws -> Bool {
        ledger.state.withLock { $0.ticks.insert("\(job.agent) \(job.job) \(scheduled)").inserted }
    }

    func claimRequest(_ request: String) async throws -> RequestClaim {
        if let answer = try await base.answer(to: request) { return .answered(answer) }
        return ledger.state.withLock { state in
            if let other = state.requests[request], other != node { return .elsewhere }
            state.requests[request] = node
            return .mine
        }
    }

    func releaseRequest(_ request: String) async {
        ledger.state.withLock { state in if state.requests[request] == node { state.requests[request] = nil } }
    }

    var isShared: Bool { true }
    var hasOthers: Bool { others.withLock(\.self) }
    let longestAbsence: Int64

    func places(of keys: [SessionKey]) async throws -> [SessionKey: StoredPlace] {
        var places: [SessionKey: StoredPlace] = [:]
        for key in keys {
            guard let known = ledger.owner(key) else { continue }
            let seq = try await base.events(of: key, before: .max, limit: 1).first?.seq ?? 0
            let owner: StoredPlace.Owner =
                known.node.map { $0 == node ? .here : .elsewhere(address: $0) } ?? .nobody
            places[key] = StoredPlace(identity: known.identity, owner: owner, seq: seq)
        }
        return places
    }

    func append(_ entries: [JournalEntry]) async throws -> [Int: any Error] {
        if isFull.withLock(\.self) { throw RuntimeError.store("full", "The disk is full.") }
        var refused: [Int: any Error] = [:]
        for (index, entry) in entries.enumerated() {
            let owner = ledger.owner(entry.key)
            guard owner?.node == node, owner?.epoch == entry.epoch else {
                refused[index] = RuntimeError.sessionMoved(entry.key)
                continue
            }
            if let refusal = try await base.append([entry])[0] { refused[index] = refusal }
        }
        return refused
    }

    // MARK: The same for all

    /// A node that joins leaves the sessions of others alone.
    func recover() async throws -> [SessionKey] { [] }

    func takeOver() async throws -> [SessionKey] {
        await silence.withLock(\.self)?.value
        return interrupted.withLock { keys in
            defer { keys = [] }
            return keys
        }
    }

    func texts(_ query: TextQuery) async throws -> TextPage { try await base.texts(query) }
    func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent] {
        try await base.events(of: key, after: after, limit: limit)
    }
    func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent] {
        try await base.events(of: key, before: before, limit: limit)
    }
    func firstSeq(of key: SessionKey) async throws -> Int { try await base.firstSeq(of: key) }
    func checkpoint(of key: SessionKey, at seq: Int) async throws -> SessionFold? {
        try await base.checkpoint(of: key, at: seq)
    }
    func tickEvents(of agent: String, limit: Int) async throws -> [(session: String, event: SessionEvent)] {
        try await base.tickEvents(of: agent, limit: limit)
    }
    func record(of key: SessionKey) async throws -> SessionRecord? { try await base.record(of: key) }
    func storedSessions(_ query: StoredSessionQuery) async throws -> (entries: [SessionEntry], total: Int) {
        try await base.storedSessions(query)
    }
    var storedSessionCounts: SessionCounts { get async throws { try await base.storedSessionCounts } }
    func storedSessions(of agent: String, after: String, limit: Int) async throws -> [SessionRecord] {
        try await base.storedSessions(of: agent, after: after, limit: limit)
    }
    func expired(at time: Int64, limit: Int) async throws -> [SessionRecord] {
        try await base.expired(at: time, limit: limit)
    }
    func remove(_ keys: [SessionKey]) async throws {
        try await base.remove(keys)
        ledger.state.withLock { state in for key in keys { state.owners[key] = nil } }
    }
    func rename(_ key: SessionKey, to new: SessionKey, as record: SessionRecord?) async throws {
        try await base.rename(key, to: new, as: record)
    }
    func save(_ snapshot: Snapshot, of key: SessionKey) async throws { try await base.save(snapshot, of: key) }
    func snapshots(of key: SessionKey) async throws -> [SnapshotSummary] { try await base.snapshots(of: key) }
    func snapshot(_ name: String, of key: SessionKey) async throws -> Snapshot? {
        try await base.snapshot(name, of: key)
    }
    func removeSnapshot(_ name: String, of key: SessionKey) async throws -> Bool {
        try await base.removeSnapshot(name, of: key)
    }
    func save(_ exchange: Exchange) async throws { try await base.save(exchange) }
    func exchange(_ id: String) async throws -> Exchange? { try await base.exchange(id) }
    func exchangeRow(_ id: String) async throws -> Exchange? { try await base.exchangeRow(id) }
    func openExchanges() async throws -> [Exchange] { [] }
    func exchanges(agent: String?, session: String?, hook: String?, before: String?, limit: Int) async throws
        -> [Exchange]
    {
        try await base.exchanges(agent: agent, session: session, hook: hook, before: before, limit: limit)
    }
    func append(_ tick: Tick, of agent: String) async throws { try await base.append(tick, of: agent) }
    func staticTicks(of agent: String) async throws -> [Tick] { try await base.staticTicks(of: agent) }
    func pause(_ job: JobKey) async throws { try await base.pause(job) }
    func resume(_ job: JobKey) async throws { try await base.resume(job) }
    func pausedJobs() async throws -> Set<JobKey> { try await base.pausedJobs() }
    func answer(to request: String) async throws -> StoredResponse? { try await base.answer(to: request) }
    func save(_ answer: StoredResponse, to request: String, at time: Int64) async throws {
        try await base.save(answer, to: request, at: time)
    }
    func append(_ entry: AuditEntry) async throws { try await base.append(entry) }
    func audits(before: Int?, limit: Int) async throws -> [AuditEntry] {
        try await base.audits(before: before, limit: limit)
    }
    func note(_ name: String) async throws -> JSON? { try await base.note(name) }
    func save(_ note: JSON, as name: String) async throws { try await base.save(note, as: name) }
    func trim(at now: Int64, answersBefore: Int64) async throws {
        try await base.trim(at: now, answersBefore: answersBefore)
    }
}
