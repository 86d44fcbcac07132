package import Inspection
package import WebSocket

/// How a server listens, and whom it lets in.
package struct ServerConfiguration: Sendable {
    package var host = "127.0.0.1"
    /// 0 takes a free one.
    package var port = 3000
    package var keys = APIKeys([])
    package var tokens: [InspectorToken] = []
    /// More of them, in a file.
    package var register: TokenRegister?
    /// How often it is looked whether the tokens of those who are connected are still there.
    package var registerPace: Duration = .seconds(5)
    /// With it connections are encrypted, and others are not taken.
    package var certificate: ServerCertificate?
    /// Origins of web pages that may connect, such as `https://example.com`; `*` for all.
    package var origins: [String] = []
    /// Names by which a server on loopback without keys may be asked for, beside those of loopback itself; see
    /// ``checkPage(_:host:)``.
    package var hosts: [String] = []
    /// The largest body and WebSocket message, in bytes.
    package var maximumBody = 10 << 20
    package var limits = HTTPLimits()
    /// Connections at once; others wait to be taken. By default as many as the process may open files, but for some that it
    /// needs itself.
    package var maximumConnections: Int = OpenFiles.connections
    /// Bytes of bodies that are on their way at the same time; more are refused with 503.
    package var bodiesAtOnce = 256 << 20
    /// Holds up those who show wrong keys or tokens.
    let wrongTries = WrongTries()
    /// Of hooks and turns, for each key, or each address where there is none.
    package var rate: Rate?
    package var pingInterval: Duration = .seconds(30)
    /// What is taken out of what goes to inspectors.
    package var redaction = Redaction()
    /// Shown to inspectors.
    package var node = "local"

    package init() {}

    /// Where it is reached, with the port that was taken.
    func address(port: Int) -> String {
        "\(certificate == nil ? "http" : "https")://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}

extension ServerConfiguration {
    /// Whose token a secret is.
    func token(of secret: String) -> InspectorToken? {
        tokens.filter { $0.matches(secret) }.first ?? register?.token(of: secret)
    }

    /// Whether inspectors have tokens to show.
    var hasTokens: Bool { !tokens.isEmpty || (try? register?.entries())?.isEmpty == false }
}
