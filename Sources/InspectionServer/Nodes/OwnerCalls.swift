internal import HTTPTypes
internal import Inspection
internal import InspectionClient
internal import MagmaRuntime
internal import SessionModel
internal import WebSocket

/// Asks the process that has a session what an inspector here asks. Each call has a connection of its own: what people do to
/// sessions is rare, and nothing of one inspector waits for another's.
struct OwnerCalls: Sendable {
    /// Headers of a request that one process sends on to another for an inspector.
    enum Field {
        /// The name of the inspector's token, percent-encoded.
        static let inspector = "x-seismo-inspector"
        static let role = "x-seismo-role"
    }

    let access: NodeAccess
    let runtime: Runtime

    /// Carries a request out at the session's process, which has it if it fails here for that.
    ///
    /// - Parameter address: of that process.
    /// - Returns: the result, without what that process hides.
    /// - Throws: `RPCError`.
    func answer(_ request: RPCRequest, of peer: InspectorState, at address: String) async throws -> JSON {
        try await with(address, peer) { client in
            do { return try await client.call(request.method, request.params) } catch let lost as InspectionClient.Lost
            {
                throw RPCError.failed(
                    "owner_unreachable",
                    "The node that has the session went before it had answered (\(lost.reason)).",
                    hint: "Look whether it was done, and ask again."
                )
            } catch let unreadable as InspectionClient.Unreadable {
                throw RPCError.failed(
                    "owner_unreachable",
                    "The node that has the session answered what cannot be read. \(unreadable)",
                    hint: "Run the same version on all nodes."
                )
            }
        }
    }

    private func trust(_ contact: NodeContact) throws -> TLSTrust? {
        do { return try contact.certificate.map { try TLSTrust(also: $0) } } catch {
            throw RuntimeError.ownerUnreachable(contact.address)
        }
    }

    /// Connects to a process in the name of an inspector.
    ///
    /// - Throws: ``RuntimeError`` `owner_unreachable`, and what `body` throws.
    func with<Result: Sendable>(
        _ address: String,
        _ peer: InspectorState,
        _ body: (InspectionClient) async throws -> Result
    ) async throws -> Result {
        let contact = try await access.contact(at: address)
        guard let place = try? RuntimeAddress(parsing: address), let secret = HTTPField.Name(NodeAccess.Field.secret),
            let inspector = HTTPField.Name(Field.inspector), let role = HTTPField.Name(Field.role)
        else { throw RuntimeError.ownerUnreachable(address) }
        let connector = RuntimeConnector(
            to: place,
            trust: try trust(contact),
            fields: [
                secret: access.secret, role: peer.role.rawValue,
                inspector: PercentEncoding.encoded(peer.name),
            ]
        ) { nil }
        do { return try await InspectionClient.with(connector, body) } catch is RuntimeConnector.Failure {
            access.forget(address)
            throw RuntimeError.ownerUnreachable(address)
        }
    }
}
