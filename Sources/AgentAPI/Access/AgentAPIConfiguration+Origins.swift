package import NIOHTTP1
internal import SessionModel
internal import WebSocket

extension AgentAPIConfiguration {
    func allows(origin: String) -> Bool { origins.contains("*") || origins.containsExactly(origin) }

    /// Refuses a request that a web page may have sent without permission.
    ///
    /// A browser names the requesting page in `Origin` (RFC 6454); one that is not allowed is refused on every path. If
    /// clients on this machine need no key, that is not enough: a page whose name resolves to this machine (DNS
    /// rebinding) has the server's own origin, and a link or an image sends no `Origin`. In that case `Host` must be a
    /// name of this machine, and what `Sec-Fetch-Site` (W3C Fetch Metadata) marks as another site's is refused.
    ///
    /// - Throws: ``APIError`` `host_not_allowed`, `origin_forbidden`.
    package func checkPage(_ fields: HTTPHeaders) throws(APIError) {
        // How the request names the server (RFC 9110, section 7.2).
        let host = fields.first(name: "host")
        if letsAllIn, !isHome(host ?? "") { throw .hostNotAllowed(host ?? "") }
        if let origin = fields.value(of: "origin") {
            let isOwn = host.map { origin.isExactly("http://\($0)") || origin.isExactly("https://\($0)") } ?? false
            guard isOwn || allows(origin: origin) else { throw .originForbidden(origin) }
        } else if letsAllIn, let site = fields.value(of: "sec-fetch-site"),
            site.isExactly("cross-site") || site.isExactly("same-site")
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
        if Self.isLoopback(host) { return true }
        let name = Self.name(of: host).lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]" { return true }
        return ([self.host] + hosts).contains { allowed in
            let allowed = allowed.lowercased()
            return allowed.isExactly(name) || allowed.isExactly(host.lowercased()) || "[\(allowed)]".isExactly(name)
        }
    }

    /// Without the port.
    private static func name(of host: String) -> String {
        let bytes = host.utf8
        guard bytes.count <= 300 else { return "" }
        let end =
            bytes.lastIndex(of: UInt8(ascii: "]")).map { bytes.index(after: $0) }
            ?? bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        return isPort(bytes[end...]) ? String(host[..<end]) : ""
    }

    /// Whether it is nothing, or a colon and digits (RFC 3986, section 3.2.3).
    private static func isPort(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.isEmpty || (bytes.first == UInt8(ascii: ":") && bytes.dropFirst().allSatisfy { (48...57).contains($0) })
    }

    /// Whether it is an IPv4 address of 127.0.0.0/8, four numbers up to 255, with or without a port.
    private static func isLoopback(_ host: String) -> Bool {
        guard host.utf8.count <= 300, host.utf8.starts(with: "127.".utf8) else { return false }
        var host = host
        return host.withUTF8 { bytes in
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            return isLoopback(bytes[..<end]) && isPort(bytes[end...])
        }
    }

    private static func isLoopback(_ address: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var (numbers, digits, number) = (1, 0, 0)
        for byte in address {
            switch byte {
            case UInt8(ascii: "."):
                guard digits > 0 else { return false }
                (numbers, digits, number) = (numbers + 1, 0, 0)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                (digits, number) = (digits + 1, number * 10 + Int(byte - UInt8(ascii: "0")))
                guard number <= 255, digits <= 3 else { return false }
            default: return false
            }
        }
        return numbers == 4 && digits > 0
    }
}
