package import HTTPTypes
internal import SessionModel

extension AgentAPIConfiguration {
    func allows(origin: String) -> Bool { origins.contains("*") || origins.containsExactly(origin) }

    /// Refuses a request that a web page may have sent without permission.
    ///
    /// A browser names the requesting page in `Origin` (RFC 6454); one that is not allowed is refused on every path. If
    /// clients on this machine need no key, that is not enough: a page whose name resolves to this machine (DNS
    /// rebinding) has the server's own origin, and a link or an image sends no `Origin`. In that case `Host` must be a
    /// name of this machine, and what `Sec-Fetch-Site` (W3C Fetch Metadata) marks as another site's is refused.
    ///
    /// - Parameter host: as the request names the server (RFC 9110, section 7.2).
    /// - Throws: ``APIError`` `host_not_allowed`, `origin_forbidden`.
    package func checkPage(_ fields: HTTPFields, host: String?) throws(APIError) {
        if letsAllIn, !isHome(host ?? "") { throw .hostNotAllowed(host ?? "") }
        if let origin = fields[.origin] {
            let isOwn = host.map { origin.isExactly("http://\($0)") || origin.isExactly("https://\($0)") } ?? false
            guard isOwn || allows(origin: origin) else { throw .originForbidden(origin) }
        } else if letsAllIn, let site = fields[.fetchSite], site.isExactly("cross-site") || site.isExactly("same-site")
        {
            throw .originForbidden("another site")
        }
    }

    /// Refuses untyped and plain-text bodies, which a page can send without a CORS preflight.
    ///
    /// - Throws: ``APIError`` `media_type_unsupported`.
    func checkType(_ type: String, of bytes: [UInt8]) throws(APIError) {
        guard letsAllIn, !bytes.isEmpty, type.isEmpty || type.isExactly("text/plain") else { return }
        throw .mediaType(type)
    }

    /// Whether clients on this machine need no key.
    var letsAllIn: Bool { isLoopback && keys.isEmpty }

    /// Whether a `Host` is a name of this machine's loopback, the listening address, or one that is allowed.
    private func isHome(_ host: String) -> Bool {
        let name = Self.name(of: host).lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]" || Self.isLoopback(address: name) {
            return true
        }
        return ([self.host] + hosts).contains { allowed in
            let allowed = allowed.lowercased()
            return allowed.isExactly(name) || allowed.isExactly(host.lowercased()) || "[\(allowed)]".isExactly(name)
        }
    }

    /// Without the port.
    private static func name(of host: String) -> String {
        guard host.utf8.count <= 300 else { return "" }
        let end = host.lastIndex(of: "]").map { host.index(after: $0) } ?? host.firstIndex(of: ":") ?? host.endIndex
        let port = host[end...]
        // Nothing, or a colon and digits (RFC 3986, section 3.2.3).
        guard port.isEmpty || (port.first == ":" && port.dropFirst().utf8.allSatisfy { (48...57).contains($0) }) else {
            return ""
        }
        return String(host[..<end])
    }

    /// Whether it is an IPv4 address of 127.0.0.0/8.
    private static func isLoopback(address: String) -> Bool {
        let pieces = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return pieces.count == 4 && !pieces.contains(nil) && pieces[0] == 127
    }
}
