internal import NIOCore
internal import NIOHTTP1

/// Keeps to what RFC 9110 and RFC 9112 ask of a server beyond the wire format: one `Host` in HTTP/1.1, an answer to
/// `Expect: 100-continue`, no body for `HEAD`, and no chunks for HTTP/1.0.
///
/// It stands behind ``RequestGuard`` for as long as the connection speaks HTTP, one request after another.
final class MessageRules: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What decides how a request is answered.
    private struct Asked {
        let isHead: Bool
        let isOld: Bool
    }

    private struct Refusal {
        let status: HTTPResponseStatus
        let code: String
        let message: String
    }

    /// Requests whose answer has not ended, the oldest first.
    private var asked: CircularBuffer<Asked> = []
    /// What the last request that is read is refused with, once those before it are answered.
    private var refusal: Refusal?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        guard case .head(let head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isFirst = asked.isEmpty
        asked.append(Asked(isHead: head.method == .HEAD, isOld: head.version != .http1_1))
        refusal = Self.refusal(of: head)
        if refusal != nil {
            if isFirst { refuse(context) }
            return
        }
        // Behind an answer that is not over it could not be told from that one's.
        if isFirst, head.version == .http1_1, head.headers.contains(name: "expect") {
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
        context.fireChannelRead(data)
    }

    private static func refusal(of head: HTTPRequestHead) -> Refusal? {
        guard head.version == .http1_1 || head.headers["host"].count > 1 else { return nil }
        let hosts = head.headers["host"].count
        if hosts != 1 {
            let what = hosts > 1 ? "has more than one Host header" : "has no Host header"
            let message = "The request \(what); send one (RFC 9112, section 3.2)."
            return Refusal(status: .badRequest, code: "host_invalid", message: message)
        }
        let expected = head.headers["expect"].map { $0.lowercased() }
        if expected.isEmpty || expected == ["100-continue"] { return nil }
        let message = "Only 'Expect: 100-continue' is known (RFC 9110, section 10.1.1)."
        return Refusal(status: .expectationFailed, code: "expectation_unknown", message: message)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        guard let refusal, let asked = asked.first else { return }
        context.answer(refusal.status, code: refusal.code, message: refusal.message, hasBody: !asked.isHead)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let current = asked.first else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head) where current.isOld:
            // Without a length the end of the connection is the end of the body (RFC 9112, section 6.3).
            head.version = .http1_0
            head.headers.remove(name: "transfer-encoding")
            head.headers.replaceOrAdd(name: "connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head: context.write(data, promise: promise)
        case .body where current.isHead: promise?.succeed()
        case .body: context.write(data, promise: promise)
        case .end:
            asked.removeFirst()
            guard current.isOld else {
                context.write(data, promise: promise)
                if refusal != nil { refuse(context) }
                return
            }
            context.writeAndFlush(data, promise: promise)
            context.close(promise: nil)
        }
    }
}

extension ChannelHandlerContext {
    /// Answers a request that nobody else is to see with an error, and closes the connection.
    func answer(_ status: HTTPResponseStatus, code: String, message: String, hasBody: Bool = true) {
        let body = ByteBuffer(string: "{\"message\":\"\(message)\",\"code\":\"\(code)\"}")
        let fields: HTTPHeaders = [
            "connection": "close", "content-type": "application/json; charset=utf-8",
            "content-length": "\(body.readableBytes)",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: fields)
        write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
        if hasBody { write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(body))), promise: nil) }
        writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
        close(promise: nil)
    }
}
