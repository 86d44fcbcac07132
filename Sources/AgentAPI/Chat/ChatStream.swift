internal import MagmaRuntime
internal import NIOCore
internal import NIOHTTP1
internal import SessionModel
internal import WebSocket

/// A chat's answer as server-sent events (the HTML standard's `text/event-stream`): `session`, `delta`, `tool_call`,
/// `tool_result`, `message` or `error`, and `done`, each with JSON data.
struct ChatStream: Sendable {
    /// Time between the comments that keep the connection alive.
    static let keepAlive = Duration.seconds(15)
    /// A placeholder in the queue for waiting deltas.
    private static let place = ""

    private let turn: ChatTurn

    init(_ turn: ChatTurn) { self.turn = turn }

    static func isWanted(by headers: HTTPHeaders) -> Bool {
        headers.value(of: "accept").map { AcceptedTypes($0).preferEvents } ?? false
    }

    /// - Throws: `RuntimeError` when the messages are refused; later errors are sent as events.
    func answer() async throws -> ServerResponse {
        guard let key = turn.key else { return try await begin() }
        if let kept = try await turn.runtime.requests.claim(key) { return repeated(kept) }
        do { return try await begin() } catch {
            await turn.runtime.requests.release(key)
            throw error
        }
    }

    private func begin() async throws -> ServerResponse {
        let place = try await turn.place()
        let session = place.key
        let (events, line) = AsyncStream.makeStream(of: String.self)
        let deltas = WaitingDeltas()
        line.yield(Self.begun(session.session))
        let ticket = try await turn.start(in: place) { progress in
            if case .delta(let id, let text, _) = progress {
                // Without all of the text so far, which a long reply would repeat thousands of times.
                if deltas.add(id: id, text) { line.yield(Self.place) }
            } else {
                deltas.seal()
                line.yield(Self.event(progress))
            }
        }
        Task {
            let result = await ticket.result
            Self.finish(StoredResponse(result, in: session), line)
            if let key = turn.key { await turn.runtime.requests.release(key) }
        }
        return Self.response(events, deltas, session: session.session)
    }

    /// The events of a request that was answered before: its session and its stored result.
    private func repeated(_ kept: StoredResponse) -> ServerResponse {
        let (events, line) = AsyncStream.makeStream(of: String.self)
        if let session = kept.session { line.yield(Self.begun(session)) }
        Self.finish(kept, line)
        return Self.response(events, WaitingDeltas(), session: kept.session)
    }

    private static func begun(_ session: String) -> String {
        event("session", ["sessionId": .string(session), "temporary": .bool(SessionID.isTemporary(session))])
    }

    private static func finish(_ answer: StoredResponse, _ line: AsyncStream<String>.Continuation) {
        line.yield(event(answer.status == 200 ? "message" : "error", answer.body))
        line.yield(event("done", [:]))
        line.finish()
    }

    private static func response(
        _ events: AsyncStream<String>,
        _ deltas: WaitingDeltas,
        session: String?
    ) -> ServerResponse {
        var fields: HTTPHeaders = ["content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"]
        if let session { fields.name(session: session) }
        return ServerResponse(
            status: .ok,
            headers: fields,
            body: .stream { try await write(events, deltas, to: $0) }
        )
    }

    /// Writes events as they come, and a comment every ``keepAlive``.
    private static func write(
        _ events: AsyncStream<String>,
        _ deltas: WaitingDeltas,
        to stream: ResponseStream
    ) async throws {
        let (pieces, line) = AsyncStream.makeStream(of: String.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in events { line.yield(event) }
                line.finish()
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: keepAlive)
                    line.yield(": still here\n\n")
                }
            }
            defer { group.cancelAll() }
            for await piece in pieces {
                let text = piece.isEmpty ? deltas.take().map(event) : piece
                if let text { try await stream.write(ByteBuffer(string: text)) }
            }
        }
    }

    private static func event(_ progress: TurnProgress) -> String {
        switch progress {
        case .delta(let id, let delta, _): event("delta", ["id": .string(id), "delta": .string(delta)])
        case .toolCall(let call): event("tool_call", call.json)
        case .toolResult(let result): event("tool_result", result.json)
        }
    }

    /// The end of a stream that broke off at the process that has the session.
    static func broken(_ error: RuntimeError) -> String { event("error", APIError(error).json) + event("done", [:]) }

    private static func event(_ name: String, _ data: JSON) -> String { "event: \(name)\ndata: \(data.text)\n\n" }
}
