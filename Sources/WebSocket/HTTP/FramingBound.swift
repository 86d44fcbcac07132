internal import NIOCore
internal import NIOHTTP1

/// Bounds the bytes of a request that lead to nothing, such as extensions of chunks, zeros before their sizes, and empty lines: the
/// decoder skips them, however many there are.
///
/// It stands before the decoder while the connection speaks HTTP.
final class FramingBound: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The bytes of a head, or of trailers, count until all of them have come.
    private static let most = 1 << 20
    /// Bytes of framing for each byte of a body; smaller chunks have a bound of their own.
    private static let perByte = 16

    private var bytes = 0

    /// The decoder has made something of them.
    func note(_ part: HTTPServerRequestPart) {
        if case .body(let piece) = part {
            bytes = max(0, bytes - Self.perByte * piece.readableBytes)
        } else {
            bytes = 0
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard bytes <= Self.most else { return }
        bytes += unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
        if bytes > Self.most { context.fireErrorCaught(HTTPParserError.invalidChunkSize) }
    }
}
