package import SessionModel

/// Which process has a session, a run of a job, or a request, where several use one store.
///
/// A store that only one process opens has nothing to ask: by default all is this process's, at no cost.
package protocol OwnershipStore: Sendable {
    /// Takes a session for this process. It must be read after this, and written only under the epoch that this returns.
    ///
    /// A session that is not stored yet is claimed as well; it begins with the first entry.
    func claim(_ key: SessionKey) async throws -> SessionClaim

    /// Gives a session back that sleeps here, so that any process may take it. Changes nothing when it was claimed again since.
    func release(_ held: HeldSession) async throws

    /// Whether this process is to run a static job that is due at `scheduled`: `false` when another one does.
    func claimTick(of job: JobKey, at scheduled: Int64) async throws -> Bool

    /// Takes a request for this process, by its idempotency key.
    func claimRequest(_ request: String) async throws -> RequestClaim

    /// Gives a request back that came to nothing, so that it may be sent again. Changes nothing when it was answered.
    func releaseRequest(_ request: String) async

    /// Whether other processes may write the store as well.
    var isShared: Bool { get }

    /// Where sessions are at the moment; those that are not there are left out.
    func places(of keys: [SessionKey]) async throws -> [SessionKey: StoredPlace]

    /// Sessions that other processes have awake, as far as the store knows them: those of a query's window, and how many
    /// match in all. Their summaries say whose they are.
    func sessionsElsewhere(_ query: StoredSessionQuery) async throws -> (entries: [SessionEntry], total: Int)

    /// How many sessions other processes have awake.
    var awakeElsewhere: Int { get async throws }

    /// The processes that use the store, this one among them; none where there is only one.
    var nodes: [RuntimeNode] { get async throws }

    /// What comes to this process as one of several. Asked for once.
    var nodeEvents: AsyncStream<NodeEvent> { get }

    /// The same as ``SessionCatalog/recover()`` for what other processes have left that are gone since.
    func takeOver() async throws -> [SessionKey]

    /// Tells the others where this process is reached.
    func announce(_ contact: NodeContact) async throws

    /// From now on this process wakes no more sessions of its own accord; the others do.
    func drain() async

    /// What this process is called among those that use the store; `nil` before it was announced.
    var nodeName: String? { get }

    /// The address of another process that hosts an agent, the same for a session as long as none comes or goes.
    func host(of agent: String, for session: String) -> String?

    /// Whether other processes use the store at the moment, which list sessions by their stored rows.
    var hasOthers: Bool { get }

    /// Milliseconds for which, at most, nobody brings ticks to the sessions of a process that is gone.
    var longestAbsence: Int64 { get }

    /// Whether this process does what only one of them need do.
    var keepsHouse: Bool { get }

    /// Milliseconds by which the store's clock is ahead of this machine's.
    var clockOffset: Double { get }
}

extension OwnershipStore where Self: ResponseStore {
    package func claim(_ key: SessionKey) async throws -> SessionClaim { .mine(HeldSession(key: key)) }

    package func release(_ held: HeldSession) async throws {}

    package func claimTick(of job: JobKey, at scheduled: Int64) async throws -> Bool { true }

    package func claimRequest(_ request: String) async throws -> RequestClaim {
        try await answer(to: request).map { .answered($0) } ?? .mine
    }

    package func releaseRequest(_ request: String) async {}

    package var isShared: Bool { false }

    package func places(of keys: [SessionKey]) async throws -> [SessionKey: StoredPlace] { [:] }

    package func sessionsElsewhere(_ query: StoredSessionQuery) async throws -> (entries: [SessionEntry], total: Int) {
        ([], 0)
    }

    package var awakeElsewhere: Int { get async throws { 0 } }

    package var nodes: [RuntimeNode] { get async throws { [] } }

    package var nodeEvents: AsyncStream<NodeEvent> { AsyncStream { $0.finish() } }

    package func takeOver() async throws -> [SessionKey] { [] }

    package func announce(_ contact: NodeContact) async throws {}

    package func drain() async {}

    package var nodeName: String? { nil }

    package var hasOthers: Bool { false }

    package func host(of agent: String, for session: String) -> String? { nil }

    package var longestAbsence: Int64 { 0 }

    package var keepsHouse: Bool { true }

    package var clockOffset: Double { 0 }
}

/// Whose a session is.
package enum SessionClaim: Sendable, Hashable {
    case mine(HeldSession)
    /// Another process that lives has it; requests for it go there.
    case elsewhere(address: String)
}

/// A session that this process may write.
package struct HeldSession: Sendable, Hashable {
    package let key: SessionKey
    /// Higher than that of any process that had it before; entries of a lower one are refused.
    package let epoch: Int
    /// Its last event in the store; `nil` where no other process can have written it.
    package let seq: Int?

    package init(key: SessionKey, epoch: Int = 0, seq: Int? = nil) {
        self.key = key
        self.epoch = epoch
        self.seq = seq
    }
}

/// Where a session is, as the store knows it.
package struct StoredPlace: Sendable, Hashable {
    package enum Owner: Sendable, Hashable {
        case here
        /// Another process that lives has it.
        case elsewhere(address: String)
        /// It sleeps or has ended.
        case nobody
    }

    /// Tells it from others that had or will have the same id.
    package var identity: Int64
    package var owner: Owner
    /// Its last event.
    package var seq: Int

    package init(identity: Int64, owner: Owner, seq: Int) {
        self.identity = identity
        self.owner = owner
        self.seq = seq
    }

    /// The process that has it, if it is another one.
    package var address: String? { if case .elsewhere(let address) = owner { address } else { nil } }
}

extension OwnershipStore {
    /// Where a session is at the moment; `nil` when there is none.
    package func place(of key: SessionKey) async throws -> StoredPlace? { try await places(of: [key])[key] }
}

/// How other processes reach one.
package struct NodeContact: Sendable, Hashable {
    /// What it is called in lists, such as `host:3000`.
    package var name: String
    /// Such as `https://10.0.0.5:3000`.
    package var address: String
    /// Of an address that begins with `https`: the certificates that its own is checked by, in PEM.
    package var certificate: String?
    /// The agents that it hosts.
    package var agents: [String]

    package init(name: String, address: String, certificate: String? = nil, agents: [String] = []) {
        self.name = name
        self.address = address
        self.certificate = certificate
        self.agents = agents
    }
}

/// One of the processes that use a store together.
package struct RuntimeNode: Sendable, Hashable {
    package var contact: NodeContact
    package var version: String
    /// Milliseconds for which its lease still goes on.
    package var lease: Int64
    package var isDraining: Bool
    /// How many sessions it has awake.
    package var sessions: Int
    package var isThisOne: Bool

    package init(
        contact: NodeContact,
        version: String,
        lease: Int64,
        isDraining: Bool,
        sessions: Int,
        isThisOne: Bool
    ) {
        self.contact = contact
        self.version = version
        self.lease = lease
        self.isDraining = isDraining
        self.sessions = sessions
        self.isThisOne = isThisOne
    }
}

/// What comes to a process that uses a store together with others.
package enum NodeEvent: Sendable, Hashable {
    /// Others have taken its sessions over: what it has of them in memory is over.
    case lost
    /// Another process is gone, whose sessions may be in the middle of something.
    case othersGone
    /// One that was there before is not among the others any more, so that its share of the ticks is theirs.
    case fewer
    /// The lease was renewed; what others changed may be read again.
    case renewed
}

/// Whose a request is.
package enum RequestClaim: Sendable, Hashable {
    case mine
    case answered(StoredResponse)
    /// Another process carries it out.
    case elsewhere
}
