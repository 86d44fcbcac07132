import BundledAgents
import Inspection
import Magma
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import AgentAPI
@testable import MagmaServer

@Suite("Hooks over HTTP", .timeLimit(.minutes(15)))
struct HookRouteTests {
    @Test(
        "each kind of selector finds its session",
        arguments: [
            ("bump", "", "{\"user\":{\"id\":\"s\"},\"by\":2}", [], "s"), ("bump", "", "{\"user\":{\"id\":7}}", [], "7"),
            ("bump-query", "?sessionId=s&by=2", "", [], "s"),
            ("bump-header", "", "{}", [("X-SESSION-id", "s")], "s"), ("bump-default", "", "{}", [], "default"),
            ("bump-computed", "", "{\"user\":{\"name\":\"ANN\"}}", [], "ann"),
        ] as [(String, String, String, [(String, String)], String)]
    )
    func selectors(hook: String, query: String, body: String, headers: [(String, String)], session: String) async throws
    {
        try await ServerFixture.run { server in
            let answer = try await server.post("/v1/agents/counter/hooks/\(hook)\(query)", body, headers: headers)
            #expect(answer.status == 200)
            #expect(answer.json["sessionId"]?.string == session)
            #expect(try await server.runtime.summary(SessionKey(agent: "counter", session: session)) != nil)
        }
    }

    @Test("without a session the hook gets a temporary one, each time another")
    func temporary() async throws {
        try await ServerFixture.run { server in
            let first = try await server.get("/v1/agents/counter/hooks/bump-anyone?by=4").json
            let second = try await server.get("/v1/agents/counter/hooks/bump-anyone").json
            #expect(first["count"] == 4)
            #expect(second["count"] == 1)
            #expect(first["sessionId"] != second["sessionId"])
        }
    }

    @Test(
        "bodies are read by their content type",
        arguments: [
            ("application/x-www-form-urlencoded", "by=3&x=a+b%21"), ("application/json; charset=utf-8", "{\"by\":3}"),
            (
                "multipart/form-data; boundary=XX",
                "--XX\r\nContent-Disposition: form-data; name=\"by\"\r\n\r\n3\r\n--XX--\r\n"
            ),
        ]
    )
    func bodies(type: String, body: String) async throws {
        try await ServerFixture.run { server in
            let answer = try await server.post("/v1/agents/counter/hooks/bump-default", body, type: type)
            #expect(answer.json["count"] == 3)
        }
    }

    @Test(
        "what is wrong is refused, and creates nothing",
        arguments: [
            ("/v1/agents/counter/hooks/bump", "{", "application/json", 400, "json_invalid"),
            ("/v1/agents/counter/hooks/nope", "{}", "application/json", 404, "hook_not_found"),
            ("/v1/agents/nope/hooks/bump", "{}", "application/json", 404, "agent_not_found"),
            ("/hooks/bump", "{}", "application/json", 404, "agent_not_found"),
            ("/v1/agents/counter/hooks/bump-computed", "{\"user\":1}", "application/json", 400, "session_rejected"),
            ("/v1/agents/counter/hooks/bump", "--XX", "multipart/form-data", 400, "form_invalid"),
            ("/v1/agents/counter/hooks/bump%zz", "{}", "application/json", 400, "address_invalid"),
            (
                "/v1/agents/counter/hooks/bump", "{\"user\":{\"id\":\"tmp_mine\"}}", "application/json", 400,
                "session_id_invalid"
            ),
        ]
    )
    func refusals(path: String, body: String, type: String, status: Int, code: String) async throws {
        try await ServerFixture.run { server in
            let answer = try await server.post(path, body, type: type)
            #expect(answer.status == status)
            #expect(answer.code == code)
            #expect(try await server.runtime.stats().counts.all == 0)
        }
    }

    @Test("the only agent's hooks have short addresses, and other methods are refused")
    func short() async throws {
        try await ServerFixture.run(agents: [CounterAgent.self]) { server in
            #expect(try await server.get("/hooks/about").json == ["agent": "counter"])
            #expect(try await server.get("/v1/hooks/about").status == 200)
            let answer = try await RawConnection.http(port: server.port, "DELETE", "/hooks/about")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "GET, POST")
        }
    }

    @Test("what a handler throws stays in the record")
    func thrown() async throws {
        try await ServerFixture.run { server in
            let answer = try await server.post("/v1/agents/counter/hooks/fail", "{}")
            #expect(answer.status == 500)
            #expect(answer.code == "hook_failed")
            #expect(!answer.body.contains("on purpose"))
        }
    }

    @Test("a file of a form keeps its name, type and bytes")
    func file() throws {
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.bin\"\r\nContent-Type: image/png\r\n\r\n\u{01}\u{02}\r\n--b--"
        let parsed = try RequestBody.parse(Array(body.utf8), type: "multipart/form-data; boundary=\"b\"")
        #expect(parsed == .json(["f": ["filename": "a.bin", "type": "image/png", "data": "AQI="]]))
    }
}
