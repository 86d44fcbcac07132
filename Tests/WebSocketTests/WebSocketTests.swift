import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

@testable import WebSocket

@Suite("WebSocket", .timeLimit(.minutes(2)))
struct WebSocketTests {
    @Test("what a client says comes back, and both sides close in order")
    func echo() async throws {
        try await withEchoServer { port in
            let connection = try await WebSocketClient.connect(to: .init(host: "127.0.0.1", port: port, path: "/echo"))
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
            ("unmasked text", [0x81, 0x01, 0x61], 1002), ("binary", masked(0x82, [1]), 1003),
            ("invalid UTF-8", masked(0x81, [0xFF]), 1007),
            ("reserved bit", masked(0xC1, [0x61]), 1002), ("unknown opcode", masked(0x83, []), 1002),
            ("continuation of nothing", masked(0x80, [0x61]), 1002),
            ("too large", [0x81, 0xFE, 0x13, 0x89, 0, 0, 0, 0] + [UInt8](repeating: 0x61, count: 5001), 1009),
            ("too large in pieces", masked(0x01, [UInt8](repeating: 0x61, count: 100)) + manyPieces(60), 1009),
            ("announced far too large", [0x81, 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 1, 2, 3, 4], 1009),
            ("forbidden close code", masked(0x88, [0x03, 0xED]), 1002),
            ("one byte of a close code", masked(0x88, [0x03]), 1002),
            ("a close with a code", masked(0x88, [0x03, 0xE8]), 1000), ("an empty close", masked(0x88, []), 1000),
        ] as [(String, [UInt8], Int)]
    )
    func violations(name: String, frame: [UInt8], code: Int) async throws {
        try await withEchoServer { port in
            let bytes = try await RawConnection.exchange(port: port, Self.upgrade("/echo") + frame)
            let frames = Self.afterHead(bytes)
            #expect(frames.starts(with: [0x88]), "\(name): \(frames)")
            guard frames.count >= 4 else { return }
            #expect(Int(frames[2]) << 8 | Int(frames[3]) == code, "\(name)")
        }
    }

    @Test("pieces are put together, with pings between them answered in their own bytes")
    func fragments() async throws {
        try await withEchoServer { port in
            let said =
                Self.masked(0x01, Array("he".utf8)) + Self.masked(0x89, Array("p!".utf8))
                + Self.masked(0x80, Array("llo".utf8))
            let bytes = try await RawConnection.exchange(
                port: port,
                Self.upgrade("/echo") + said + Self.masked(0x88, [])
            )
            #expect(
                Self.afterHead(bytes) == [0x8A, 2] + Array("p!".utf8) + [0x81, 5] + Array("hello".utf8) + [
                    0x88, 2, 0x03, 0xE8,
                ]
            )
        }
    }

    @Test("a request that is not upgraded is answered, whatever its upgrade")
    func refusals() async throws {
        try await withEchoServer { port in
            let refused = try await RawConnection.exchange(port: port, Self.upgrade("/other"))
            #expect(String(decoding: refused, as: UTF8.self).hasPrefix("HTTP/1.1 404"))
            let version = try await RawConnection.exchange(port: port, Self.upgrade("/echo", version: "8"))
            #expect(String(decoding: version, as: UTF8.self).hasPrefix("HTTP/1.1 426"))
            let other = try await RawConnection.http(port: port, "GET", "/plain", headers: [("Upgrade", "h2c")])
            #expect(other.status == 200)
            let error = await #expect(throws: WebSocketClient.Refused.self) {
                try await WebSocketClient.connect(to: .init(host: "127.0.0.1", port: port, path: "/other"))
            }
            #expect(error?.status == 404)
            #expect(error?.body == "{\"why\":\"no\"}")
        }
    }

    @Test("a graceful shutdown closes open sockets with 1001, and ends")
    func shutdown() async throws {
        let bytes = try await withEchoServer { port, group in
            try await RawConnection.exchange(port: port, Self.upgrade("/echo") + Self.masked(0x81, [0x61])) {
                received in
                if Self.afterHead(received) == [0x81, 1, 0x61] { Task { await group.triggerGracefulShutdown() } }
                return Self.afterHead(received).count >= 7
            }
        }
        #expect(Self.afterHead(bytes).suffix(4) == [0x88, 2, 0x03, 0xE9])
    }

    // MARK: Bytes

    static func masked(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let key: [UInt8] = [1, 2, 3, 4]
        let length: [UInt8] =
            payload.count < 126
            ? [0x80 | UInt8(payload.count)] : [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        return [first] + length + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    static func manyPieces(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { _ in masked(0x00, [UInt8](repeating: 0x61, count: 100)) }
    }

    static func upgrade(_ path: String, version: String = "13") -> [UInt8] {
        Array(
            """
            GET \(path) HTTP/1.1\r
            Host: x\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: \(version)\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            \r

            """.utf8
        )
    }

    static func afterHead(_ bytes: [UInt8]) -> [UInt8] {
        let end: [UInt8] = [13, 10, 13, 10]
        guard let index = bytes.indices.dropLast(3).first(where: { Array(bytes[$0..<($0 + 4)]) == end }) else {
            return []
        }
        return Array(bytes[(index + 4)...])
    }

    // MARK: Server

    private func withEchoServer(_ body: @Sendable (Int) async throws -> Void) async throws {
        try await withEchoServer { port, _ in try await body(port) }
    }

    private func withEchoServer<Value: Sendable>(_ body: @Sendable (Int, ServiceGroup) async throws -> Value)
        async throws -> Value
    {
        var configuration = WebSocketConfiguration()
        configuration.maxMessageSize = 5000
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = try HTTPServerBuilder.http1WebSocket { [configuration] request, _ in
            guard request.path == "/echo" else {
                return .refuse(HTTPResponse(status: .notFound), body: "{\"why\":\"no\"}")
            }
            return .accept([:], configuration) { connection in
                _ = try? await connection.run { messages, writer in
                    for try await text in messages { try await writer.send(text) }
                }
            }
        }.buildServer(
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _, writer, _ in
            try await writer.writeResponse(HTTPResponse(status: .ok, headerFields: [.contentLength: "0"]))
        } onServerRunning: { channel in
            listening.yield(channel.localAddress?.port ?? 0)
        }
        let group = ServiceGroup(
            configuration: .init(services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        )
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            let value = try await body(port, group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        }
    }
}
