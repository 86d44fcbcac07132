package import NIOCore
package import NIOHTTP1

/// A request to the server; its body may still be arriving.
package struct ServerRequest: Sendable {
    package let head: HTTPRequestHead
    /// The client's address, without the port; empty when it has none.
    package let peer: String
    package let body: IncomingBody

    package var headers: HTTPHeaders { head.headers }

    /// The same with other headers, from another client.
    package func with(_ headers: HTTPHeaders, from peer: String) -> ServerRequest {
        var head = head
        head.headers = headers
        return ServerRequest(head: head, peer: peer, body: body)
    }

    /// The target's path and query, percent-encoded. A target in absolute form (RFC 9112, section 3.2.2) loses its
    /// scheme and authority.
    package var path: String { Self.path(ofTarget: head.uri) }

    static func path(ofTarget target: String) -> String {
        guard let authority = MessageRules.authority(ofTarget: target) else { return target }
        let rest = target.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2 + authority.utf8.count)
        let path = Substring(rest.prefix { $0 != UInt8(ascii: "#") })
        return path.utf8.first == UInt8(ascii: "/") ? String(path) : "/\(path)"
    }
}

/// A request's body.
package enum IncomingBody: Sendable {
    /// It came together with the head.
    case whole(ByteBuffer)
    case arriving(BodyPieces)
}

/// A body piece by piece, as it arrives. While nobody takes the pieces, the connection is not read.
///
/// It throws ``BodyTimeout``, `HTTPParserError`, or `ChannelError` when the connection ends before the body.
package typealias BodyPieces = NIOThrowingAsyncSequenceProducer<
    ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, BodyDemand
>

/// Tells the connection that more of a body is wanted, or none any more.
package struct BodyDemand: NIOAsyncSequenceProducerDelegate {
    /// Pieces, at most a read's worth each, below and above which reading goes on and stops.
    private static let watermarks = (low: 2, high: 8)

    private let readOn: @Sendable () -> Void

    package func produceMore() { readOn() }
    package func didTerminate() { readOn() }

    /// A body and where its pieces are put.
    static func body(_ readOn: @escaping @Sendable () -> Void) -> BodyPieces.NewSequence {
        BodyPieces.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: watermarks.low, highWatermark: watermarks.high),
            finishOnDeinit: false,
            delegate: BodyDemand(readOn: readOn)
        )
    }
}
