package import NIOHTTP1

/// A server's decision on a request for a WebSocket.
package enum WebSocketDecision: Sendable {
    /// Upgrade: the 101 carries these headers, and `serve` then takes the connection.
    case accept(HTTPHeaders, WebSocketConfiguration, serve: @Sendable (WebSocketConnection) async -> Void)
    /// Answer with this response, and close.
    case refuse(ServerResponse)
}
