import BundledAgents
import HTTPTypes
import Inspection
import MagmaProviders
import MagmaRuntime
import NIOWebSocket
import SessionModel
import TestSupport
import Testing
import WebSocket

@testable import AgentAPI
@testable import MagmaServer

@Suite("Chat over HTTP and WebSocket", .timeLimit(.minutes(15)))
struct ChatTests {
    @Test(
        "the session id is found in each of its places",
        arguments: [
            ("/v1/agents/echo/chat?sessionId=s1", "{\"message\":\"hi\"}", nil),
            ("/v1/agents/echo/chat?session_id=s1", "{\"message\":\"hi\"}", nil),
            ("/v1/agents/echo/chat", "{\"message\":\"hi\",\"sessionId\":\"s1\"}", nil),
            ("/v1/agents/echo/chat", "{\"message\":\"hi\",\"session_id\":\"s1\"}", nil),
            ("/v1/agents/echo/chat", "{\"message\":{\"content\":\"hi\"}}", "s1"),
            ("/v1/chat?agent_id=echo&sessionId=s1", "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", nil),
            ("/v1/chat", "{\"agentId\":\"echo\",\"message\":\"hi\",\"sessionId\":\"s1\"}", "s1"),
            ("/v1/agents/echo/chat?sessionId=", "{\"message\":\"hi\",\"sessionId\":\"s1\"}", nil),
        ] as [(String, String, String?)]
    )
    func places(path: String, body: String, header: String?) async throws {
        try await ServerFixture.run { server in
            let answer = try await server.post(path, body, headers: header.map { [("X-Session-ID", $0)] } ?? [])
            #expect(answer.status == 200)
            #expect(answer.json["content"] == "hi")
            #expect(answer.json["sessionId"] == "s1")
            #expect(answer.json["temporary"] == false)
            #expect(answer.json["stop_reason"] == "natural")
            #expect(answer.json["usage"]?["input_tokens"]?.int ?? 0 > 0)
            #expect(answer.headers["x-session-id"] == "s1")
        }
    }

    @Test("without an id there is a temporary session, which the client can come back to")
    func temporary() async throws {
        try await ServerFixture.run { server in
            let first = try await server.post("/v1/agents/echo/chat", "{\"message\":\"hi\"}")
            let id = try #require(first.headers["x-session-id"])
            #expect(id.hasPrefix("tmp_"))
            #expect(first.json["temporary"] == true)
            let second = try await server.post("/v1/agents/echo/chat?sessionId=\(id)", "{\"message\":\"again\"}")
            #expect(second.json["sessionId"]?.string == id)
            #expect(try await server.runtime.stats().counts.all == 1)
        }
    }

    @Test(
        "what is wrong is refused with its status and code, and creates nothing",
        arguments: [
            ("/v1/agents/echo/chat?sessionId=a", "{\"message\":\"x\",\"sessionId\":\"b\"}", 400, "session_id_conflict"),
            ("/v1/agents/echo/chat", "{\"message\":", 400, "json_invalid"),
            ("/v1/agents/echo/chat", "[]", 400, "body_invalid"),
            (
                "/v1/agents/echo/chat", "{\"message\":\"x\",\"sessionId\":\"a\",\"sessionId\":\"b\"}", 400,
                "json_invalid"
            ),
            ("/v1/agents/echo/chat", "{}", 400, "message_missing"),
            ("/v1/agents/echo/chat", "{\"message\":5}", 400, "message_invalid"),
            ("/v1/agents/echo/chat", "{\"messages\":[]}", 400, "messages_invalid"),
            ("/v1/agents/echo/chat", "{\"message\":\"a\",\"messages\":[\"b\"]}", 400, "message_ambiguous"),
            (
                "/v1/agents/echo/chat", "{\"messages\":[\"a\",{\"role\":\"assistant\",\"content\":\"b\"}]}", 400,
                "role_invalid"
            ),
            ("/v1/agents/echo/chat", "{\"message\":{\"role\":\"system\",\"content\":\"b\"}}", 400, "role_invalid"),
            ("/v1/agents/echo/chat", "{\"message\":\"x\",\"sessionId\":7}", 400, "type_invalid"),
            ("/v1/agents/echo/chat?sessionId=%ff", "{\"message\":\"x\"}", 400, "session_id_invalid"),
            ("/v1/agents/echo/chat?sessionId=a%0Ab", "{\"message\":\"x\"}", 400, "session_id_invalid"),
            ("/v1/agents/echo/chat?sessionId=tmp_x", "{\"message\":\"x\"}", 400, "session_id_invalid"),
            ("/v1/agents/nope/chat", "{\"message\":\"x\"}", 404, "agent_not_found"),
            ("/v1/chat", "{\"message\":\"x\"}", 404, "agent_not_found"),
            ("/v1/nowhere/at/all", "{}", 404, "not_found"),
        ]
    )
    func refusals(path: String, body: String, status: Int, code: String) async throws {
        try await ServerFixture.run { server in
            let answer = try await server.post(path, body)
            #expect(answer.status == status)
            #expect(answer.code == code)
            #expect(answer.json["message"]?.string?.isEmpty == false)
            #expect(try await server.runtime.stats().counts.all == 0)
        }
    }

    @Test("ids over 256 bytes, bodies over the limit, other methods and media types are refused")
    func limits() async throws {
        try await ServerFixture.run(configure: { $0.api.maximumBody = 1 << 20 }) { server in
            let long = try await server.post(
                "/v1/agents/echo/chat?sessionId=\(String(repeating: "a", count: 257))",
                "{\"message\":\"x\"}"
            )
            #expect(long.code == "session_id_invalid")
            let large = try await server.post(
                "/v1/agents/echo/chat",
                "{\"message\":\"\(String(repeating: "a", count: 1 << 20))\"}"
            )
            #expect(large.status == 413)
            #expect(large.code == "body_too_large")
            let method = try await server.get("/v1/agents/echo/chat")
            #expect(method.status == 405)
            #expect(method.headers["allow"] == "POST")
            #expect(try await server.post("/v1/agents/echo/chat", "{}", type: "text/plain").status == 415)
            #expect(try await server.get("/health").json == ["status": "ok"])
        }
    }

    @Test("a body that does not arrive is answered 408")
    func slowBody() async throws {
        try await ServerFixture.run(configure: { $0.api.limits.body = .milliseconds(50) }) { server in
            let head =
                "POST /v1/agents/echo/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
            let bytes = try await RawConnection.exchange(port: server.port, Array(head.utf8)) { !$0.isEmpty }
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 408"))
        }
    }

    @Test(
        "a key is taken from each of its places, and a wrong one is refused",
        arguments: [
            ("", [("x-api-key", "k2")], 200), ("", [("Authorization", "Bearer k1")], 200), ("?api_key=k1", [], 200),
            ("?apiKey=k2", [], 200),
            ("", [], 401), ("?api_key=nope", [], 401), ("", [("x-api-key", "")], 401),
        ] as [(String, [(String, String)], Int)]
    )
    func keys(query: String, headers: [(String, String)], status: Int) async throws {
        try await ServerFixture.run(configure: { $0.api.keys = APIKeys(["k1", "k2"]) }) { server in
            let answer = try await server.post("/v1/agents/echo/chat\(query)", "{\"message\":\"x\"}", headers: headers)
            #expect(answer.status == status)
            if status == 401 { #expect(answer.code == "unauthorized") }
        }
    }

    @Test("beyond loopback it refuses to start without keys")
    func exposed() async throws {
        var configuration = ServerConfiguration()
        configuration.host = "0.0.0.0"
        let runtime = try await Runtime(agents: [AgentBlueprint(EchoAgent.self)], provider: ScriptedProvider())
        let error = #expect(throws: RuntimeError.self) {
            try ServerApplication(runtime: runtime, configuration: configuration)
        }
        #expect(error?.code == "keys_missing")
    }

    @Test(
        "a WebSocket is opened by each form of address",
        arguments: [
            "/v1/echo?sessionId=w1", "/v1?agent_id=echo&api_key=k&sessionId=w1",
            "/v1/agentId=echo/apiKey=k/sessionId=w1",
            "/v1/session_id=w1/agent_id=echo", "/v1/sessionId=w%31/echo",
        ]
    )
    func addresses(path: String) async throws {
        try await ServerFixture.run { server in
            try await server.socket(path).run { messages, writer in
                try await writer.send("{\"type\":\"message\",\"data\":{\"role\":\"user\",\"content\":\"hi\"}}")
                var frames: [JSON] = []
                for try await text in messages {
                    frames.append(try JSON(parsing: text))
                    if frames.count == 3 { break }
                }
                #expect(frames.map { $0["type"]?.string } == ["loading", "message", "loading"])
                #expect(frames.map { $0["data"]?.bool } == [true, nil, false])
                #expect(frames[1]["agent_id"] == "echo")
                #expect(frames[1]["data"]?["content"] == "hi")
            }
            #expect(try await server.runtime.summary(SessionKey(agent: "echo", session: "w1"))?.origin == .websocket)
        }
    }

    @Test("a WebSocket's temporary session is named in the upgrade, and ends with it")
    func temporarySocket() async throws {
        try await ServerFixture.run { server in
            let request =
                "GET /v1/echo HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            let bytes = try await RawConnection.exchange(port: server.port, Array(request.utf8)) {
                $0.suffix(4) == [13, 10, 13, 10]
            }
            let head = String(decoding: bytes, as: UTF8.self)
            #expect(head.hasPrefix("HTTP/1.1 101"))
            let id = try #require(head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("x-session-id: ") })
                .dropFirst(14)
            let key = SessionKey(agent: "echo", session: String(id))
            try await eventually("it ended") { try await server.runtime.summary(key)?.status == .ended }
        }
    }

    @Test(
        "a wrong frame gets an error, and the connection stays open",
        arguments: [
            "not json", "[]", "{\"type\":\"dance\"}", "{\"type\":\"message\"}",
            "{\"type\":\"message\",\"data\":{\"role\":\"assistant\",\"content\":\"x\"}}",
            "{\"type\":\"message\",\"data\":{\"content\":5}}",
        ]
    )
    func wrongFrames(frame: String) async throws {
        try await ServerFixture.run { server in
            try await server.socket("/v1/echo?sessionId=w").run { messages, writer in
                var iterator = messages.makeAsyncIterator()
                try await writer.send(frame)
                let error = try JSON(parsing: try #require(await iterator.next()))
                #expect(error["type"] == "error")
                #expect(error["data"]?.string?.isEmpty == false)
                try await writer.send("{\"type\":\"message\",\"data\":\"still here\"}")
                _ = try await iterator.next()
                #expect(try JSON(parsing: try #require(await iterator.next()))["data"]?["content"] == "still here")
            }
        }
    }

    @Test("with stream=true the text comes in pieces too")
    func streaming() async throws {
        try await ServerFixture.run { server in
            try await server.socket("/v1/support?sessionId=w&stream=true").run { messages, writer in
                try await writer.send("{\"type\":\"message\",\"data\":\"thanks\"}")
                var types: [String] = []
                for try await text in messages {
                    let frame = try JSON(parsing: text)
                    types.append(frame["type"]?.string ?? "")
                    if frame == ["type": "loading", "data": false] { break }
                }
                #expect(types == ["loading", "stream", "message", "loading"])
            }
        }
    }

    @Test(
        "an upgrade that is not allowed is refused with its status",
        arguments: [
            ("/v1/nope?sessionId=a", [:], 404), ("/v1/echo?sessionId=a&session_id=b", [:], 400),
            ("/v1/inspect", [:], 401), ("/v1/inspect?token=wrong", [:], 401),
            ("/v1/echo", [.origin: "https://evil.example"], 403), ("/elsewhere", [:], 404),
        ] as [(String, HTTPFields, Int)]
    )
    func refusedUpgrades(path: String, fields: HTTPFields, status: Int) async throws {
        try await ServerFixture.run { server in
            let error = await #expect(throws: WebSocketClient.Refused.self) {
                try await server.socket(path, fields: fields)
            }
            #expect(error?.status == status)
            #expect(error?.body.contains("\"code\"") == true)
        }
    }

    @Test("while shutting down requests are answered 503")
    func shuttingDown() async throws {
        try await ServerFixture.run { server in
            server.runtime.refuseWork()
            #expect(try await server.get("/health").status == 503)
            let answer = try await server.post("/v1/agents/echo/chat", "{\"message\":\"x\"}")
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "1")
        }
    }

    @Test("metrics are Prometheus text")
    func metrics() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/echo/chat", "{\"message\":\"x\"}")
            let answer = try await server.get("/metrics")
            #expect(answer.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(answer.body.contains("\nmagma_turns_total 1\n"))
        }
    }
}
