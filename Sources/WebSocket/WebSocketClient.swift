internal import FoundationEssentials
package import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket
internal import Synchronization

/// Opens WebSockets to servers.
package enum WebSocketClient {
    /// Where a server is and what it is asked.
    package struct Target: Sendable, Hashable {
        package var host: String
        package var port: Int
        package var path: String
        package var fields: HTTPFields

        package init(host: String, port: Int, path: String, fields: HTTPFields = [:]) {
            self.host = host
            self.port = port
            self.path = path
            self.fields = fields
        }

        /// - Parameter server: such as `https://10.0.0.5:3000`; `nil` when it is not an address.
        package init?(server: String, path: String, fields: HTTPFields = [:]) {
            guard let url = URLComponents(string: server), let host = url.host, !host.isEmpty else { return nil }
            // An IPv6 address is within brackets only in addresses.
            let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
            self.init(host: name, port: url.port ?? (url.scheme == "https" ? 443 : 80), path: path, fields: fields)
        }
    }

    /// The server answered, but not with a WebSocket.
    package struct Refused: Error {
        package let status: Int
        /// The body's beginning, at most 4 KiB.
        package let body: String
    }

    /// No answer in time.
    package struct TimedOut: Error {}

    private enum Negotiated: Sendable {
        case webSocket(WebSocketConnection)
        case refused(NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>)
    }

    /// - Parameters:
    ///   - trust: with it the connection is encrypted; see ``TLSTrust/words(_:)`` for its errors.
    ///   - timeout: for the connection and its handshakes together.
    /// - Throws: ``Refused``, ``TimedOut``, or the socket's own error.
    package static func connect(
        to target: Target,
        trust: TLSTrust? = nil,
        configuration: WebSocketConfiguration = WebSocketConfiguration(),
        timeout: Duration = .seconds(5)
    ) async throws -> WebSocketConnection {
        try await withThrowingTaskGroup(of: WebSocketConnection.self) { group in
            group.addTask { try await negotiate(target, trust, configuration) }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw TimedOut()
            }
            defer { group.cancelAll() }
            guard let connection = try await group.next() else { throw TimedOut() }
            return connection
        }
    }

    private static func negotiate(
        _ target: Target,
        _ trust: TLSTrust?,
        _ configuration: WebSocketConfiguration
    ) async throws -> WebSocketConnection {
        let opened = Mutex<(any Channel)?>(nil)
        return try await withTaskCancellationHandler {
            try await negotiate(target, trust, configuration) { channel in opened.withLock { $0 = channel } }
        } onCancel: {
            // This fails whatever still waits for an answer.
            opened.withLock { $0 }?.close(promise: nil)
        }
    }

    private static func negotiate(
        _ target: Target,
        _ trust: TLSTrust?,
        _ configuration: WebSocketConfiguration,
        onOpen: @escaping @Sendable (any Channel) -> Void
    ) async throws -> WebSocketConnection {
        let negotiated: EventLoopFuture<Negotiated> = try await ClientBootstrap(
            group: .singletonMultiThreadedEventLoopGroup
        )
        .connectTimeout(.seconds(4))
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .connect(host: target.host, port: target.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                onOpen(channel)
                if let trust { try channel.pipeline.syncOperations.addHandler(trust.handler(for: target.host)) }
                return try configure(channel, target, configuration)
            }
        }
        switch try await negotiated.get() {
        case .webSocket(let connection): return connection
        case .refused(let channel): throw try await refusal(channel)
        }
    }

    private static func configure(
        _ channel: any Channel,
        _ target: Target,
        _ configuration: WebSocketConfiguration
    ) throws -> EventLoopFuture<Negotiated> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Negotiated>(
            maxFrameSize: WebSocketConfiguration.maxFrameSize,
            enableAutomaticErrorHandling: false,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    .webSocket(try WebSocketConnection(wrapping: channel, role: .client, configuration: configuration))
                }
            }
        )
        var headers = HTTPHeaders(target.fields.map { ($0.name.rawName, $0.value) })
        headers.replaceOrAdd(name: "Host", value: "\(target.host):\(target.port)")
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Negotiated>(
            upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: target.path, headers: headers),
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    .refused(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            }
        )
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }

    private static func refusal(
        _ channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
    ) async throws -> Refused {
        try await channel.executeThenClose { inbound, _ in
            var status = 0
            var body = ""
            for try await part in inbound {
                switch part {
                case .head(let head): status = Int(head.status.code)
                case .body(let piece): body += String(buffer: piece)
                case .end: return Refused(status: status, body: String(body.prefix(4096)))
                }
                if body.utf8.count > 4096 { break }
            }
            return Refused(status: status, body: String(body.prefix(4096)))
        }
    }
}
