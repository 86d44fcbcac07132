internal import SessionModel
internal import Synchronization

/// How the processes that use one store reach and trust each other: by a secret that is in the store: who can read that
/// may forward requests.
package final class NodeAccess: Sendable {
    /// Headers of a request that one process sends on to another; a client's are of no account.
    package enum Field {
        /// The secret.
        package static let secret = "x-seismo-node-secret"
        /// The address that the request came from.
        package static let peer = "x-seismo-peer"
        /// Of an answer 421: who has the session.
        package static let owner = "x-seismo-owner"
        /// Of every answer: the process that a client asked.
        package static let node = "x-seismo-node"
    }

    /// Shown to the others.
    package let secret: String
    private let runtime: Runtime
    private let digest: SecretDigest
    private let contacts = Mutex<[String: NodeContact]>([:])
    private let reach: NodeReach
    /// Which addresses there are, as of when it was asked.
    private let looked = Mutex<(at: ContinuousClock.Instant, addresses: Task<Set<String>, any Error>)?>(nil)

    /// - Parameter ask: whether another process answers over the network, within a few seconds.
    /// - Returns: `nil` where only one process uses the store.
    package init?(of runtime: Runtime, ask: @escaping @Sendable (NodeContact) async -> Bool) async throws {
        guard let secret = try await runtime.nodeSecret else { return nil }
        self.runtime = runtime
        self.secret = secret
        digest = SecretDigest(secret)
        reach = NodeReach(ask)
    }

    /// What this process is called; `nil` before it listens.
    package var name: String? { runtime.nodeName }

    /// Whether a request that shows this comes from one of them.
    package func admits(_ secret: String?) -> Bool { secret.map { digest.matches($0) } ?? false }

    /// How the process at an address is reached.
    ///
    /// - Throws: ``RuntimeError`` `owner_unreachable` when no process is known there.
    package func contact(at address: String) async throws -> NodeContact {
        if let known = contacts.withLock({ $0[address] }) { return known }
        let nodes = try await runtime.nodes.map(\.contact)
        let found = Dictionary(nodes.map { ($0.address, $0) }) { _, new in new }
        contacts.withLock { $0 = found }
        guard !address.isEmpty, let contact = found[address] else { throw RuntimeError.ownerUnreachable(address) }
        return contact
    }

    /// Whether the process at an address has gone, or has not answered over the network for a while. For those who wait for it,
    /// who ask again and again; of one question to the store many get the answer.
    package func isGone(_ contact: NodeContact) async -> Bool {
        if await !isThere(contact) { return true }
        return await reach.isCutOff(contact)
    }

    /// Something has come from a process over the network.
    package func heard(_ contact: NodeContact) { reach.heard(contact) }

    private func isThere(_ contact: NodeContact) async -> Bool {
        let addresses = looked.withLock { looked in
            if let looked, looked.at + .seconds(1) > .now { return looked.addresses }
            let addresses = Task { [runtime] in Set(try await runtime.nodes.map(\.contact.address)) }
            looked = (.now, addresses)
            return addresses
        }
        // A store that does not answer says nothing.
        guard let there = try? await addresses.value else { return true }
        return there.contains(contact.address)
    }

    /// What is known of a process is asked for again the next time, for it could not be reached.
    package func forget(_ address: String) { contacts.withLock { _ = $0.removeValue(forKey: address) } }

    /// This process's own address; `nil` before it listens.
    package var own: NodeContact? {
        get async throws { try await runtime.nodes.first { $0.isThisOne && !$0.contact.address.isEmpty }?.contact }
    }

    /// A process that can take a session that nobody has, while this one shuts down.
    package var other: NodeContact? { get async throws { try await runtime.otherNode?.contact } }
}

extension RuntimeError {
    package static func ownerUnreachable(_ address: String) -> RuntimeError {
        RuntimeError(
            .unreachable,
            "owner_unreachable",
            address.isEmpty
                ? "The session is on another node, which has not said how it is reached; start that one with --advertise, or try again."
                : "The session is on another node, \(address), which does not answer; try again in a moment."
        )
    }
}
