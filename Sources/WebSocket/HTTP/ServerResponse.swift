package import NIOCore
package import NIOHTTP1

/// The server's answer to a request.
package struct ServerResponse: Sendable {
    package enum Body: Sendable {
        case whole(ByteBuffer)
        /// Written piece by piece; the answer ends when the closure returns, and the connection when it throws.
        case stream(@Sendable (ResponseStream) async throws -> Void)
    }

    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: Body

    package init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: Body = .whole(ByteBuffer())) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// An answer's body that is written piece by piece.
package struct ResponseStream: Sendable {
    let channel: any Channel

    /// Returns when the piece is sent, so a slow client holds the writer up.
    ///
    /// - Throws: `ChannelError` or `IOError` when the connection has ended.
    package func write(_ piece: ByteBuffer) async throws {
        try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(piece)))
    }
}
