internal import Inspection
package import Logging
package import MagmaRuntime
package import NIOHTTP1
package import WebSocket

/// The inspection endpoint of a runtime: WebSocket connections of inspectors.
package struct InspectionEndpoint: Sendable {
    private let configuration: InspectionConfiguration
    private let methods: InspectionMethods
    private let log: Logger

    package init(runtime: Runtime, configuration: InspectionConfiguration, log: Logger) {
        self.configuration = configuration
        self.log = log
        methods = InspectionMethods(
            runtime: runtime,
            node: configuration.node,
            redaction: configuration.redaction,
            log: log
        )
    }

    /// How many inspectors are connected.
    package var inspectors: Int { methods.inspectors.now }

    /// Accepts an inspector that shows a token's secret; `nil` when no token has it.
    package func accept(_ secret: String, _ fields: HTTPHeaders) -> WebSocketDecision? {
        guard let token = configuration.token(of: secret) else { return nil }
        let peer = InspectorState(name: token.name, role: token.role)
        let connection = InspectorConnection(methods: methods, peer: peer, log: log)
        var socket = WebSocketConfiguration()
        socket.maxMessageSize = Inspection.maximumMessage
        socket.pingInterval = configuration.pingInterval
        let offered = fields[canonicalForm: "sec-websocket-protocol"]
        let answer: HTTPHeaders =
            offered.contains(where: { $0 == Inspection.subprotocol })
            ? ["sec-websocket-protocol": Inspection.subprotocol] : [:]
        return .accept(answer, socket) {
            await connection.serve($0) { try await untilRevoked(token, secret) }
        }
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
