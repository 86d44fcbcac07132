/// Why PostgreSQL did not do something.
package struct PostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The five characters of SQLSTATE, or one of the constants below.
    package var code: String
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(message) (\(code))" }

    /// The connection broke: what was sent last may have been done or not.
    package static let lost = "lost"
    /// libpq is not installed.
    package static let noLibrary = "libpq"
    /// The address cannot be read, or asks for less encryption than its host needs.
    package static let badAddress = "address"

    /// Whether the same may be tried again, on this connection or another one: the server goes away, has too many
    /// connections, or chose this transaction as the one of a deadlock that ends.
    package var isPassing: Bool {
        switch code {
        case Self.lost, "40P01", "40001", "57P01", "57P02", "57P03", "53300": true
        default: code.hasPrefix("08")
        }
    }
}
