internal import Magma
package import SessionModel

/// The WebSocket clients of one session: each has a bounded line of frames to hear.
struct SessionClients {
    private var lines: [Int: AsyncStream<JSON>.Continuation] = [:]
    private var count = 0

    var isEmpty: Bool { lines.isEmpty }

    mutating func connect(bound: Int) -> SessionConnection {
        let (frames, line) = AsyncStream.makeStream(of: JSON.self, bufferingPolicy: .bufferingOldest(bound))
        count += 1
        lines[count] = line
        return SessionConnection(id: count, frames: frames, line: line)
    }

    mutating func disconnect(_ id: Int) { lines.removeValue(forKey: id)?.finish() }

    /// Hands a frame to everyone; a client whose line is full is let go rather than waited for.
    mutating func send(_ frame: JSON) {
        for (id, line) in lines {
            if case .dropped = line.yield(frame) { disconnect(id) }
        }
    }

    mutating func finish() {
        lines.values.forEach { $0.finish() }
        lines = [:]
    }
}

/// A client's end of its session.
package struct SessionConnection: Sendable {
    package let id: Int
    /// What the agent sends; ends when the session ends, or the client was too slow.
    package let frames: AsyncStream<JSON>
    fileprivate let line: AsyncStream<JSON>.Continuation

    /// Puts a frame in line for this client alone; a client whose line is full is let go.
    package func send(_ frame: JSON) {
        if case .dropped = line.yield(frame) { line.finish() }
    }
}

extension Session {
    package var isConnectable: Bool { !hasEnded }

    package func connect() throws -> SessionConnection {
        if hasEnded { throw RuntimeError.sessionEnded(key.session) }
        touch()
        return clients.connect(bound: services.limits.clientFrames)
    }

    /// A temporary session that a WebSocket brought into being ends with its last one.
    ///
    /// - Parameter code: as RFC 6455 has it; the agent is told.
    package func disconnect(_ connection: SessionConnection, code: Int = 1006, reason: String = "") async {
        clients.disconnect(connection.id)
        if case .opening = phase { await waitUntilOpen() }
        if case .open = phase {
            await SessionHandle.$current.withValue(handle) { await agent.socketClosed(code: code, reason: reason) }
            await captureState(cause: fold.seq)
            try? await store()
        }
        if case .open = phase, kind == .temporary, summary.origin == .websocket, clients.isEmpty {
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
        clients.send(data)
        // What setup sends is stored with what it comes to, if it comes to anything.
        if case .opening = phase, !isStored { return }
        try? await store()
    }
}
