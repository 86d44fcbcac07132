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

    let runtime: Runtime
    let session: Session

    static func isWanted(by request: Request) -> Bool {
        request.headers[.accept]?.lowercased().contains("text/event-stream") ?? false
    }

    /// - Throws: `RuntimeError` when the messages are refused; what goes wrong later is an event.
    func answer(_ messages: [Message]) async throws -> Response {
        let (events, line) = AsyncStream.makeStream(
            of: String.self,
            bufferingPolicy: .bufferingOldest(Self.maximumWaiting)
        )
        line.yield(
            Self.event(
                "session",
                ["sessionId": .string(session.key.session), "temporary": .bool(session.kind == .temporary)]
            )
        )
        let ticket = try await runtime.send(messages, to: session) { line.yield(Self.event($0)) }
        Task {
            await finish(ticket, line)
            line.finish()
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
                .sessionID: session.key.session,
            ],
            body: ResponseBody { writer in
                try await Self.write(events, to: &writer)
                try await writer.finish(nil)
            }
        )
    }

    private func finish(_ ticket: TurnTicket, _ line: AsyncStream<String>.Continuation) async {
        do {
            line.yield(Self.event("message", try await ticket.reply.json(in: session)))
        } catch {
            line.yield(Self.event("error", APIError(error).json))
        }
        line.yield(Self.event("done", [:]))
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
