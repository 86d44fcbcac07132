internal import Magma
package import SessionModel

/// A WebSocket client's end of its session.
package struct SessionConnection: Sendable {
    /// What the agent sends; ends when the session ends, or the client was too slow.
    package let frames: AsyncStream<JSON>
    fileprivate let id: Int
    fileprivate let clients: Broadcast<JSON>
    /// A session with clients stays in memory, so that its end can be told to them.
    fileprivate let session: Session

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

extension Session {
    var hasClients: Bool { clients.map { $0.count > 0 } ?? false }

    func connect() throws -> SessionConnection {
        if hasEnded { throw RuntimeError.sessionEnded(key.session) }
        touch()
        let clients = clients ?? Broadcast(.letGo(services.limits.clientFrames))
        self.clients = clients
        let listener = clients.listen()
        return SessionConnection(frames: listener.elements, id: listener.id, clients: clients, session: self)
    }

    func disconnect(_ connection: SessionConnection, code: Int, reason: String) async {
        connection.clients.leave(connection.id)
        if await isAwakeSoon() {
            await SessionHandle.$current.withValue(handle) { await agent.socketClosed(code: code, reason: reason) }
            await captureState(cause: fold.seq)
            try? await store()
        }
        if lifecycle.isAwake, kind == .temporary, summary.origin == .websocket, !hasClients {
            try? await end(reason: "its WebSocket closed")
        }
    }

    /// What is too large is not sent; the journal says so.
    func sendToClients(_ data: JSON) async {
        let (size, limit) = (data.size, services.limits.result)
        guard size <= limit else {
            return log("error", "What was to be sent takes \(size) bytes, more than the limit of \(limit); it was not.")
        }
        do { _ = try data.shallow("What was to be sent") } catch { return log("error", "\(error) It was not.") }
        record(.sent(data), cause: Cause.current, turn: Cause.turn)
        clients?.send(data)
        // What setup sends is stored with what it comes to, if it comes to anything.
        if lifecycle.isChanging, !isStored { return }
        try? await store()
    }
}
