internal import SessionModel

/// A request's path and query, decoded.
package struct Address: Sendable {
    /// The path's pieces, percent-decoded, without empty ones.
    let pieces: [String]
    /// In the order in which they were sent; a name may occur more than once.
    let query: [(name: String, value: String)]
    package let path: String

    /// Maximum fields of a query.
    static let maximumFields = 1000

    /// - Throws: ``APIError`` `address_invalid` when an escape of the path is broken or does not give UTF-8, `fields_too_many`.
    package init(_ target: String) throws(APIError) {
        let (path, query) = Self.halves(target[...], at: "?")
        // Bytes of the head that are not UTF-8 have become U+FFFD.
        guard String(path).isUTF8 else { throw .addressInvalid(path) }
        self.path = String(path)
        var pieces: [String] = []
        pieces.reserveCapacity(6)
        for piece in path.utf8.split(separator: UInt8(ascii: "/")) {
            pieces.append(try Self.decode(Substring(piece)))
        }
        self.pieces = pieces
        self.query = try FormURLEncoded.fields(of: query ?? "", limit: Self.maximumFields) {
            .tooManyFields("The query", $0)
        }
    }

    /// The first value of that name that is not empty.
    package func query(_ name: String) -> String? {
        query.first { $0.name.isExactly(name) && !$0.value.isEmpty }?.value
    }

    /// The text before and after the first `sign`; the second part is `nil` when there is no such sign.
    private static func halves(_ text: Substring, at sign: Unicode.Scalar) -> (Substring, Substring?) {
        guard let place = text.utf8.firstIndex(of: UInt8(ascii: sign)) else { return (text, nil) }
        return (text[..<place], text[text.utf8.index(after: place)...])
    }

    /// Percent-decodes a piece of the path; it names agents, hooks and sessions, so a broken escape is refused.
    private static func decode(_ text: Substring) throws(APIError) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        guard hasWholeEscapes(text),
            let decoded = String(
                validating: PercentEncoding.decoded(text.utf8, plusIsSpace: false),
                as: UTF8.self
            )
        else { throw .addressInvalid(text) }
        return decoded
    }

    private static func hasWholeEscapes(_ text: Substring) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst().allSatisfy {
            $0.prefix(2).count == 2 && $0.prefix(2).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        }
    }
}
