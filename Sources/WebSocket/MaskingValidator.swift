internal import NIOCore
internal import NIOWebSocket

/// Refuses frames that a client sent unmasked (RFC 6455, section 5.1). It stands before the aggregator, whose frames
/// carry no key.
final class MaskingValidator: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if unwrapInboundIn(data).maskKey == nil {
            context.fireErrorCaught(WebSocketViolation(.protocolError))
        } else {
            context.fireChannelRead(data)
        }
    }
}
