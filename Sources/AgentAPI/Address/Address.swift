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
        let query: Substring?
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = target[target.utf8.index(after: mark)...]
        } else {
            path = target
            query = nil
        }
        // Bytes of the head that are not UTF-8 have become U+FFFD.
        guard path.isUTF8 else { throw .addressInvalid(path[...]) }
        var pieces = Self.pieces(of: path)
        if path.utf8.contains(UInt8(ascii: "%")) {
            for (index, piece) in pieces.enumerated() { pieces[index] = try Self.decode(piece) }
        }
        self.pieces = pieces
        self.query =
            try query.map { query throws(APIError) in
                try FormURLEncoded.fields(of: query, limit: Self.maximumFields) { .tooManyFields("The query", $0) }
            } ?? []
    }

    /// The session ids that the query names.
    var sessionPlaces: [NamedSession] {
        query.filter { $0.name.isExactly("sessionId") || $0.name.isExactly("session_id") }
            .map { NamedSession(name: "query \($0.name)", id: $0.value) }
    }

    /// The first value of that name that is not empty.
    package func query(_ name: String) -> String? {
        query.first { $0.name.isExactly(name) && !$0.value.isEmpty }?.value
    }

    private static func pieces(of path: String) -> [String] {
        var path = path
        return path.withUTF8 { bytes in
            bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Percent-decodes a piece of the path; it names agents, hooks and sessions, so a broken escape is refused.
    private static func decode(_ text: String) throws(APIError) -> String {
        guard hasWholeEscapes(text),
            let decoded = String(
                validating: PercentEncoding.decoded(text.utf8, plusIsSpace: false),
                as: UTF8.self
            )
        else { throw .addressInvalid(text[...]) }
        return decoded
    }

    private static func hasWholeEscapes(_ text: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst().allSatisfy {
            $0.prefix(2).count == 2 && $0.prefix(2).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        }
    }
}
