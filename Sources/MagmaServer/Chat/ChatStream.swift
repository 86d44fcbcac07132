internal import HTTPTypes
internal import Hummingbird
internal import Inspection
internal import MagmaRuntime
internal import NIOCore
internal import SessionModel

/// A chat's answer as server-sent events (the HTML standard's `text/event-stream`): `session`, `delta`, `tool_call`,
/// `tool_result`, `message` or `error`, and `done`, each with JSON data.
struct ChatStream: Sendable {
    /// How long nothing is said before a comment shows that the connection lives.
    static let keepAlive = Duration.seconds(15)
    /// Events that wait for a client that reads slowly; of more, deltas are left out, whose text `message` has whole.
    static let maximumWaiting = 1024

    private let turn: ChatTurn

    init(_ turn: ChatTurn) { self.turn = turn }

    static func isWanted(by request: Request) -> Bool {
        request.headers[.accept]?.lowercased().contains("text/event-stream") ?? false
    }

    /// - Throws: `RuntimeError` when the messages are refused; what goes wrong later is an event.
    func answer() async throws -> Response {
        guard let key = turn.key else { return try await begin() }
        if let kept = try await turn.runtime.claim(key) { return repeated(kept) }
        do { return try await begin() } catch {
            turn.runtime.release(key)
            throw error
        }
    }

    private func begin() async throws -> Response {
        let session = try await turn.runtime.session(turn.session, of: turn.agent, origin: .chat)
        let (events, line) = Self.line()
        line.yield(Self.begun(session.key.session))
        let ticket = try await turn.start(in: session) { line.yield(Self.event($0)) }
        Task {
            let result = await ticket.result
            Self.finish(KeptAnswer(result, in: session), line)
            if let key = turn.key { turn.runtime.release(key) }
        }
        return Self.response(events, session: session.key.session)
    }

    /// The end of a turn that was answered before.
    private func repeated(_ kept: KeptAnswer) -> Response {
        let (events, line) = Self.line()
        if let session = kept.session { line.yield(Self.begun(session)) }
        Self.finish(kept, line)
        return Self.response(events, session: kept.session)
    }

    private static func line() -> (AsyncStream<String>, AsyncStream<String>.Continuation) {
        AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(maximumWaiting))
    }

    private static func begun(_ session: String) -> String {
        event("session", ["sessionId": .string(session), "temporary": .bool(SessionID.isTemporary(session))])
    }

    private static func finish(_ answer: KeptAnswer, _ line: AsyncStream<String>.Continuation) {
        line.yield(event(answer.status == 200 ? "message" : "error", answer.body))
        line.yield(event("done", [:]))
        line.finish()
    }

    private static func response(_ events: AsyncStream<String>, session: String?) -> Response {
        var fields: HTTPFields = [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"]
        if let session { fields.name(session: session) }
        return Response(
            status: .ok,
            headers: fields,
            body: ResponseBody { writer in
                try await write(events, to: &writer)
                try await writer.finish(nil)
            }
        )
    }

    /// Writes events as they come, and a comment when none has come for a while.
    private static func write(_ events: AsyncStream<String>, to writer: inout any ResponseBodyWriter) async throws {
        let (pieces, line) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(maximumWaiting))
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
            for await piece in pieces { try await writer.write(ByteBuffer(string: piece)) }
        }
    }

    private static func event(_ progress: TurnProgress) -> String {
        switch progress {
        case .delta(let id, let delta, let buffer):
            event("delta", ["id": .string(id), "delta": .string(delta), "buffer": .string(buffer)])
        case .toolCall(let call): event("tool_call", call.json)
        case .toolResult(let result): event("tool_result", result.json)
        }
    }

    private static func event(_ name: String, _ data: JSON) -> String { "event: \(name)\ndata: \(data.text)\n\n" }
}
