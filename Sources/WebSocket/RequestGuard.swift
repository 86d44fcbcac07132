internal import NIOCore
internal import NIOHTTP1

/// Answers what is no HTTP request with an error and closes the connection, and closes one on which no request comes.
///
/// It stands right behind the decoder for as long as the connection speaks HTTP.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let patience: TimeAmount
    private var timer: Scheduled<Void>?
    private var unanswered = 0

    /// - Parameter patience: how long the first request may take to begin.
    init(patience: TimeAmount) { self.patience = patience }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) {
            timer?.cancel()
            unanswered += 1
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, unanswered == 0 else { return context.fireErrorCaught(error) }
        let isTooLarge = error == .headerOverflow
        let body = ByteBuffer(
            string: isTooLarge
                ? #"{"message":"The request's header fields are too large; send fewer or shorter ones.","code":"headers_too_large"}"#
                : #"{"message":"This is no HTTP/1.1 request.","code":"request_malformed"}"#
        )
        let fields: HTTPHeaders = [
            "connection": "close", "content-type": "application/json; charset=utf-8",
            "content-length": "\(body.readableBytes)",
        ]
        let status: HTTPResponseStatus = isTooLarge ? .requestHeaderFieldsTooLarge : .badRequest
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}
