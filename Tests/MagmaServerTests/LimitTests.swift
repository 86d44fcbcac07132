import Synchronization
import TestSupport
import Testing
import WebSocket

@testable import AgentAPI
@testable import MagmaServer

@Suite("Limits at the edge", .timeLimit(.minutes(15)))
struct LimitTests {
    @Test(
        "what is no HTTP request is answered and the connection closed",
        arguments: ["garbage\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}", "GET /health HTTP/9.9\r\n\r\n"]
    )
    func garbage(text: String) async throws {
        try await ServerFixture.run { server in
            let answer = HTTPAnswer(try await RawConnection.exchange(port: server.port, Array(text.utf8)))
            #expect(answer.status == 400)
            #expect(answer.body.contains("request_malformed"))
        }
    }

    @Test("header fields up to the limit are taken, and no more")
    func headers() async throws {
        try await ServerFixture.run(configure: { $0.api.limits.headerField = 1000 }) { server in
            func get(_ length: Int) async throws -> HTTPAnswer {
                try await server.get("/health", headers: [("X-Long", String(repeating: "x", count: length))])
            }
            #expect(try await get(900).status == 200)
            let answer = try await get(1100)
            #expect(answer.status == 431)
            #expect(answer.body.contains("headers_too_large"))
        }
    }

    @Test("a connection on which no request comes, or no further one, is closed")
    func silent() async throws {
        try await ServerFixture.run(configure: { $0.api.limits.firstRequest = .milliseconds(50) }) { server in
            // On a busy machine it may be closed before the bytes are written.
            let silent = try? await RawConnection.exchange(port: server.port, Array("GET /hea".utf8))
            #expect(silent?.isEmpty != false)
        }
        try await ServerFixture.run(configure: { $0.api.limits.idle = .milliseconds(50) }) { server in
            let kept = try await RawConnection.exchange(
                port: server.port,
                Array("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
            )
            #expect(HTTPAnswer(kept).status == 200)
        }
    }

    @Test("a body up to the limit is taken, and no more")
    func body() async throws {
        try await ServerFixture.run(configure: { $0.api.maximumBody = 500 }) { server in
            func chat(_ length: Int) async throws -> HTTPAnswer {
                let text = String(repeating: "x", count: length)
                return try await server.post("/v1/agents/echo/chat?sessionId=a", "{\"message\":\"\(text)\"}")
            }
            #expect(try await chat(486).status == 200)
            let refused = try await chat(487)
            #expect(refused.status == 413)
            #expect(refused.body.contains("500 bytes"))
        }
    }

    @Test("hooks and turns beyond the rate of an address are told when to come again, by HTTP and by WebSocket")
    func rate() async throws {
        try await ServerFixture.run(configure: { $0.api.rate = Rate(perSecond: 0.001, burst: 3) }) { server in
            let body = "{\"message\":\"x\"}"
            #expect(try await server.post("/v1/agents/echo/chat?sessionId=a", body).status == 200)
            #expect(try await server.post("/v1/agents/counter/hooks/bump-anyone", "{}").status == 200)
            let socket = try await server.socket("/v1/counter?sessionId=a")
            try await socket.run { messages, writer in
                var frames = messages.makeAsyncIterator()
                func say() async throws -> [String] {
                    try await writer.send(#"{"type":"message","data":{"content":"hi"}}"#)
                    var answers: [String] = []
                    while let text = try await frames.next() {
                        answers.append(text)
                        if text.contains("loading"), text.contains("false") { return answers }
                    }
                    return answers
                }
                let (answered, refused) = (try await say(), try await say())
                #expect(answered.contains { $0.contains("The count is 0.") })
                #expect(refused.contains { $0.contains("hooks and turns a second") })
            }
            for path in ["chat?sessionId=a", "hooks/bump-anyone"] {
                let refused = try await server.post("/v1/agents/counter/\(path)", body)
                #expect(refused.status == 429)
                let wait = refused.headers["retry-after"].flatMap { Int($0) } ?? 0
                #expect((500...1000).contains(wait))
                #expect(refused.body.contains("rate_limited"))
            }
            #expect(try await server.get("/health").status == 200)
        }
    }

    @Test("a bucket fills with time, up to its burst, and what is forgotten is bounded")
    func bucket() throws {
        let now = Mutex<Int64>(0)
        let limiter = RateLimiter(Rate(perSecond: 2, burst: 4)) { now.withLock { $0 } }
        func admitted(_ who: String = "a") -> Int {
            var count = 0
            while count < 100, (try? limiter.admit(who)) != nil { count += 1 }
            return count
        }
        #expect(admitted() == 4)
        now.withLock { $0 += 500 }
        #expect(admitted() == 1)
        now.withLock { $0 += 3_600_000 }
        #expect(admitted() == 4)
        #expect(admitted("b") == 4)
        for number in 0..<50_000 { try? limiter.admit("n\(number)") }
        #expect(limiter.count <= 20_000)
    }
}
