internal import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// A child channel that serves HTTP/1.1, and upgrades the requests that ask for it to WebSocket.
package struct WebSocketUpgradeChannel: ServerChildChannel {
    enum Negotiated: Sendable {
        /// Served by handlers of the channel until it is closed.
        case http
        case webSocket(WebSocketConnection, serve: @Sendable (WebSocketConnection) async -> Void)
    }

    package struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        package let channel: any Channel
    }

    private let server: RequestServer
    private let limits: HTTPLimits
    private let connections: OpenConnections?
    private let decide: @Sendable (ServerRequest) async -> WebSocketDecision

    /// - Parameters:
    ///   - name: the value of `Server` in answers; `nil` leaves it out.
    ///   - executor: where requests are answered.
    ///   - decide: asked for each connection whose first request offers a WebSocket; such a request has no body.
    ///   - respond: answers every other request.
    package init(
        name: String? = nil,
        limits: HTTPLimits = HTTPLimits(),
        connections: OpenConnections? = nil,
        executor: (any TaskExecutor)? = nil,
        decide: @escaping @Sendable (ServerRequest) async -> WebSocketDecision,
        respond: @escaping @Sendable (ServerRequest) async -> ServerResponse
    ) {
        server = RequestServer(name: name, idle: TimeAmount(limits.idle), executor: executor, respond: respond)
        self.limits = limits
        self.connections = connections
        self.decide = decide
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            connections?.add(channel)
            let offered = NIOLoopBoundBox(false, eventLoop: channel.eventLoop)
            let decision = NIOLoopBoundBox<WebSocketDecision?>(nil, eventLoop: channel.eventLoop)
            let configuration = NIOTypedHTTPServerUpgradeConfiguration<Negotiated>(
                upgraders: [upgrader(decision)],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard offered.value else {
                            try channel.pipeline.syncOperations.addHandler(RequestHandler(server))
                            return .http
                        }
                        if case .refuse(let response) = decision.value {
                            refuse(response, on: channel)
                        } else {
                            refuse(Self.wrongVersion, on: channel)
                        }
                        return .http
                    }
                }
            )
            var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: configuration)
            pipeline.enablePipelining = false
            pipeline.enableErrorHandling = false
            pipeline.enableResponseHeaderValidation = false
            pipeline.decoderConfiguration.maxHeaderFieldSize = limits.headerField
            pipeline.decoderConfiguration.maxHeaderListSize = limits.headers
            pipeline.decoderConfiguration.maxHeaderFieldCount = limits.headerFields
            let operations = channel.pipeline.syncOperations
            let framing = FramingBound()
            try operations.addHandler(framing)
            let negotiated = try operations.configureUpgradableHTTPServerPipeline(configuration: pipeline)
            try operations.addHandlers(
                [
                    RequestGuard(limits, framing, connections: connections?.count ?? 0),
                    MessageRules(),
                    UpgradeRequestFilter(offered: offered),
                ],
                position: .before(operations.handler(type: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self))
            )
            return Value(negotiated: negotiated, channel: channel)
        }
    }

    private func upgrader(_ decision: NIOLoopBoundBox<WebSocketDecision?>) -> NIOTypedWebSocketServerUpgrader<
        Negotiated
    > {
        NIOTypedWebSocketServerUpgrader<Negotiated>(
            maxFrameSize: WebSocketConfiguration.maxFrameSize,
            enableAutomaticErrorHandling: false,
            shouldUpgrade: { [decide] channel, head in
                channel.eventLoop.makeFutureWithTask {
                    let peer = channel.remoteAddress?.ipAddress ?? ""
                    return await decide(ServerRequest(head: head, peer: peer, body: .whole(ByteBuffer())))
                }.flatMapThrowing { made in
                    decision.value = made
                    guard case .accept(let fields, _, _) = made else { return nil }
                    // What comes next is no longer HTTP.
                    let operations = channel.pipeline.syncOperations
                    operations.removeHandler(try operations.handler(type: FramingBound.self), promise: nil)
                    operations.removeHandler(try operations.handler(type: RequestGuard.self), promise: nil)
                    operations.removeHandler(try operations.handler(type: MessageRules.self), promise: nil)
                    return fields
                }
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    guard case .accept(_, let configuration, let serve) = decision.value else {
                        throw WebSocketViolation(.unexpectedServerError)
                    }
                    let connection = try WebSocketConnection(
                        wrapping: channel,
                        role: .server,
                        configuration: configuration
                    )
                    return .webSocket(connection, serve: serve)
                }
            }
        )
    }

    /// RFC 6455, section 4.4.
    private static let wrongVersion = ServerResponse(
        status: .upgradeRequired,
        headers: ["sec-websocket-version": "13", "upgrade": "websocket"]
    )

    package func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http:
                try await withTaskCancellationHandler {
                    try await value.channel.closeFuture.get()
                } onCancel: {
                    value.channel.close(promise: nil)
                }
            case .webSocket(let connection, let serve): await serve(connection)
            }
        } catch {
            logger.debug("A connection was not negotiated", metadata: ["error": "\(error)"])
        }
    }

    /// Answers an offer that is refused, and closes the connection. NIO consumed the request's head while it looked for
    /// an upgrader, so ``RequestHandler`` would never see this request.
    private func refuse(_ response: ServerResponse, on channel: any Channel) {
        guard case .whole(let body) = response.body else { return channel.close(promise: nil) }
        var headers = response.headers
        headers.replaceOrAdd(name: "connection", value: "close")
        headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes))
        headers.add(name: "date", value: DateHeader.now)
        let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        channel.close(promise: nil)
    }
}
