internal import CPostgres

/// Where a database is, in libpq's language: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`, or `key=value` pairs.
package struct PostgresAddress: Sendable, Hashable {
    /// As it was given, with its password.
    let text: String
    /// How the connection is to be encrypted, in libpq's words; stands before ``text``, which overrules it.
    let encryption: String
    /// Whether a host beyond this machine may be used without checking its certificate.
    let isInsecure: Bool
    /// What the server calls this program's connections, in `pg_stat_activity`.
    let client: String
    /// What it is called in messages: without user and password.
    package let name: String

    /// Reads an address. What it leaves out is taken from the environment (`PGHOST`, `PGUSER` …) as libpq does.
    ///
    /// A host beyond loopback must be checked by its certificate, `sslmode=verify-full`, which is the default for it.
    ///
    /// - Parameters:
    ///   - isInsecure: asks for no more encryption than libpq does.
    ///   - client: how the server lists the connections.
    /// - Throws: ``PostgresError`` `libpq`, `address`.
    package init(_ text: String, isInsecure: Bool = false, client: String = "seismo") throws(PostgresError) {
        let pq = try LibPQ.load()
        var problem: UnsafeMutablePointer<CChar>?
        guard !text.utf8.contains(0), let parsed = pq.PQconninfoParse(text, &problem) else {
            defer { pq.PQfreemem(problem) }
            throw PostgresError(
                code: PostgresError.badAddress,
                message:
                    "The address of the database cannot be read\(Self.safe(problem)); write it as postgres://USER@HOST:PORT/DATABASE."
            )
        }
        let given = pq.values(parsed)
        let options = pq.values(pq.PQconndefaults()).merging(given) { _, new in new }
        self.text = text
        self.isInsecure = isInsecure
        self.client = client
        name = Self.name(options)
        // What libpq does when nothing is said, `prefer`, checks nothing.
        let asked = options["sslmode"].flatMap { $0 == "prefer" && given["sslmode"] == nil ? nil : $0 }
        // A service file may name any host, and is read when the connection is opened.
        let isLocal = Self.isLocal(options) && (options["service"] ?? "").isEmpty
        encryption = asked ?? (isInsecure || isLocal ? "prefer" : "verify-full")
        // Before anything is sent there, such as a password.
        try check(options.merging(["sslmode": encryption]) { _, new in new })
    }

    /// - Parameter options: of a connection.
    /// - Throws: ``PostgresError`` `address` when it is less encrypted than its host needs.
    func check(_ options: [String: String]) throws(PostgresError) {
        guard !isInsecure, !Self.isLocal(options), options["sslmode"] != "verify-full" else { return }
        throw PostgresError(
            code: PostgresError.badAddress,
            message:
                "\(Self.name(options)) is on another machine and would be talked to with sslmode=\(options["sslmode"] ?? "prefer"), which does not check its certificate; use sslmode=verify-full with sslrootcert, or --store-insecure."
        )
    }

    /// Whether all of it stays on this machine: sockets of Unix, and addresses of loopback.
    private static func isLocal(_ options: [String: String]) -> Bool {
        func list(_ name: String) -> [Substring] {
            (options[name] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        }
        let (addresses, hosts) = (list("hostaddr"), list("host"))
        return (0..<max(addresses.count, hosts.count)).allSatisfy { index in
            // An address overrules the name in the same place.
            let address = index < addresses.count ? addresses[index] : ""
            let host = !address.isEmpty ? address : index < hosts.count ? hosts[index] : ""
            return host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost" || host == "::1"
                || host.hasPrefix("127.") && host.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        }
    }

    private static func name(_ options: [String: String]) -> String {
        let host = [options["host"], options["hostaddr"]].lazy.compactMap { $0 }.first { !$0.isEmpty } ?? "localhost"
        let port = options["port"].map { $0 == "5432" ? "" : ":\($0)" } ?? ""
        return "postgres://\(host)\(port)/\(options["dbname"] ?? options["user"] ?? "")"
    }

    /// libpq's words, where they name an option; others repeat a part of the address, in which a password may be.
    private static func safe(_ problem: UnsafeMutablePointer<CChar>?) -> String {
        let words = problem.map { String(cString: $0).split(separator: "\n").joined(separator: " ") } ?? ""
        let isOfOption = ["invalid URI query parameter: \"", "invalid connection option \""].contains {
            words.hasPrefix($0)
        }
        let isShort = words.utf8.count < 80 && !words.contains("@")
        return isOfOption && isShort ? " (\(words))" : ""
    }
}
