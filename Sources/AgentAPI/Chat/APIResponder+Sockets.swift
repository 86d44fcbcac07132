internal import Logging
internal import Magma
internal import MagmaRuntime
package import NIOHTTP1
internal import SessionModel
package import WebSocket

/// Decides whether a request becomes a chat over WebSocket.
extension APIResponder {
    /// - Parameter peer: the address that it comes from.
    /// - Throws: ``APIError``, or ``RuntimeError`` when there can be no such session.
    package func chat(
        _ address: SocketAddress,
        _ fields: HTTPHeaders,
        from peer: String
    ) async throws -> WebSocketDecision {
        let key = fields.credential ?? address.key
        guard configuration.keys.admit(key) else {
            await configuration.wrongTries.hold(up: "A client sent an unknown API key", log)
            throw APIError.unauthorized
        }
        let who = configuration.keys.isEmpty ? peer : key ?? peer
        // A connection may create a session, so connections have the messages' rate limit too, counted separately.
        try limiter.admit("socket \(who)")
        let agent = try runtime.agent(address.agent)
        let place = try await runtime.place(NamedSession.agreed(address.sessions), of: agent)
        try await runtime.wake(place, origin: .websocket)
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
        answer.name(session: session.session)
        return .accept(answer, socket) { connection in
            await TraceContext.$current.withValue(trace) { await chat.serve(connection) }
        }
    }
}
