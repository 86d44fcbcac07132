/// Limits and times of one WebSocket.
package struct WebSocketConfiguration: Sendable {
    /// The largest message, in bytes; a larger one closes with 1009.
    package var maxMessageSize = 10 << 20
    /// Maximum fragments of one message; more close with 1009 as well. ``maxMessageSize`` bounds their bytes, this the
    /// memory of the fragments themselves.
    package var maxFragments = 1 << 17
    /// Time between pings; a peer that is silent for two of these intervals is gone.
    package var pingInterval: Duration = .seconds(30)
    /// How long a peer may take to answer a close.
    package var closeTimeout: Duration = .seconds(5)

    package init() {}

    /// The frame decoder's limit on every path; the message limit is checked after it.
    static let maxFrameSize = 17 << 20
}
