import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import AgentAPI
@testable import MagmaServer

@Suite("Whose an idempotency key is", .timeLimit(.minutes(15)))
struct IdempotencyTests {
    @Test("a client gets nothing by another one's key, and goes on in no session of it")
    func clients() async throws {
        try await ServerFixture.run(configure: { $0.api.keys = APIKeys(["ann-key", "bob-key"]) }) { server in
            func chat(_ apiKey: String, _ text: String, to session: String? = nil) async throws -> HTTPAnswer {
                try await server.post(
                    "/v1/agents/counter/chat" + (session.map { "?sessionId=\($0)" } ?? ""),
                    "{\"message\":\"\(text)\"}",
                    headers: [("x-api-key", apiKey), ("Idempotency-Key", "k")]
                )
            }
            let ann = try await chat("ann-key", "add 2")
            #expect(ann.json["content"] == "The count is 2.")
            #expect(try await chat("ann-key", "add 2").json == ann.json)
            let bob = try await chat("bob-key", "add 2")
            #expect(bob.json["content"] == "The count is 2.")
            #expect(bob.json["sessionId"] != ann.json["sessionId"])
            for other in [try await chat("ann-key", "add 3"), try await chat("ann-key", "add 2", to: "x")] {
                #expect(other.status == 422)
                #expect(other.code == "idempotency_mismatch")
            }
            #expect(try await server.runtime.summary(SessionKey(agent: "counter", session: "x")) == nil)
        }
    }

    @Test("another user's webhook with the same key is not swallowed")
    func hooks() async throws {
        try await ServerFixture.run { server in
            func bump(_ user: String, _ hook: String = "bump") async throws -> HTTPAnswer {
                try await server.post(
                    "/v1/agents/counter/hooks/\(hook)",
                    "{\"user\":{\"id\":\"\(user)\"}}",
                    headers: [("Idempotency-Key", "k")]
                )
            }
            let ann = try await bump("ann")
            #expect(ann.json["count"] == 1)
            #expect(try await bump("ann").json == ann.json)
            let bob = try await bump("bob")
            #expect(bob.status == 422)
            #expect(bob.code == "idempotency_mismatch")
            #expect(try await bump("ann", "bump-default").json["count"] == 1)
            let header = try await server.post(
                "/v1/agents/counter/hooks/bump-header",
                "{}",
                headers: [("Idempotency-Key", "h"), ("x-session-id", "ann")]
            )
            #expect(header.status == 200)
            let other = try await server.post(
                "/v1/agents/counter/hooks/bump-header",
                "{}",
                headers: [("Idempotency-Key", "h"), ("x-session-id", "bob")]
            )
            #expect(other.status == 422)
        }
    }

    @Test("an inspector's key is its token's, and for one message")
    func inspectors() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/counter/chat?sessionId=a", "{\"message\":\"x\"}")
            func params(_ text: String) -> JSON {
                ["agent": "counter", "session": "a", "message": .string(text), "idempotencyKey": "k"]
            }
            try await server.inspect(as: .operator) { inspector in
                let first = try await inspector.call("session.send", params("add 1"))
                #expect(try await inspector.call("session.send", params("add 1")) == first)
                let error = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.send", params("add 2"))
                }
                #expect(error?.code == "idempotency_mismatch")
                #expect(error?.number == -32009)
            }
            try await server.inspect(as: .admin) { inspector in
                _ = try await inspector.call("session.send", params("add 2"))
            }
        }
    }
}
