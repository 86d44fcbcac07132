internal import NIOCore
internal import NIOWebSocket

/// Messages from the peer, ending when it closes. Answers pings and protocol errors itself.
package struct WebSocketMessages: AsyncSequence, Sendable {
    package typealias Element = String

    let inbound: NIOAsyncChannelInboundStream<WebSocketFrame>
    let writer: WebSocketWriter
    let limit: Int

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(frames: inbound.makeAsyncIterator(), writer: writer, limit: limit)
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        var frames: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
        let writer: WebSocketWriter
        let limit: Int

        package mutating func next() async throws -> String? { try await next(isolation: #isolation) }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> String? {
            do {
                while let frame = try await frames.next(isolation: actor) {
                    writer.state.heardPeer()
                    // Where frames are always there, nothing else looks for it.
                    try Task.checkCancellation()
                    switch frame.opcode {
                    case .text: return try text(frame)
                    case .ping: try await writer.write(.pong, frame.unmaskedData)
                    case .pong: break
                    case .connectionClose:
                        try? await writer.close(try closeCode(frame))
                        return nil
                    case .binary: throw WebSocketViolation(.unacceptableData)
                    default: throw WebSocketViolation(.protocolError)
                    }
                }
                // It ended without a close frame (RFC 6455, section 7.1.5).
                writer.state.note(.abnormal)
                return nil
            } catch {
                guard let code = WebSocketErrorCode(closing: error) else { throw error }
                try? await writer.close(code)
                return nil
            }
        }

        private func text(_ frame: WebSocketFrame) throws -> String {
            guard frame.length <= limit else { throw WebSocketViolation(.messageTooLarge) }
            guard let text = String(validating: frame.unmaskedData.readableBytesView, as: UTF8.self) else {
                throw WebSocketViolation(.dataInconsistentWithMessage)
            }
            return text
        }

        /// The code that answers a close: the peer's, 1000 for none, 1002 or 1007 if invalid (RFC 6455, section 7.4).
        private func closeCode(_ frame: WebSocketFrame) throws -> WebSocketErrorCode {
            var data = frame.unmaskedData
            if data.readableBytes == 0 {
                writer.state.note(.withoutCode)
                return .normalClosure
            }
            guard let number = data.readInteger(as: UInt16.self) else { return .protocolError }
            guard let reason = String(validating: data.readableBytesView, as: UTF8.self) else {
                return .dataInconsistentWithMessage
            }
            switch number {
            case 1000...1003, 1007...1014, 3000...4999:
                writer.state.note(WebSocketClosure(code: Int(number), reason: reason))
                return WebSocketErrorCode(codeNumber: Int(number))
            default: return .protocolError
            }
        }
    }
}
