internal import CPostgres

/// Where a database is, in libpq's language: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`, or `key=value` pairs.
package struct PostgresAddress: Sendable, Hashable {
    /// As it was given, with its password.
    let text: String
    /// How the connection is to be encrypted, in libpq's words; stands before ``text``, which overrules it.
    let encryption: String
    /// Settings of the server that the address asks for, in the form `-c name=value`.
    let options: String
    /// Whether a host beyond this machine may be talked to without checking who it is.
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
                    "The address of the database cannot be read (\(Self.safe(problem, in: text))); write it as postgres://USER@HOST:PORT/DATABASE."
            )
        }
        let given = pq.values(parsed)
        let options = pq.values(pq.PQconndefaults()).merging(given) { _, new in new }
        self.text = text
        self.isInsecure = isInsecure
        self.client = client
        self.options = options["options"] ?? ""
        name = Self.name(options)
        // What libpq does when nothing is said, `prefer`, checks nothing.
        let asked = options["sslmode"].flatMap { $0 == "prefer" && given["sslmode"] == nil ? nil : $0 }
        encryption = asked ?? (isInsecure || Self.isLocal(options) ? "prefer" : "verify-full")
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
                "\(Self.name(options)) is on another machine and would be talked to with sslmode=\(options["sslmode"] ?? "prefer"), which does not check who it is; use sslmode=verify-full with sslrootcert, or --store-insecure."
        )
    }

    /// Whether all of it stays on this machine: sockets of Unix, and addresses of loopback.
    private static func isLocal(_ options: [String: String]) -> Bool {
        let hosts = [options["hostaddr"], options["host"]].lazy.compactMap { $0 }.first { !$0.isEmpty } ?? ""
        return hosts.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { host in
            host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost" || host == "::1"
                || host.hasPrefix("127.") && host.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        }
    }

    private static func name(_ options: [String: String]) -> String {
        let host = [options["host"], options["hostaddr"]].lazy.compactMap { $0 }.first { !$0.isEmpty } ?? "localhost"
        let port = options["port"].map { $0 == "5432" ? "" : ":\($0)" } ?? ""
        return "postgres://\(host)\(port)/\(options["dbname"] ?? options["user"] ?? "")"
    }

    /// libpq's words; nothing of them when they repeat the address, which has a password.
    private static func safe(_ problem: UnsafeMutablePointer<CChar>?, in text: String) -> String {
        guard let problem else { return "it holds U+0000" }
        let words = String(cString: problem).split(separator: "\n").joined(separator: " ")
        let quoted = words.split(separator: "\"").dropFirst().first ?? ""
        return quoted.utf8.count > 3 && text.contains(quoted) && !quoted.hasPrefix("ssl")
            ? "a part of it is not as libpq wants it" : words
    }
}
