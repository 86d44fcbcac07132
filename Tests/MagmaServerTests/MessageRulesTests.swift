import Foundation
import SessionModel
import TestSupport
import Testing

@testable import MagmaServer

@Suite("What HTTP asks of a server (RFC 9110, RFC 9112)", .timeLimit(.minutes(15)))
struct MessageRulesTests {
    private func answer(_ head: String, body: String = "", on server: ServerFixture) async throws -> String {
        let request = Array((head + "\r\n" + body).utf8)
        return String(decoding: try await RawConnection.exchange(port: server.port, request), as: UTF8.self)
    }

    @Test("HTTP/1.1 has one Host, HTTP/1.0 may have none where it need not be this machine's (RFC 9112, section 3.2)")
    func host() async throws {
        try await ServerFixture.run { server in
            let cases = [
                ("GET /health HTTP/1.1\r\nConnection: close\r\n", 400), ("GET /health HTTP/1.0\r\n", 421),
                ("GET /health HTTP/1.0\r\nHost: localhost\r\n", 200),
                ("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n", 400),
                ("GET /health HTTP/1.0\r\nHost: localhost\r\nhost: 127.0.0.1\r\n", 400),
                ("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", 200),
            ]
            for (head, status) in cases {
                let text = try await answer(head, on: server)
                #expect(text.contains(" \(status) "), "\(head): \(text)")
                if status == 400 { #expect(text.contains(#""code":"host_invalid""#)) }
            }
        }
    }

    @Test(
        "what a target in absolute form names goes before the Host (RFC 9112, section 3.2.2)",
        arguments: [
            ("http://localhost/health", "localhost", 200), ("HTTP://127.0.0.1:80/health", "localhost", 200),
            ("http://evil.example/health", "localhost", 421), ("https://evil.example:1/health", "127.0.0.1", 421),
            ("http://localhost/health", "evil.example", 200), ("http:///health", "localhost", 400),
            ("http://me@evil.example/health", "localhost", 400), ("/http://evil.example/health", "localhost", 404),
        ]
    )
    func absoluteForm(target: String, host: String, status: Int) async throws {
        try await ServerFixture.run { server in
            let head = "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
            let text = try await answer(head, on: server)
            #expect(text.contains(" \(status) "), "\(text)")
        }
    }

    @Test(
        "a Host is a name or an address, with or without a port (RFC 9110, section 7.2)",
        arguments: [
            ("127.0.0.1:99999999", 400), ("127.0.0.1:65536", 400), ("127.0.0.1:x", 400), ("a b", 400), ("a/b", 400),
            ("me@localhost", 400), ("[::1", 400), ("::1", 400), ("[]", 400), ("[::1]:80", 200), ("[::1]", 200),
            ("localhost:", 200), ("LOCALHOST:65535", 200), ("127.0.0.1", 200),
        ]
    )
    func hostField(host: String, status: Int) async throws {
        try await ServerFixture.run { server in
            let text = try await answer("GET /health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n", on: server)
            #expect(text.contains(" \(status) "), "\(text)")
        }
    }

    @Test(
        "only the transfer coding that is known is read (RFC 9112, section 6.1)",
        arguments: [("chunked", 200), ("Chunked", 200), ("gzip, chunked", 501), ("chunked, chunked", 400)]
    )
    func coding(coding: String, status: Int) async throws {
        try await ServerFixture.run { server in
            let text = try await answer(
                "POST /v1/agents/echo/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: \(coding)\r\n",
                body: "10\r\n{\"message\":\"hi\"}\r\n0\r\n\r\n",
                on: server
            )
            #expect(text.contains(" \(status) "), "\(text)")
        }
    }

    @Test(
        "a body that is announced as larger than it may be is refused before it comes",
        arguments: [
            "99999999999", "9223372036854775807", "9223372036854775808", "18446744073709551615",
            "00018446744073709551615",
        ]
    )
    func announced(length: String) async throws {
        try await ServerFixture.run { server in
            let head =
                "POST /v1/agents/echo/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(length)\r\n\r\n{"
            let bytes = try await RawConnection.exchange(port: server.port, Array(head.utf8)) { $0.count >= 12 }
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("a length that is written in another way is the same one", arguments: ["16", "0016", "16  "])
    func length(length: String) async throws {
        try await ServerFixture.run { server in
            let head =
                "POST /v1/agents/echo/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: \(length)\r\n"
            let text = try await answer(head, body: #"{"message":"hi"}"#, on: server)
            #expect(text.hasPrefix("HTTP/1.1 200 "), "\(text)")
        }
    }

    @Test(
        "a handshake's key is base64 of 16 bytes (RFC 6455, section 4.2.1)",
        arguments: [
            ("dGhlIHNhbXBsZSBub25jZQ==", 101), ("x", 400), ("", 400), ("dGhlIHNhbXBsZSBub25jZQ", 400),
            ("dGhlIHNhbXBsZSBub25jZSE=", 400), ("dGhlIHNhbXBs!SBub25jZQ==", 400),
        ]
    )
    func key(key: String, status: Int) async throws {
        try await ServerFixture.run { server in
            let head =
                "GET /v1/echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\n\r\n"
            let bytes = try await RawConnection.exchange(port: server.port, Array(head.utf8)) { $0.count >= 12 }
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test(
        "HEAD is answered as GET, without a body (RFC 9110, section 9.3.2)",
        arguments: ["/health", "/metrics", "/none"]
    )
    func head(path: String) async throws {
        try await ServerFixture.run { server in
            func head(_ method: String) async throws -> [Substring] {
                let text = try await answer(
                    "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
                    on: server
                )
                if method == "HEAD" { #expect(text.hasSuffix("\r\n\r\n")) }
                let fields = text.components(separatedBy: "\r\n\r\n")[0].split(separator: "\r\n")
                return fields.filter { path != "/metrics" || !$0.lowercased().hasPrefix("content-length") }
            }
            #expect(try await head("HEAD").count == head("GET").count)
            let text = try await answer(
                "HEAD \(path) HTTP/1.1\r\nHost: a.localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
                on: server
            )
            #expect(text.hasSuffix(#"{"status":"ok"}"#), "\(text)")
        }
    }

    @Test("100 Continue is said before the body, and other expectations are refused (RFC 9110, section 10.1.1)")
    func expectation() async throws {
        try await ServerFixture.run { server in
            let body = #"{"message":"hi"}"#
            let head =
                "POST /v1/agents/echo/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n"
            let text = try await answer(head + "Expect: 100-continue\r\n", body: body, on: server)
            #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "\(text)")
            // A client that sends only the head is told to go on.
            let early = try await RawConnection.exchange(
                port: server.port,
                Array((head + "Expect: 100-Continue\r\n\r\n").utf8)
            ) { $0.count >= 25 }
            #expect(String(decoding: early, as: UTF8.self).hasPrefix("HTTP/1.1 100 Continue\r\n\r\n"))
            let refused = try await answer(head + "Expect: a-cake\r\n", body: body, on: server)
            #expect(refused.hasPrefix("HTTP/1.1 417 "), "\(refused)")
        }
    }

    @Test("HTTP/1.0 gets no chunks, and the connection's end ends the body (RFC 9112, section 6.3)")
    func old() async throws {
        try await ServerFixture.run { server in
            let body = #"{"message":"hi"}"#
            let head =
                "POST /v1/agents/echo/chat HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: \(body.utf8.count)\r\n"
            let text = try await answer(head, body: body, on: server)
            #expect(text.hasPrefix("HTTP/1.0 200 OK\r\n"), "\(text)")
            #expect(!text.lowercased().contains("transfer-encoding"))
            #expect(text.contains("\r\n\r\nevent: session\n"), "\(text)")
        }
    }
}
