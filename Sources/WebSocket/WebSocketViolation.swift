internal import NIOCore
package import NIOWebSocket

/// The peer did what RFC 6455, or this endpoint, does not allow; the code goes into the close frame.
package struct WebSocketViolation: Error {
    package var code: WebSocketErrorCode
    package init(_ code: WebSocketErrorCode) { self.code = code }
}

extension WebSocketErrorCode {
    /// The close code that tells the peer what it did wrong, if the peer is to blame.
    init?(closing error: any Error) {
        switch error {
        case let violation as WebSocketViolation: self = violation.code
        case NIOWebSocketError.invalidFrameLength, NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge,
            NIOWebSocketFrameAggregator.Error.tooManyFragments:
            self = .messageTooLarge
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error: self = .protocolError
        default: return nil
        }
    }
}
