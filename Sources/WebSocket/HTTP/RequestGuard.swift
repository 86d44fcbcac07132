internal import NIOCore
internal import NIOHTTP1

/// Thrown into a connection when a request's body does not arrive in time.
package struct BodyTimeout: Error {}

/// Answers malformed requests with an error and closes the connection, closes one on which no request comes, and
/// limits how long bodies may take.
///
/// It comes right after the decoder while the connection speaks HTTP.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let framing: FramingBound
    private let patience: TimeAmount
    private let bodyPatience: TimeAmount
    private var firstRequest: Scheduled<Void>?
    private var stopping: Scheduled<Void>?
    /// The deadline of the body that is arriving.
    private var bodyDue: NIODeadline?
    private var bodyTimer: Scheduled<Void>?
    private var unanswered = 0
    /// Pieces and bytes of the current body so far.
    private var body = (pieces: 0, bytes: 0)
    private var isRefused = false

    /// - Parameter connections: how many there are, with this one.
    init(_ limits: HTTPLimits, _ framing: FramingBound, connections: Int) {
        self.framing = framing
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
        let part = unwrapInboundIn(data)
        framing.note(part)
        switch part {
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

    /// Number of chunks above which their average size is checked.
    private static let manyPieces = 1 << 16
    /// Minimum average bytes of a chunk, once there are many.
    private static let leastPiece = 8

    /// Whether the body comes in so many tiny chunks that reading it takes a core for seconds.
    private var isCrumbled: Bool {
        body.pieces > Self.manyPieces && body.bytes / body.pieces < Self.leastPiece
    }

    /// One timer serves all bodies of the connection: most are complete long before it fires.
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

    /// Grace period for requests that are arriving when a server begins to stop.
    private static let grace = TimeAmount.milliseconds(300)

    /// When the server stops, closes the connection unless a request is complete, or becomes so within ``grace``.
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

    private var hasNoWholeRequest: Bool { unanswered == 0 || (unanswered == 1 && bodyDue != nil) }

    /// An answer was written that did not come through here.
    func noteAnswer() { unanswered -= 1 }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Within the body of a request that is answered already, there is nothing more to say.
        guard let error = error as? HTTPParserError, unanswered == 0, bodyDue == nil else {
            return context.fireErrorCaught(error)
        }
        if error == .headerOverflow {
            let message = "The request's header fields are too large; send fewer or shorter ones."
            context.answer(.requestHeaderFieldsTooLarge, code: "headers_too_large", message: message)
        } else {
            context.answer(.badRequest, code: "request_malformed", message: "This is not an HTTP/1.1 request.")
        }
    }
}
