/// Limits and times of one WebSocket.
package struct WebSocketConfiguration: Sendable {
    /// The largest message, in bytes; a larger one closes with 1009.
    package var maxMessageSize = 10 << 20
    /// Fragments of one message, for which it is closed with 1009 as well: its bytes are what is bounded, and this only what the
    /// fragments themselves take of memory.
    package var maxFragments = 1 << 17
    /// A peer from which nothing came for two of these is gone.
    package var pingInterval: Duration = .seconds(30)
    /// How long a peer may take to answer a close.
    package var closeTimeout: Duration = .seconds(5)

    package init() {}

    /// What the frame decoder takes at most, whatever the path: the message limit is checked after it.
    static let maxFrameSize = 17 << 20
}
