internal import NIOCore
package import NIOWebSocket
internal import SessionModel

/// Writes messages; suspends while the peer is slow to read.
package struct WebSocketWriter: Sendable {
    let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    let role: WebSocketConnection.Role
    let state: WebSocketState

    package func send(_ text: String) async throws { try await write(.text, ByteBuffer(string: text)) }

    /// Several messages, in order, with as few writes to the socket as possible.
    package func send(contentsOf texts: [String]) async throws {
        try await outbound.write(contentsOf: texts.map { frame(.text, ByteBuffer(string: $0)) })
    }

    package func send(_ bytes: [UInt8]) async throws { try await write(.text, ByteBuffer(bytes: bytes)) }

    package func ping() async throws { try await write(.ping, ByteBuffer()) }

    /// Sends a close frame once; later calls do nothing.
    package func close(_ code: WebSocketErrorCode) async throws {
        guard state.beginClose() else { return }
        state.note(WebSocketClosure(code: Int(UInt16(webSocketErrorCode: code))))
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        try await write(.connectionClose, data)
    }

    func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) async throws {
        try await outbound.write(frame(opcode, data))
    }

    private func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: role == .client ? .random() : nil, data: data)
    }
}
