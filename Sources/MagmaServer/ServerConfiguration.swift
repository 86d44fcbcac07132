package import AgentAPI
package import InspectionServer

/// Where a server listens, and how its two sides are set up.
package struct ServerConfiguration: Sendable {
    /// 0 takes a free one.
    package var port = 3000
    /// With it connections are encrypted, and others are not taken.
    package var certificate: ServerCertificate?
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

    /// Where it is reached, with the port that was taken.
    func address(port: Int) -> String {
        "\(certificate == nil ? "http" : "https")://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }
}
