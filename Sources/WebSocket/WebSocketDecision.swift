package import HTTPTypes

/// What a server makes of a request that asks for a WebSocket.
package enum WebSocketDecision: Sendable {
    /// Upgrade: these headers go with the 101, and `serve` then has the connection.
    case accept(HTTPFields, WebSocketConfiguration, serve: @Sendable (WebSocketConnection) async -> Void)
    /// Answer so, and close.
    case refuse(HTTPResponse, body: String)
}
