/// How a connection was closed (RFC 6455, section 7.1.5).
package struct WebSocketClosure: Sendable, Hashable {
    package let code: Int
    package let reason: String

    package init(code: Int, reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// The connection ended without a close frame.
    package static let abnormal = WebSocketClosure(code: 1006)
    /// The peer's close frame had no code.
    static let withoutCode = WebSocketClosure(code: 1005)
}
