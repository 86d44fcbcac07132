internal import NIOCore
internal import NIOHTTP1

/// Refuses answers with a status that HTTP does not have (RFC 9110, section 15), which the client behind it does not expect: it
/// takes one below 100 for one that another follows, and ends the process at the body.
final class StatusCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    struct NoStatus: Error {
        let code: UInt
    }

    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        if case .head(let head) = unwrapInboundIn(data), !(100...599).contains(head.status.code) {
            isRefused = true
            context.fireErrorCaught(NoStatus(code: head.status.code))
            return context.close(promise: nil)
        }
        context.fireChannelRead(data)
    }

    /// Puts one behind the decoder of a connection's answers.
    @Sendable
    static func add(to channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(StatusCheck(), position: .after(decoder))
        }
    }
}
