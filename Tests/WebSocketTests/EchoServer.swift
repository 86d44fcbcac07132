import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

@testable import WebSocket

/// A server that says what it hears, at `/echo`, and the bytes to talk to it.
enum EchoServer {
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
        head(of: bytes).map { Array(bytes.dropFirst($0.utf8.count)) } ?? []
    }

    /// An HTTP head with the empty line at its end, once it is whole.
    static func head(of bytes: [UInt8]) -> String? {
        bytes.firstRange(of: [13, 10, 13, 10]).map { String(decoding: bytes[..<$0.upperBound], as: UTF8.self) }
    }

    // MARK: Server

    static func run(
        limit: Int = 5000,
        fragments: Int = 1 << 17,
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        try await run(limit: limit, fragments: fragments) { port, _ in try await body(port) }
    }

    static func run<Value: Sendable>(
        limit: Int = 5000,
        fragments: Int = 1 << 17,
        _ body: @Sendable (Int, ServiceGroup) async throws -> Value
    ) async throws -> Value {
        var configuration = WebSocketConfiguration()
        configuration.maxMessageSize = limit
        configuration.maxFragments = fragments
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let channel = WebSocketUpgradeChannel { [configuration] request in
            guard request.path == "/echo" else {
                return .refuse(
                    ServerResponse(status: .notFound, body: .whole(ByteBuffer(string: "{\"why\":\"no\"}")))
                )
            }
            return .accept([:], configuration) { connection in
                _ = try? await connection.run { messages, writer in
                    for try await text in messages { try await writer.send(text) }
                }
            }
        } respond: { _ in
            ServerResponse(status: .ok)
        }
        let server = channel.server(
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in listening.yield(channel.localAddress?.port ?? 0) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
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
