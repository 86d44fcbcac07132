import Magma
import MagmaProviders
import SessionModel
import TestSupport
import Testing

@testable import MagmaServer

@Suite("Chat as server-sent events", .timeLimit(.minutes(15)))
struct ChatStreamTests {
    @Test("a turn with a tool comes in events, each with JSON, and ends with done")
    func events() async throws {
        try await ServerFixture.run { server in
            let answer = try await server.post(
                "/v1/agents/counter/chat?sessionId=s",
                "{\"message\":\"add 3\"}",
                headers: [("Accept", "text/event-stream")]
            )
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/event-stream; charset=utf-8")
            let events = try Self.events(answer.body)
            #expect(events.map(\.name) == ["session", "tool_call", "tool_result", "delta", "message", "done"])
            #expect(events[0].data == ["sessionId": "s", "temporary": false])
            #expect(events[1].data["fn_args"] == ["amount": 3])
            #expect(events[3].data["buffer"] == "The count is 3.")
            #expect(events[4].data["content"] == "The count is 3.")
        }
    }

    @Test("what goes wrong in the turn is an event, what is refused before it is a status")
    func failure() async throws {
        try await ServerFixture.run { server in
            let refused = try await server.post(
                "/v1/agents/nope/chat",
                "{\"message\":\"x\"}",
                headers: [("Accept", "text/event-stream")]
            )
            #expect(refused.status == 404)
        }
        try await ServerFixture.run(agents: [BrokenAgent.self]) { server in
            let answer = try await server.post(
                "/v1/chat?sessionId=s",
                "{\"message\":\"x\"}",
                headers: [("Accept", "text/event-stream")]
            )
            #expect(answer.status == 200)
            let events = try Self.events(answer.body)
            #expect(events.map(\.name) == ["session", "error", "done"])
            #expect(events[1].data["code"] == "turn_failed")
            #expect(events[1].data["message"]?.string?.contains("no model here") == true)
        }
    }

    /// The events of a stream without chunk sizes.
    private static func events(_ body: String) throws -> [(name: String, data: JSON)] {
        var events: [(name: String, data: JSON)] = []
        var name = ""
        for line in body.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
            if line.hasPrefix("data: ") { events.append((name, try JSON(parsing: String(line.dropFirst(6))))) }
        }
        return events
    }
}

/// Its model fails each time.
@Agent(provider: ScriptedProvider(["broken": Script { _ in throw ToolError("no model here") }]))
private actor BrokenAgent {}
