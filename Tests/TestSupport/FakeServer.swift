internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A server that answers each request with exactly the bytes of a test, in the order of the test.
package final class FakeServer: Sendable {
    /// What it does next on a connection.
    package enum Step: Sendable {
        case say(String)
        /// One byte at a time.
        case drip(String)
        /// Says nothing until the client has gone.
        case hold
        case cut
    }

    package struct Request: Sendable {
        package let head: String
        package let body: String
    }

    private struct State {
        var replies: [[Step]]
        var requests: [Request] = []
        var left = 0
    }

    package let port: Int
    private let state: Mutex<State>

    private init(port: Int, _ replies: [[Step]]) {
        self.port = port
        state = Mutex(State(replies: replies))
    }

    /// What was asked, in order.
    package var requests: [Request] { state.withLock { $0.requests } }
    /// How many clients went while the server held its answer back.
    package var left: Int { state.withLock { $0.left } }

    /// Listens on loopback while `body` runs.
    package static func run<Value: Sendable>(
        _ replies: [[Step]],
        _ body: (FakeServer) async throws -> Value
    ) async throws -> Value {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: false)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0) { channel in channel.eventLoop.makeSucceededFuture(channel) }
        let server = FakeServer(port: listener.channel.localAddress?.port ?? 0, replies)
        return try await listener.executeThenClose { clients in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await withThrowingDiscardingTaskGroup { connections in
                        for try await client in clients {
                            connections.addTask { try? await server.serve(client) }
                        }
                    }
                }
                defer { group.cancelAll() }
                return try await body(server)
            }
        }
    }

    /// Reads only from here on: of clients that come while the test ends nobody takes care.
    private func serve(_ channel: any Channel) async throws {
        let client = try await channel.eventLoop.submit {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
        .get()
        try await channel.setOption(.autoRead, value: true).get()
        try await client.executeThenClose { inbound, outbound in
            var received = inbound.makeAsyncIterator()
            while let request = try await Self.request(&received) {
                let reply = state.withLock { state in
                    state.requests.append(request)
                    return state.replies.isEmpty ? [.cut] : state.replies.removeFirst()
                }
                for step in reply {
                    switch step {
                    case .say(let text): try await outbound.write(ByteBuffer(string: text))
                    case .drip(let text):
                        for byte in text.utf8 { try await outbound.write(ByteBuffer(bytes: [byte])) }
                    case .hold:
                        defer { state.withLock { $0.left += 1 } }
                        while try await received.next(isolation: #isolation) != nil {}
                        return
                    case .cut: return
                    }
                }
            }
        }
    }

    private static func request(
        _ received: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) async throws -> Request? {
        var bytes = ""
        while let piece = try await received.next(isolation: #isolation) {
            bytes += String(buffer: piece)
            guard let end = bytes.firstRange(of: "\r\n\r\n") else { continue }
            let head = String(bytes[..<end.lowerBound])
            let body = String(bytes[end.upperBound...])
            let length = head.lowercased().split(separator: "content-length: ").dropFirst().first
                .flatMap { Int($0.prefix { $0.isNumber }) }
            if body.utf8.count >= length ?? 0 { return Request(head: head, body: body) }
        }
        return nil
    }
}

extension FakeServer.Step {
    /// An answer of a status, with a body of known length.
    package static func answer(
        _ status: String,
        _ body: String,
        type: String = "application/json",
        _ headers: String...
    )
        -> FakeServer.Step
    {
        let more = headers.map { $0 + "\r\n" }.joined()
        return .say(
            "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)"
        )
    }

    /// The head of a stream of events that ends with the connection.
    package static let streamHead = FakeServer.Step.say(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"
    )
}
