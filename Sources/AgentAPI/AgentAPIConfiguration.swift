package import WebSocket

/// Which clients the agent API admits, and limits on what they send.
package struct AgentAPIConfiguration: Sendable {
    /// The address that the server listens on, which ``checkPage(_:host:)`` compares `Host` with.
    package var host = "127.0.0.1"
    package var keys = APIKeys([])
    /// Origins of web pages that may connect, such as `https://example.com`; `*` for all.
    package var origins: [String] = []
    /// Extra `Host` names that a server on loopback without keys accepts, besides those of loopback itself; see
    /// ``checkPage(_:host:)``.
    package var hosts: [String] = []
    /// The largest body and WebSocket message, in bytes.
    package var maximumBody = 10 << 20
    package var limits = HTTPLimits()
    /// Maximum total bytes of request bodies in flight; more are refused with 503.
    package var bodiesAtOnce = 256 << 20
    /// Limit on hooks and turns, for each API key, or for each address when there are no keys; `nil` for no limit.
    package var rate: Rate?
    /// Time between pings on a chat's WebSocket.
    package var pingInterval: Duration = .seconds(30)
    /// Delays the answers to wrong keys and tokens.
    package let wrongTries = WrongTries()

    package init() {}

    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
