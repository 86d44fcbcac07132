package import SessionModel

/// A WebSocket client's end of its session.
package struct SessionConnection: Sendable {
    /// What the agent sends; ends when the session ends, or the client was too slow.
    package let frames: AsyncStream<JSON>
    let id: Int
    let clients: Broadcast<JSON>
    /// A session with clients stays in memory, so that its end can be told to them.
    let session: Session

    /// Sends a frame to this client alone; a client whose queue is full is let go.
    package func send(_ frame: JSON) { clients.send(frame, to: id) }

    /// Whether the session has ended.
    package var hasEnded: Bool { get async { await session.hasEnded } }

    /// A temporary session that a WebSocket brought into being ends with its last one.
    ///
    /// - Parameter code: as RFC 6455 has it; the agent is told.
    package func disconnect(code: Int = 1006, reason: String = "") async {
        await session.disconnect(self, code: code, reason: reason)
    }
}
