internal import Inspection
package import Logging
package import MagmaRuntime
package import NIOHTTP1
internal import SessionModel
package import WebSocket

/// The inspection endpoint of a runtime: WebSocket connections of inspectors.
package struct InspectionEndpoint: Sendable {
    private let configuration: InspectionConfiguration
    private let methods: InspectionMethods
    private let access: NodeAccess?
    private let log: Logger

    /// - Parameter access: of other processes on the same store; `nil` where there are none.
    package init(runtime: Runtime, configuration: InspectionConfiguration, access: NodeAccess? = nil, log: Logger) {
        self.configuration = configuration
        self.access = access
        self.log = log
        methods = InspectionMethods(
            runtime: runtime,
            node: configuration.node,
            access: access,
            redaction: configuration.redaction,
            log: log
        )
    }

    /// How many inspectors are connected.
    package var inspectors: Int { methods.inspectors.now }

    /// Accepts an inspector that shows a token's secret; `nil` when no token has it.
    package func accept(_ secret: String, _ fields: HTTPHeaders) -> WebSocketDecision? {
        guard let token = configuration.token(of: secret) else { return nil }
        return accept(InspectorState(name: token.name, role: token.role), fields) {
            try await untilRevoked(token, secret)
        }
    }

    /// Accepts an inspector for whom another process on the same store asks; `nil` when it is no such process.
    package func acceptForwarded(_ fields: HTTPHeaders) -> WebSocketDecision? {
        guard let access, access.admits(fields.first(name: NodeAccess.Field.secret)),
            let role = fields.first(name: OwnerCalls.Field.role).flatMap(Role.init(rawValue:)),
            let name = fields.first(name: OwnerCalls.Field.inspector)
        else { return nil }
        let plain = String(decoding: PercentEncoding.decoded(name.utf8, plusIsSpace: false), as: UTF8.self)
        return accept(InspectorState(name: plain, role: role, isForwarded: true), fields) {
            try await Task.sleep(for: .seconds(86_400 * 365))
        }
    }

    private func accept(
        _ peer: InspectorState,
        _ fields: HTTPHeaders,
        until revoked: @escaping @Sendable () async throws -> Void
    ) -> WebSocketDecision {
        let connection = InspectorConnection(methods: methods, peer: peer, log: log)
        var socket = WebSocketConfiguration()
        socket.maxMessageSize = Inspection.maximumMessage
        socket.pingInterval = configuration.pingInterval
        let offered = fields[canonicalForm: "sec-websocket-protocol"]
        let answer: HTTPHeaders =
            offered.contains(where: { $0 == Inspection.subprotocol })
            ? ["sec-websocket-protocol": Inspection.subprotocol] : [:]
        return .accept(answer, socket) { await connection.serve($0, until: revoked) }
    }

    /// Returns when the token no longer lets its owner in as what it did.
    private func untilRevoked(_ token: InspectorToken, _ secret: String) async throws {
        guard configuration.tokenFile != nil else { return try await Task.sleep(for: .seconds(86_400 * 365)) }
        var now: InspectorToken?
        repeat {
            try await Task.sleep(for: configuration.tokenCheckInterval)
            now = configuration.token(of: secret)
        } while now?.name == token.name && now?.role == token.role
    }
}
