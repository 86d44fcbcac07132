import HTTPTypes
import Inspection
import MagmaRuntime
import NIOHTTP1
import SessionModel
import TestSupport
import Testing
import WebSocket

@testable import AgentAPI
@testable import MagmaServer

@Suite("What a web page may ask of a server on this machine", .timeLimit(.minutes(15)))
struct HomeTests {
    private func get(_ path: String, host: String?, port: Int, _ headers: String = "") async throws -> HTTPAnswer {
        let line = host.map { "Host: \($0)\r\n" } ?? ""
        let request = "GET \(path) HTTP/1.1\r\n\(line)\(headers)Connection: close\r\n\r\n"
        return HTTPAnswer(try await RawConnection.exchange(port: port, Array(request.utf8)))
    }

    @Test(
        "without keys the server answers to names of this machine only",
        arguments: [
            ("localhost", true), ("LOCALHOST:3000", true), ("127.0.0.1", true), ("127.8.0.1:80", true),
            ("[::1]:3000", true),
            ("app.localhost:1", true), ("my.name:3000", true), ("other:8080", true), ("other", false),
            ("evil.example", false), ("127.0.0.1.evil.example", false), ("localhost.evil.example", false),
            ("127.0.0.256", false), ("0127.0.0.1", false), ("127.0.0.1.", false), ("127..0.1", false),
            ("localhost:80:evil", false), ("localhost:evil", false), ("[::1]evil", false),
            ("127.1", false), ("", false), ("evil.example:3000", false),
        ] as [(String, Bool)]
    )
    func hosts(host: String, isHome: Bool) async throws {
        var configuration = AgentAPIConfiguration()
        configuration.hosts = ["my.name", "other:8080"]
        if isHome {
            try configuration.checkPage(["host": host])
        } else {
            let error = #expect(throws: APIError.self) { try configuration.checkPage(["host": host]) }
            #expect(error?.code == "host_not_allowed")
            #expect(error?.status == .misdirectedRequest)
        }
        configuration.keys = APIKeys(["k"])
        try configuration.checkPage(["host": host])
    }

    @Test("a name that was made to lead here is refused everywhere, WebSockets and numbers too")
    func rebinding() async throws {
        try await ServerFixture.run { server in
            for path in ["/health", "/metrics", "/v1/agents/counter/hooks/about", "/v1/inspect"] {
                let answer = try await get(path, host: "evil.example:\(server.port)", port: server.port)
                #expect(answer.status == 421)
                #expect(answer.code == "host_not_allowed")
            }
            for path in ["/v1/counter?sessionId=x", "/v1/inspect"] {
                let upgrade = try await get(
                    path,
                    host: "evil.example",
                    port: server.port,
                    "Origin: http://evil.example\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer admin-secret\r\n"
                )
                #expect(upgrade.status == 421)
            }
            #expect(try await get("/health", host: "localhost:\(server.port)", port: server.port).status == 200)
            #expect(try await server.runtime.summary(SessionKey(agent: "counter", session: "x")) == nil)
        }
    }

    @Test("a page of another origin runs nothing, by whatever method and type")
    func origins() async throws {
        try await ServerFixture.run(configure: { $0.api.origins = ["https://good.example"] }) { server in
            func chat(_ headers: [(String, String)], type: String? = "application/json") async throws -> HTTPAnswer {
                try await server.post(
                    "/v1/agents/counter/chat?sessionId=o",
                    "{\"message\":\"add 1\"}",
                    type: type,
                    headers: headers
                )
            }
            for origin in ["https://evil.example", "null", "http://localhost:1", "https://good.example.evil"] {
                #expect(try await chat([("Origin", origin)]).code == "origin_forbidden")
                let hook = try await server.get("/v1/agents/counter/hooks/bump-default", headers: [("Origin", origin)])
                #expect(hook.status == 403)
            }
            for site in ["cross-site", "same-site"] {
                let hook = try await server.get(
                    "/v1/agents/counter/hooks/bump-default",
                    headers: [("Sec-Fetch-Site", site)]
                )
                #expect(hook.status == 403)
            }
            #expect(try await chat([], type: nil).status == 415)
            #expect(try await chat([], type: "text/plain").status == 415)
            for type in [nil, "text/plain;charset=UTF-8"] {
                let hook = try await server.post("/v1/agents/counter/hooks/bump-default", "{}", type: type)
                #expect(hook.status == 415)
            }
            #expect(try await server.runtime.summary(SessionKey(agent: "counter", session: "default")) == nil)
            let allowed = try await chat([("Origin", "https://good.example")])
            #expect(allowed.json["content"] == "The count is 1.")
            #expect(allowed.headers["access-control-allow-origin"] == "https://good.example")
            #expect(try await chat([("Origin", "http://127.0.0.1")]).status == 200)
            #expect(
                try await server.get("/v1/agents/counter/hooks/bump-default", headers: [("Sec-Fetch-Site", "none")])
                    .status == 200
            )
        }
    }

    @Test("a session id is each header's, in UTF-8")
    func ids() async throws {
        try await ServerFixture.run { server in
            func chat(_ lines: [[UInt8]]) async throws -> HTTPAnswer {
                let body = Array("{\"message\":\"x\"}".utf8)
                var request = Array(
                    "POST /v1/agents/echo/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\nConnection: close\r\n"
                        .utf8
                )
                for line in lines { request += Array("x-session-id: ".utf8) + line + [13, 10] }
                return HTTPAnswer(try await RawConnection.exchange(port: server.port, request + [13, 10] + body))
            }
            #expect(try await chat([Array("i1".utf8), Array("i1".utf8)]).json["sessionId"] == "i1")
            #expect(try await chat([Array("i1".utf8), Array("i2".utf8)]).code == "session_id_conflict")
            #expect(try await chat([Array("caf".utf8) + [0xE9]]).code == "session_id_invalid")
            #expect(try await chat([Array("café".utf8)]).json["sessionId"]?.string?.isExactly("caf\u{E9}") == true)
            #expect(
                try await chat([Array("cafe\u{301}".utf8)]).json["sessionId"]?.string?.isExactly("cafe\u{301}") == true
            )
            #expect(try await chat([Array("é".utf8), Array("e\u{301}".utf8)]).code == "session_id_conflict")
            let raw = try await get("/v1/agents/echo/chat?sessionId=caf\u{E9}", host: "localhost", port: server.port)
            #expect(raw.status == 400)
            let spaced = try await server.post("/v1/agents/echo/chat?sessionId=%20a%20", "{\"message\":\"x\"}")
            #expect(spaced.json["sessionId"] == " a ")
            #expect(spaced.headers["x-session-id"] == nil)
        }
    }

    @Test("a session is whose bytes its id is, by every entrance")
    func bytes() async throws {
        try await ServerFixture.run { server in
            func bump(_ id: String, by number: Int) async throws -> JSON {
                let body: JSON = ["user": ["id": .string(id)], "by": .int(number)]
                return try await server.post("/v1/agents/counter/hooks/bump", body.text).json
            }
            #expect(try await bump("Kevin", by: 100)["count"] == 100)
            let other = try await bump("\u{212A}evin", by: 1)
            #expect(other["count"] == 1)
            #expect(other["sessionId"] == "\u{212A}evin")
            #expect(try await bump("Kevin", by: 1)["count"] == 101)
            #expect(try await server.runtime.stats().counts.all == 2)
        }
    }

    @Test("a body whose chunks are wrong, or that ends too early, is the sender's fault")
    func chunks() async throws {
        try await ServerFixture.run { server in
            let head =
                "POST /v1/agents/echo/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            let answer = HTTPAnswer(
                try await RawConnection.exchange(port: server.port, Array((head + "5\r\n{\"mes\r\nzz\r\nxx\r\n").utf8))
            )
            #expect(answer.status == 400)
            // Spaces before the value: a body is right however many there are, but for the chunks that it takes.
            for (chunks, size, status) in [(70_000, 1, 400), (60_000, 1, 200), (70_000, 16, 200)] {
                let chunk = String(size, radix: 16) + "\r\n" + String(repeating: " ", count: size) + "\r\n"
                let end = "14\r\n{\"message\": \"hello\"}\r\n0\r\n\r\n"
                let request = head.replacing("Host: localhost", with: "Host: localhost\r\nConnection: close")
                let text = request + String(repeating: chunk, count: chunks) + end
                let answer = HTTPAnswer(
                    try await RawConnection.exchange(port: server.port, Array(text.utf8))
                )
                #expect(answer.status == status, "\(chunks) of \(size)")
            }
        }
    }

    @Test("WebSockets count for the rate, and wrong keys are refused more slowly each time")
    func rates() async throws {
        try await ServerFixture.run(configure: { $0.api.rate = Rate(perSecond: 0.001, burst: 2) }) { server in
            var refused = 0
            for _ in 0..<5 {
                do {
                    let socket = try await server.socket("/v1/echo")
                    try await socket.run { _, _ in }
                } catch let error as WebSocketClient.Refused {
                    #expect(error.status == 429)
                    refused += 1
                }
            }
            #expect(refused == 3)
        }
        let tries = WrongTries()
        let waits = (0..<9).map { _ in tries.next() }
        #expect(waits == waits.sorted())
        #expect(waits.last == WrongTries.longest)
    }
}
