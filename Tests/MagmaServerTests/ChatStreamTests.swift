import Magma
import MagmaProviders
import SessionModel
import TestSupport
import Testing

@testable import AgentAPI
@testable import MagmaRuntime
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
            #expect(events[3].data["delta"] == "The count is 3.")
            #expect(events[3].data["buffer"] == nil, "it would grow with the square of the reply")
            #expect(events[4].data["content"] == "The count is 3.")
        }
    }

    @Test("when many deltas wait for a slow client those that come are joined, in order with what else stands in line")
    func waiting() {
        let deltas = WaitingDeltas()
        var places = 0
        func add(_ id: String, _ text: String) { if deltas.add(id: id, text, buffer: "so far " + text) { places += 1 } }
        for number in 0..<5000 { add("a", "\(number) ") }
        #expect(places == WaitingDeltas.most)
        deltas.seal()
        add("a", "behind")
        add("a", ", joined")
        add("b", "another")
        #expect(places == WaitingDeltas.most + 2)
        var taken: [(id: String, text: String, buffer: String)] = []
        while case .delta(let id, let text, let buffer)? = deltas.take() { taken.append((id, text, buffer)) }
        #expect(taken.count == places)
        #expect(taken.dropLast(2).map(\.text).joined() == (0..<5000).map { "\($0) " }.joined())
        #expect(taken.prefix(3).map(\.text) == ["0 ", "1 ", "2 "])
        #expect(taken[WaitingDeltas.most - 1].buffer == "so far 4999 ")
        #expect(taken.suffix(2).map(\.text) == ["behind, joined", "another"])
        #expect(taken.suffix(2).map(\.id) == ["a", "b"])
        // Once they are taken they come one by one again.
        add("b", "x")
        add("b", "y")
        #expect(places == WaitingDeltas.most + 4)
    }

    @Test("the bytes sent for a long reply grow in proportion to it, however small its pieces are")
    func linear() {
        func told(_ count: Int) -> Int {
            let text = StreamedText()
            var (bytes, told) = (0, "")
            for number in 0..<count {
                text.append("piece \(number % 1000) ")
                guard let (piece, whole) = text.take() else { continue }
                bytes += whole.utf8.count
                told += piece
            }
            if let (piece, _) = text.takeRest() { told += piece }
            #expect(told.isExactly(text.text))
            #expect(text.takeRest() == nil)
            return bytes
        }
        let (once, twice) = (told(20_000), told(40_000))
        #expect(twice < once * 5 / 2)
    }

    @Test("however many deltas there are, their texts make up the message, and message and done come")
    func many() async throws {
        let text = (0..<3000).map { "w\($0) " }.joined()
        let scripts = ["counter": Script(pace: .nanoseconds(1)) { _ in [.text(text)] }]
        try await ServerFixture.run(scripts: scripts) { server in
            let headers = [("Accept", "text/event-stream")]
            let answer = try await server.post("/v1/agents/counter/chat", "{\"message\":\"go\"}", headers: headers)
            let events = try Self.events(answer.body)
            #expect(events.suffix(2).map(\.name) == ["message", "done"])
            #expect(events.filter { $0.name == "delta" }.compactMap { $0.data["delta"]?.string }.joined() == text)
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
