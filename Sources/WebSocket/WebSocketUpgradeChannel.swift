package import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOWebSocket

/// A child channel that serves HTTP/1.1, and upgrades the requests that ask for it to WebSocket.
package struct WebSocketUpgradeChannel: ServerChildChannel, HTTPChannelHandler {
    enum Negotiated: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case webSocket(WebSocketConnection, serve: @Sendable (WebSocketConnection) async -> Void)
        /// NIO consumed the request's head while it looked for an upgrader, so the router never sees this request: it
        /// must be answered here.
        case refused(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, HTTPResponse, body: String)
    }

    package struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        package let channel: any Channel
    }

    package let responder: HTTPChannelHandler.Responder
    let limits: HTTPLimits
    let connections: OpenConnections?
    /// Called with the request and the client's address.
    let decide: @Sendable (HTTPRequest, String) async -> WebSocketDecision

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            connections?.add(channel)
            let offered = NIOLoopBoundBox(false, eventLoop: channel.eventLoop)
            let decision = NIOLoopBoundBox<WebSocketDecision?>(nil, eventLoop: channel.eventLoop)
            let configuration = NIOTypedHTTPServerUpgradeConfiguration<Negotiated>(
                upgraders: [upgrader(decision)],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let http = try http(on: channel, logger: logger)
                        guard offered.value else { return .http(http) }
                        if case .refuse(let response, let body) = decision.value {
                            return .refused(http, response, body: body)
                        }
                        return .refused(http, Self.wrongVersion, body: "")
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
            let negotiated = try operations.configureUpgradableHTTPServerPipeline(configuration: pipeline)
            try operations.addHandlers(
                [
                    RequestGuard(limits, connections: connections?.count ?? 0),
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
                    await decide(
                        try HTTPRequest(head, secure: false, splitCookie: false),
                        channel.remoteAddress?.ipAddress ?? ""
                    )
                }.flatMapThrowing { made in
                    decision.value = made
                    guard case .accept(let fields, _, _) = made else { return nil }
                    // What comes next is no longer HTTP.
                    let operations = channel.pipeline.syncOperations
                    operations.removeHandler(try operations.handler(type: RequestGuard.self), promise: nil)
                    operations.removeHandler(try operations.handler(type: MessageRules.self), promise: nil)
                    return HTTPHeaders(fields.map { ($0.name.rawName, $0.value) })
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

    private func http(
        on channel: any Channel,
        logger: Logger
    ) throws -> NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart> {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: limits.idle, logger: logger))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
    }

    /// RFC 6455, section 4.4.
    private static let wrongVersion = HTTPResponse(
        status: .init(code: 426, reasonPhrase: "Upgrade Required"),
        headerFields: [.secWebSocketVersion: "13", .upgrade: "websocket"]
    )

    package func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .refused(let channel, let response, let body): try await refuse(channel, response, body)
            case .webSocket(let connection, let serve): await serve(connection)
            }
        } catch {
            logger.debug("A connection was not negotiated", metadata: ["error": "\(error)"])
        }
    }

    private func refuse(
        _ channel: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>,
        _ response: HTTPResponse,
        _ body: String
    ) async throws {
        var response = response
        response.headerFields[.connection] = "close"
        response.headerFields[.contentLength] = String(body.utf8.count)
        if !body.isEmpty { response.headerFields[.contentType] = "application/json; charset=utf-8" }
        try await channel.executeThenClose { _, outbound in
            try await outbound.write(contentsOf: [.head(response), .body(ByteBuffer(string: body)), .end(nil)])
        }
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 with WebSockets: `decide` is asked for each connection whose first request offers one.
    package static func http1WebSocket(
        limits: HTTPLimits = HTTPLimits(),
        connections: OpenConnections? = nil,
        decide: @escaping @Sendable (HTTPRequest, String) async -> WebSocketDecision
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            WebSocketUpgradeChannel(responder: responder, limits: limits, connections: connections, decide: decide)
        }
    }
}
