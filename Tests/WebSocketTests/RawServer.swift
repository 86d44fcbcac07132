import Crypto
import Foundation
import NIOCore
import NIOPosix

@testable import WebSocket

/// A server that upgrades one connection and then says exactly the bytes of a test, to a client that says what it hears.
enum RawServer {
    /// - Parameter chop: bytes of a write.
    /// - Returns: what the client says after its request, until it closes the connection.
    static func converse(_ bytes: [UInt8], chop: Int = .max) async throws -> [UInt8] {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let port = listener.channel.localAddress?.port ?? 0
        return try await listener.executeThenClose { clients in
            async let client: Void = echo(port)
            var connections = clients.makeAsyncIterator()
            guard let connection = try await connections.next() else { return [] }
            let heard = try await serve(connection, bytes, chop)
            try await client
            return heard
        }
    }

    private static func echo(_ port: Int) async throws {
        var configuration = WebSocketConfiguration()
        configuration.maxMessageSize = 1 << 20
        let target = WebSocketClient.Target(host: "127.0.0.1", port: port, path: "/")
        let connection = try await WebSocketClient.connect(
            to: target,
            configuration: configuration,
            timeout: .seconds(300)
        )
        // Bytes may still be on their way when it has closed.
        _ = try? await connection.run { messages, writer in
            for try await text in messages { try await writer.send(text) }
        }
    }

    private static func serve(
        _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ bytes: [UInt8],
        _ chop: Int
    ) async throws -> [UInt8] {
        try await connection.executeThenClose { inbound, outbound in
            var heard: [UInt8] = []
            var pieces = inbound.makeAsyncIterator()
            while EchoServer.head(of: heard) == nil, let piece = try await pieces.next() {
                heard += Array(buffer: piece)
            }
            guard let head = EchoServer.head(of: heard) else { return [] }
            try await outbound.write(ByteBuffer(string: answer(to: head)))
            heard.removeFirst(head.utf8.count)
            // The client may close before it has heard everything.
            var rest = bytes[...]
            do {
                while !rest.isEmpty {
                    try await outbound.write(ByteBuffer(bytes: rest.prefix(chop)))
                    rest = rest.dropFirst(chop)
                }
                while let piece = try await pieces.next() { heard += Array(buffer: piece) }
            } catch is IOError {}
            return heard
        }
    }

    /// RFC 6455, section 4.2.2.
    private static func answer(to head: String) -> String {
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") } ?? ""
        let key = line.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: \(Data(digest).base64EncodedString())\r
            \r

            """
    }

    /// A client's frames without their masks; `nil` when one has none.
    static func unmasked(_ bytes: [UInt8]) -> [UInt8]? {
        var plain: [UInt8] = []
        var rest = bytes[...]
        while rest.count >= 2 {
            let start = rest.startIndex
            guard rest[start + 1] & 0x80 != 0 else { return nil }
            let short = Int(rest[start + 1] & 0x7F)
            let more = short < 126 ? 0 : short == 126 ? 2 : 8
            let head = 2 + more + 4
            guard rest.count >= head else { return nil }
            let length = more == 0 ? short : rest[(start + 2)..<(start + 2 + more)].reduce(0) { $0 << 8 | Int($1) }
            let mask = Array(rest[(start + 2 + more)..<(start + head)])
            guard rest.count >= head + length else { return nil }
            plain += [rest[start], UInt8(short)] + rest[(start + 2)..<(start + 2 + more)]
            plain += rest[(start + head)..<(start + head + length)].enumerated().map { $1 ^ mask[$0 % 4] }
            rest = rest.dropFirst(head + length)
        }
        return rest.isEmpty ? plain : nil
    }
}
