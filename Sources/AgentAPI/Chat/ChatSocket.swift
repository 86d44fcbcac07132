internal import Logging
internal import Magma
internal import MagmaRuntime
internal import NIOWebSocket
internal import SessionModel
internal import WebSocket

/// A chat over WebSocket, with the frames of Magma's agent API.
struct ChatSocket: Sendable {
    let runtime: Runtime
    let session: SessionKey
    let streams: Bool
    /// Refuses messages that come too fast.
    let admit: @Sendable () throws -> Void
    let log: Logger

    func serve(_ connection: WebSocketConnection) async {
        do {
            let client = try await runtime.connect(to: session)
            var closure = WebSocketClosure.abnormal
            do {
                closure = try await connection.run { messages, writer in try await converse(messages, writer, client) }
            } catch {
                log.debug("A chat's socket broke", metadata: ["session": "\(session)", "error": "\(error)"])
            }
            await client.disconnect(code: closure.code, reason: closure.reason)
        } catch {
            log.debug("A chat's session was gone", metadata: ["session": "\(session)", "error": "\(error)"])
        }
    }

    private func converse(
        _ messages: WebSocketMessages,
        _ writer: WebSocketWriter,
        _ client: SessionConnection
    ) async throws {
        let deltas = WaitingDeltas()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await write(to: writer, client, deltas) }
            group.addTask { for try await text in messages { await receive(text, client, deltas) } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Ends when the session drops the client: the session ended, or the client read too slowly.
    private func write(to writer: WebSocketWriter, _ client: SessionConnection, _ deltas: WaitingDeltas) async throws {
        for await frame in client.frames {
            let frame = frame == Self.place ? deltas.take().map(ChatFrame.progress) : frame
            if let frame { try await writer.send(frame.text) }
        }
        if await client.hasEnded { return }
        throw WebSocketViolation(WebSocketErrorCode(codeNumber: 1013))
    }

    /// A placeholder in the queue for waiting deltas; no real frame equals it.
    private static let place: JSON = ["\u{0}place": true]

    private func receive(_ text: String, _ client: SessionConnection, _ deltas: WaitingDeltas) async {
        let message: Message
        do { message = try ChatFrame.message(in: text) } catch { return client.send(ChatFrame.error(error.text)) }
        client.send(ChatFrame.loading(true))
        do {
            try admit()
            let ticket = try await runtime.send(
                [message],
                to: session,
                acceptance: .storedSoon,
                listener: listener(client, deltas)
            )
            Task { await answer(ticket, client) }
        } catch {
            client.send(ChatFrame.error(APIError(error).message))
            client.send(ChatFrame.loading(false))
        }
    }

    private func listener(_ client: SessionConnection, _ deltas: WaitingDeltas) -> TurnListener? {
        guard streams else { return nil }
        return { progress in
            if case .delta(let id, let text, let buffer) = progress {
                if deltas.add(id: id, text, buffer: buffer) { client.send(Self.place) }
            } else {
                deltas.seal()
                client.send(ChatFrame.progress(progress))
            }
        }
    }

    /// A superseded turn sends nothing: the newer turn is still loading.
    private func answer(_ ticket: TurnTicket, _ client: SessionConnection) async {
        do {
            let reply = try await ticket.reply
            client.send(ChatFrame.message(reply.message, agent: session.agent))
            client.send(ChatFrame.loading(false))
        } catch {
            let error = APIError(error)
            guard error.code != "superseded" else { return }
            client.send(ChatFrame.error(error.message))
            client.send(ChatFrame.loading(false))
        }
    }
}
