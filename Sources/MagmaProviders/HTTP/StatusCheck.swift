internal import NIOCore
internal import NIOHTTP1

/// Refuses answers whose status is not an HTTP status (RFC 9110, section 15). The client does not expect them: it
/// takes a status below 100 for an interim response, and ends the process when the body arrives.
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

    /// Adds one after the decoder of a connection's answers.
    @Sendable
    static func add(to channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(StatusCheck(), position: .after(decoder))
        }
    }
}
