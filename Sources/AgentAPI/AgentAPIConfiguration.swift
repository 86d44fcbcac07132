package import WebSocket

/// Whom the agent API lets in, and how much of what clients send it takes.
package struct AgentAPIConfiguration: Sendable {
    /// The address that the server listens on, which ``checkPage(_:host:)`` compares `Host` with.
    package var host = "127.0.0.1"
    package var keys = APIKeys([])
    /// Origins of web pages that may connect, such as `https://example.com`; `*` for all.
    package var origins: [String] = []
    /// Names by which a server on loopback without keys may be asked for, beside those of loopback itself; see
    /// ``checkPage(_:host:)``.
    package var hosts: [String] = []
    /// The largest body and WebSocket message, in bytes.
    package var maximumBody = 10 << 20
    package var limits = HTTPLimits()
    /// Bytes of bodies that arrive or are handled at the same time; more are refused with 503.
    package var bodiesAtOnce = 256 << 20
    /// Of hooks and turns, for each key, or each address where there is none.
    package var rate: Rate?
    /// Between pings of a chat's WebSocket.
    package var pingInterval: Duration = .seconds(30)
    /// Delays the answers to wrong keys and tokens.
    package let wrongTries = WrongTries()

    package init() {}

    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
