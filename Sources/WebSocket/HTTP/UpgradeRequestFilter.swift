internal import NIOCore
internal import NIOHTTP1

/// Sits in front of NIO's upgrade handler for a connection's first request only.
///
/// NIO swallows the head of any request that carries an `Upgrade` header, upgraded or not. So other protocols' offers
/// (`h2c`) are dropped, as RFC 9110 allows, and the connection is closed after the answer, since the decoder reads nothing behind
/// them. A WebSocket offer is recorded, so that its refusal can be answered outside the router.
final class UpgradeRequestFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let offered: NIOLoopBoundBox<Bool>

    init(offered: NIOLoopBoundBox<Bool>) { self.offered = offered }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        offered.value =
            head.method == .GET && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
        if !offered.value, head.headers.contains(name: "upgrade") {
            if head.isLastToBeRead { head.headers.replaceOrAdd(name: "connection", value: "close") }
            head.headers.remove(name: "upgrade")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}

extension HTTPRequestHead {
    /// Whether the decoder may read nothing behind the request, since it offers to go on with another protocol.
    var isLastToBeRead: Bool {
        method == .CONNECT
            || headers.contains(name: "upgrade")
                && headers[canonicalForm: "connection"].contains { $0.lowercased().contains("upgrade") }
    }
}
