package import AgentAPI
internal import Foundation
package import InspectionServer
internal import MagmaRuntime
internal import SessionModel

/// Where a server listens, and how its two sides are set up.
package struct ServerConfiguration: Sendable {
    /// 0 takes a free one.
    package var port = 3000
    /// With it connections are encrypted, and others are not taken.
    package var certificate: ServerCertificate?
    /// How other processes on the same store reach this one, such as `https://10.0.0.5:3000`; on loopback by default where it
    /// listens.
    package var advertised: String?
    /// Whether they may do so without TLS, beyond loopback.
    package var isClusterPlain = false
    /// Connections at once; others wait to be accepted. By default as many as the process may open files, less some that it
    /// needs itself.
    package var maximumConnections: Int = OpenFiles.connections
    package var api = AgentAPIConfiguration()
    package var inspection = InspectionConfiguration()

    package init() {}

    package var host: String {
        get { api.host }
        set { api.host = newValue }
    }

    /// How others on the same store reach it; `nil` when nobody has said it.
    func advertised(port: Int) -> String? { advertised ?? (api.isLoopback ? address(port: port) : nil) }

    /// Where it is reached, with the port that was taken.
    func address(port: Int) -> String {
        "\(certificate == nil ? "http" : "https")://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }
}

extension ServerConfiguration {
    /// - Throws: ``RuntimeError`` `advertise_invalid`.
    func checkAdvertised() throws {
        guard let advertised else { return }
        let url = URLComponents(string: advertised)
        guard let url, let host = url.host, !host.isEmpty, url.scheme == "http" || url.scheme == "https",
            url.path.isEmpty, url.query == nil
        else {
            throw RuntimeError(
                .malformed,
                "advertise_invalid",
                "--advertise must be an address such as https://10.0.0.5:3000, not '\(advertised.prefix(bytes: 80))'."
            )
        }
        let isLocal = host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
        guard isLocal || url.scheme == "https" || isClusterPlain else {
            throw RuntimeError(
                .malformed,
                "advertise_invalid",
                "Other runtimes would send messages to \(advertised) without TLS; name a certificate with --tls-cert and an https address, or allow it with --cluster-plain."
            )
        }
    }
}
