internal import HTTPTypes
internal import Inspection
internal import Logging
internal import Magma
internal import MagmaRuntime
internal import SessionModel
internal import WebSocket

/// Decides which requests become WebSockets: chats and inspectors.
struct UpgradeDecider: Sendable {
    let runtime: Runtime
    let configuration: ServerConfiguration
    let methods: InspectionMethods
    let limiter: RateLimiter
    let log: Logger

    func decide(_ request: HTTPRequest, from peer: String) async -> WebSocketDecision {
        do {
            let address = try Address(request.path ?? "/")
            let fields = request.headerFields
            try configuration.checkPage(fields, host: request.authority)
            switch Route(address) {
            case .inspect: return try await inspector(address, fields)
            case .socket(let socket): return try await chat(socket, fields, peer)
            default: throw APIError.notFound(address.path)
            }
        } catch {
            let error = APIError(error)
            return .refuse(HTTPResponse(status: error.status, headerFields: error.fields), body: error.json.text)
        }
    }

    private func inspector(_ address: Address, _ fields: HTTPFields) async throws -> WebSocketDecision {
        guard let secret = fields.credential ?? address.query("token") else { throw APIError.tokenWrong }
        guard let token = configuration.token(of: secret) else {
            await configuration.wrongTries.hold(up: "An inspector sent an unknown token", log)
            throw APIError.tokenWrong
        }
        let peer = InspectorPeer(name: token.name, role: token.role)
        let connection = InspectorConnection(methods: methods, peer: peer, log: log)
        let revoked = { @Sendable [configuration] () async throws -> Void in
            guard configuration.register != nil else { return try await Task.sleep(for: .seconds(86_400 * 365)) }
            var now: InspectorToken?
            repeat {
                try await Task.sleep(for: configuration.registerPace)
                now = configuration.token(of: secret)
            } while now?.name == token.name && now?.role == token.role
        }
        var socket = WebSocketConfiguration()
        socket.maxMessageSize = Inspection.maximumMessage
        socket.pingInterval = configuration.pingInterval
        let offered = (fields[.secWebSocketProtocol] ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        let answer: HTTPFields =
            offered.contains(Inspection.subprotocol) ? [.secWebSocketProtocol: Inspection.subprotocol] : [:]
        return .accept(answer, socket) { await connection.serve($0, until: revoked) }
    }

    private func chat(_ address: SocketAddress, _ fields: HTTPFields, _ peer: String) async throws -> WebSocketDecision
    {
        let key = fields.credential ?? address.key
        guard configuration.keys.admit(key) else {
            await configuration.wrongTries.hold(up: "A client sent an unknown API key", log)
            throw APIError.unauthorized
        }
        let who = configuration.keys.isEmpty ? peer : key ?? peer
        // Each may make a session, so there may be no more of them than of messages, which are counted for themselves.
        try limiter.admit("socket \(who)")
        let agent = try runtime.agent(address.agent)
        let session = try await runtime.session(SessionPlace.agreed(address.sessions), of: agent, origin: .websocket)
        let chat = ChatSocket(
            runtime: runtime,
            session: session,
            streams: address.streams,
            admit: { [limiter] in try limiter.admit(who) },
            log: log
        )
        var socket = WebSocketConfiguration()
        socket.maxMessageSize = configuration.maximumBody
        socket.pingInterval = configuration.pingInterval
        let trace = fields[.traceparent].flatMap { TraceContext(parsing: $0) }
        var answer = HTTPFields()
        answer.name(session: session.key.session)
        return .accept(answer, socket) { connection in
            await TraceContext.$current.withValue(trace) { await chat.serve(connection) }
        }
    }
}
