internal import Logging
internal import Magma
internal import MagmaRuntime
internal import NIOHTTP1
internal import SessionModel
package import WebSocket

/// Decides whether a request becomes a chat over WebSocket.
extension APIResponder {
    /// - Throws: ``APIError``, or ``RuntimeError`` when there can be no such session.
    package func chat(_ address: SocketAddress, _ request: ServerRequest) async throws -> WebSocketDecision {
        let (request, sender) = forwarder?.opened(request) ?? (request, .client)
        if sender == .client { try configuration.checkPage(request.headers) }
        let (fields, peer) = (request.headers, request.peer)
        let key = fields.credential ?? address.key
        guard sender == .node || configuration.keys.admit(key) else {
            await configuration.wrongTries.hold(up: "A client sent an unknown API key", log)
            throw APIError.unauthorized
        }
        let who = configuration.keys.isEmpty ? peer : key ?? peer
        // A connection may create a session, so connections have the messages' rate limit too, counted separately.
        if sender == .client { try limiter.admit("socket \(who)") }
        let agent = try sender == .client ? runtime.agentID(address.agent) : runtime.agent(address.agent).id
        let named = try NamedSession.agreed(address.sessions)
        let place = try await runtime.place(named, of: agent)
        // A session that has no name yet is made, and named, where its agent is.
        let isNamed = named != nil || runtime.hosts(agent)
        var isElsewhere = false
        do { try await runtime.wake(place, origin: .websocket) } catch let error as RuntimeError
            where error.address != nil && sender == .client
        { isElsewhere = true }
        let session = place.key
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
        let trace = fields.first(name: "traceparent").flatMap { TraceContext(parsing: $0) }
        var answer = HTTPHeaders()
        if isNamed { answer.name(session: session.session) }
        if isElsewhere, let forwarder {
            let forwarded = ForwardedChat(
                runtime: runtime,
                access: forwarder.access,
                place: place,
                mayMove: isNamed,
                path: request.path,
                peer: peer,
                socket: socket,
                log: log
            )
            return .accept(answer, socket) { await forwarded.serve($0) }
        }
        return .accept(answer, socket) { connection in
            await TraceContext.$current.withValue(trace) { await chat.serve(connection) }
        }
    }
}
