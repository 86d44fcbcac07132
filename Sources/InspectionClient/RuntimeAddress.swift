internal import Foundation

/// Where a runtime is: `ws://HOST:PORT`, or with TLS `wss://HOST:PORT`.
package struct RuntimeAddress: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: Int
    /// Whether the connection is encrypted.
    package let isSecure: Bool

    package init(host: String, port: Int, isSecure: Bool = false) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }

    /// Reads `ws://host:port`, with or without the scheme, the port 3000 by default; and `wss://host:port`, 443 by
    /// default.
    ///
    /// - Throws: ``Problem`` that says what is wrong.
    package init(parsing text: String) throws(Problem) {
        let isSecure = text.hasPrefix("wss://") || text.hasPrefix("https://")
        var rest = text[...]
        for scheme in ["ws://", "http://", "wss://", "https://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
        }
        rest = rest.prefix { $0 != "/" }
        let isBracketed = rest.hasPrefix("[")
        let split = isBracketed ? rest.range(of: "]:")?.lowerBound : rest.lastIndex(of: ":")
        var host = split.map { rest[..<$0] } ?? rest
        let portText = split.map { rest[rest.index($0, offsetBy: isBracketed ? 2 : 1)...] }
        if isBracketed { host = host.dropFirst() }
        if host.hasSuffix("]") { host = host.dropLast() }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { throw Self.wrong(text) }
        let standard = isSecure ? 443 : 3000
        guard let port = portText.map({ Int($0) }) ?? standard, (1...65_535).contains(port) else {
            throw Self.wrong(text)
        }
        self.init(host: String(host), port: port, isSecure: isSecure)
    }

    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    private static func wrong(_ text: String) -> Problem {
        Problem(description: "'\(text)' is not an address; write ws://HOST:PORT, such as ws://127.0.0.1:3000.")
    }

    package var description: String {
        (isSecure ? "wss://" : "ws://") + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
