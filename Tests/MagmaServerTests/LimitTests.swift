import TestSupport
import Testing
import WebSocket

@testable import MagmaServer

@Suite("Limits at the edge", .timeLimit(.minutes(2)))
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
        try await ServerFixture.run(configure: { $0.limits.headerField = 1000 }) { server in
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
        try await ServerFixture.run(configure: { $0.limits.firstRequest = .milliseconds(50) }) { server in
            // On a busy machine it may be closed before the bytes are written.
            let silent = try? await RawConnection.exchange(port: server.port, Array("GET /hea".utf8))
            #expect(silent?.isEmpty != false)
        }
        try await ServerFixture.run(configure: { $0.limits.idle = .milliseconds(50) }) { server in
            let kept = try await RawConnection.exchange(
                port: server.port,
                Array("GET /health HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            )
            #expect(HTTPAnswer(kept).status == 200)
        }
    }
}
