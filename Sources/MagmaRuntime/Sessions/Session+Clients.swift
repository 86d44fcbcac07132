internal import Magma
package import SessionModel

/// A WebSocket client's end of its session.
package struct SessionConnection: Sendable {
    /// What the agent sends; ends when the session ends, or the client was too slow.
    package let frames: AsyncStream<JSON>
    fileprivate let id: Int
    fileprivate let clients: Broadcast<JSON>

    /// Sends a frame to this client alone; a client whose queue is full is let go.
    package func send(_ frame: JSON) { clients.send(frame, to: id) }
}

extension Session {
    package var isConnectable: Bool { !hasEnded }

    var hasClients: Bool { clients.map { $0.count > 0 } ?? false }

    package func connect() throws -> SessionConnection {
        if hasEnded { throw RuntimeError.sessionEnded(key.session) }
        touch()
        let clients = clients ?? Broadcast(.letGo(services.limits.clientFrames))
        self.clients = clients
        let listener = clients.listen()
        return SessionConnection(frames: listener.elements, id: listener.id, clients: clients)
    }

    /// A temporary session that a WebSocket brought into being ends with its last one.
    ///
    /// - Parameter code: as RFC 6455 has it; the agent is told.
    package func disconnect(_ connection: SessionConnection, code: Int = 1006, reason: String = "") async {
        connection.clients.leave(connection.id)
        if case .opening = phase { await waitUntilOpen() }
        if case .open = phase {
            await SessionHandle.$current.withValue(handle) { await agent.socketClosed(code: code, reason: reason) }
            await captureState(cause: fold.seq)
            try? await store()
        }
        if case .open = phase, kind == .temporary, summary.origin == .websocket, !hasClients {
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
        if case .opening = phase, !isStored { return }
        try? await store()
    }
}
