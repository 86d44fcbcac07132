package import SessionModel

/// Which process has a session, a run of a job, or a request, where several use one store.
///
/// A store that only one process opens has nothing to ask: by default all is this process's, at no cost.
package protocol OwnershipStore: Sendable {
    /// Takes a session for this process. It must be read after this, and written only under the epoch that this returns.
    ///
    /// A session that is not stored yet is claimed as well; it begins with the first entry.
    func claim(_ key: SessionKey) async throws -> SessionClaim

    /// Gives a session back that sleeps here, so that any process may take it. Changes nothing when it was claimed anew since.
    func release(_ held: HeldSession) async throws

    /// Whether this process is to run a static job that is due at `scheduled`: `false` when another one does.
    func claimTick(of job: JobKey, at scheduled: Int64) async throws -> Bool

    /// Takes a request for this process, by its idempotency key.
    func claimRequest(_ request: String) async throws -> RequestClaim
}

extension OwnershipStore where Self: ResponseStore {
    package func claim(_ key: SessionKey) async throws -> SessionClaim { .mine(HeldSession(key: key)) }

    package func release(_ held: HeldSession) async throws {}

    package func claimTick(of job: JobKey, at scheduled: Int64) async throws -> Bool { true }

    package func claimRequest(_ request: String) async throws -> RequestClaim {
        try await answer(to: request).map { .answered($0) } ?? .mine
    }
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

/// Whose a request is.
package enum RequestClaim: Sendable, Hashable {
    case mine
    case answered(StoredResponse)
    /// Another process carries it out.
    case elsewhere
}
