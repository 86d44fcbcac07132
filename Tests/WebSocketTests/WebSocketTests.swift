import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

@testable import WebSocket

@Suite("WebSocket", .timeLimit(.minutes(15)))
struct WebSocketTests {
    @Test("what a client says comes back, and both sides close in order")
    func echo() async throws {
        try await EchoServer.run { port in
            let connection = try await WebSocketClient.connect(
                to: .init(host: "127.0.0.1", port: port, path: "/echo"),
                timeout: .seconds(300)
            )
            var heard: [String] = []
            try await connection.run { messages, writer in
                for text in ["a", "", "é 中 👍🏽", String(repeating: "x", count: 3000)] { try await writer.send(text) }
                var iterator = messages.makeAsyncIterator()
                for _ in 0..<4 { if let text = try await iterator.next() { heard.append(text) } }
            }
            #expect(heard.map(\.count) == [1, 0, 5, 3000])
        }
    }

    @Test(
        "what RFC 6455 or this endpoint does not allow is closed with its code",
        arguments: [
            ("unmasked text", [0x81, 0x01, 0x61], 1002), ("binary", EchoServer.masked(0x82, [1]), 1003),
            ("invalid UTF-8", EchoServer.masked(0x81, [0xFF]), 1007),
            ("reserved bit", EchoServer.masked(0xC1, [0x61]), 1002),
            ("unknown opcode", EchoServer.masked(0x83, []), 1002),
            ("continuation of nothing", EchoServer.masked(0x80, [0x61]), 1002),
            ("too large", [0x81, 0xFE, 0x13, 0x89, 0, 0, 0, 0] + [UInt8](repeating: 0x61, count: 5001), 1009),
            (
                "too large in pieces",
                EchoServer.masked(0x01, [UInt8](repeating: 0x61, count: 100)) + EchoServer.manyPieces(60), 1009
            ),
            ("announced far too large", [0x81, 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 1, 2, 3, 4], 1009),
            ("forbidden close code", EchoServer.masked(0x88, [0x03, 0xED]), 1002),
            ("one byte of a close code", EchoServer.masked(0x88, [0x03]), 1002),
            ("a close with a code", EchoServer.masked(0x88, [0x03, 0xE8]), 1000),
            ("an empty close", EchoServer.masked(0x88, []), 1000),
        ] as [(String, [UInt8], Int)]
    )
    func violations(name: String, frame: [UInt8], code: Int) async throws {
        try await EchoServer.run { port in
            let bytes = try await RawConnection.exchange(port: port, EchoServer.upgrade("/echo") + frame)
            let frames = EchoServer.afterHead(bytes)
            #expect(frames.starts(with: [0x88]), "\(name): \(frames)")
            guard frames.count >= 4 else { return }
            #expect(Int(frames[2]) << 8 | Int(frames[3]) == code, "\(name)")
        }
    }

    @Test("pieces are put together, with pings between them answered in their own bytes")
    func fragments() async throws {
        try await EchoServer.run { port in
            let said =
                EchoServer.masked(0x01, Array("he".utf8)) + EchoServer.masked(0x89, Array("p!".utf8))
                + EchoServer.masked(0x80, Array("llo".utf8))
            let bytes = try await RawConnection.exchange(
                port: port,
                EchoServer.upgrade("/echo") + said + EchoServer.masked(0x88, [])
            )
            #expect(
                EchoServer.afterHead(bytes) == [0x8A, 2] + Array("p!".utf8) + [0x81, 5] + Array("hello".utf8) + [
                    0x88, 2, 0x03, 0xE8,
                ]
            )
        }
    }

    @Test("a request that is not upgraded is answered, whatever its upgrade")
    func refusals() async throws {
        try await EchoServer.run { port in
            let refused = try await RawConnection.exchange(port: port, EchoServer.upgrade("/other"))
            #expect(String(decoding: refused, as: UTF8.self).hasPrefix("HTTP/1.1 404"))
            let version = try await RawConnection.exchange(port: port, EchoServer.upgrade("/echo", version: "8"))
            #expect(String(decoding: version, as: UTF8.self).hasPrefix("HTTP/1.1 426"))
            let other = try await RawConnection.http(port: port, "GET", "/plain", headers: [("Upgrade", "h2c")])
            #expect(other.status == 200)
            let error = await #expect(throws: WebSocketClient.Refused.self) {
                try await WebSocketClient.connect(
                    to: .init(host: "127.0.0.1", port: port, path: "/other"),
                    timeout: .seconds(300)
                )
            }
            #expect(error?.status == 404)
            #expect(error?.body == "{\"why\":\"no\"}")
        }
    }

    @Test("a graceful shutdown closes open sockets with 1001, and ends")
    func shutdown() async throws {
        let bytes = try await EchoServer.run { port, group in
            try await RawConnection.exchange(port: port, EchoServer.upgrade("/echo") + EchoServer.masked(0x81, [0x61]))
            {
                received in
                if EchoServer.afterHead(received) == [0x81, 1, 0x61] { Task { await group.triggerGracefulShutdown() } }
                return EchoServer.afterHead(received).count >= 7
            }
        }
        #expect(EchoServer.afterHead(bytes).suffix(4) == [0x88, 2, 0x03, 0xE9])
    }
}
