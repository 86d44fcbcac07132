internal import NIOCore
internal import NIOWebSocket
internal import SessionModel

/// Refuses what NIO's decoder lets through: frames that a client sent unmasked or a server masked (RFC 6455, section
/// 5.1), and reserved bits, which mean something only with an extension (section 5.2). It stands before the aggregator,
/// whose frames carry no key.
final class FrameValidator: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    private let role: WebSocketConnection.Role

    init(role: WebSocketConnection.Role) { self.role = role }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        let isMasked = frame.maskKey != nil
        if isMasked != (role == .server) || frame.rsv1 || frame.rsv2 || frame.rsv3 {
            context.fireErrorCaught(WebSocketViolation(.protocolError))
        } else {
            context.fireChannelRead(data)
        }
    }
}
