internal import NIOCore
internal import NIOHTTP1

/// Thrown into a connection when a request's body does not arrive in time.
package struct BodyTimeout: Error {}

/// Answers what is no HTTP request with an error and closes the connection, closes one on which no request comes, and
/// watches over how long bodies take.
///
/// It stands right behind the decoder while the connection speaks HTTP.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let patience: TimeAmount
    private let bodyPatience: TimeAmount
    private var firstRequest: Scheduled<Void>?
    private var stopping: Scheduled<Void>?
    /// When the body that is on its way must be here.
    private var bodyDue: NIODeadline?
    private var bodyTimer: Scheduled<Void>?
    private var unanswered = 0
    /// Pieces in which the body that is on its way has come, and their bytes.
    private var body = (pieces: 0, bytes: 0)
    private var isRefused = false

    /// - Parameter connections: how many there are, with this one.
    init(_ limits: HTTPLimits, connections: Int) {
        patience = TimeAmount(connections > limits.crowd ? limits.firstRequestInCrowd : limits.firstRequest)
        bodyPatience = TimeAmount(limits.body)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        firstRequest = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        firstRequest?.cancel()
        stopping?.cancel()
        bodyTimer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            firstRequest?.cancel()
            unanswered += 1
            bodyDue = .now() + bodyPatience
            body = (0, 0)
            if bodyTimer == nil { watchBody(in: bodyPatience, context) }
        case .body(let piece):
            body.pieces += 1
            body.bytes += piece.readableBytes
            if isCrumbled {
                if !isRefused { context.fireErrorCaught(HTTPParserError.invalidChunkSize) }
                isRefused = true
                return
            }
        case .end: bodyDue = nil
        }
        context.fireChannelRead(data)
    }

    /// Chunks after which their size is looked at.
    private static let manyPieces = 1 << 16
    /// Bytes of a chunk, on the average, below which many of them cost more than they bring.
    private static let leastPiece = 8

    /// Whether the body comes in so many tiny chunks that reading it takes a core for seconds.
    private var isCrumbled: Bool {
        body.pieces > Self.manyPieces && body.bytes / body.pieces < Self.leastPiece
    }

    /// One timer goes over all bodies of the connection: most have come long before it looks.
    private func watchBody(in time: TimeAmount, _ context: ChannelHandlerContext) {
        bodyTimer = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            self.bodyTimer = nil
            guard let due = self.bodyDue else { return }
            let now = NIODeadline.now()
            if due > now { return self.watchBody(in: due - now, context) }
            self.bodyDue = nil
            context.fireErrorCaught(BodyTimeout())
        }
    }

    /// For what is just on its way when a server begins to stop.
    private static let grace = TimeAmount.milliseconds(300)

    /// The server stops: there is nothing to wait for where no request is whole, nor becomes so in a moment.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent, hasNoWholeRequest else {
            return context.fireUserInboundEventTriggered(event)
        }
        stopping?.cancel()
        stopping = context.eventLoop.assumeIsolated().scheduleTask(in: Self.grace) {
            if self.hasNoWholeRequest {
                context.close(promise: nil)
            } else {
                context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
        }
    }

    private var hasNoWholeRequest: Bool { unanswered == 0 || bodyDue != nil }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, unanswered == 0 else { return context.fireErrorCaught(error) }
        if error == .headerOverflow {
            let message = "The request's header fields are too large; send fewer or shorter ones."
            context.answer(.requestHeaderFieldsTooLarge, code: "headers_too_large", message: message)
        } else {
            context.answer(.badRequest, code: "request_malformed", message: "This is no HTTP/1.1 request.")
        }
    }
}
