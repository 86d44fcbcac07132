internal import SessionModel

/// A request's path and query, decoded.
struct Address: Sendable {
    /// The path's pieces, percent-decoded, without empty ones.
    let pieces: [String]
    /// In the order of the address; a name may come more than once.
    let query: [(name: String, value: String)]
    let path: String

    /// Fields of a query.
    static let maximumFields = 1000

    /// - Throws: ``APIError`` `address_invalid` when an escape is broken or does not give UTF-8, `fields_too_many`.
    init(_ target: String) throws(APIError) {
        // Bytes of the head that are no UTF-8 have become U+FFFD.
        guard target.isUTF8 else { throw .addressInvalid(target[...]) }
        let (path, query) = Self.halves(target[...], at: "?")
        self.path = String(path)
        var pieces: [String] = []
        pieces.reserveCapacity(6)
        for piece in path.utf8.split(separator: UInt8(ascii: "/")) {
            pieces.append(try Self.decode(Substring(piece), plusIsSpace: false))
        }
        self.pieces = pieces
        self.query = try Self.pairs(query ?? "", limit: Self.maximumFields) { .tooManyFields("The query", $0) }
    }

    /// The first value of that name that is not empty.
    func query(_ name: String) -> String? { query.first { $0.name.isExactly(name) && !$0.value.isEmpty }?.value }

    /// Name and value pairs as forms and queries write them (`application/x-www-form-urlencoded`).
    ///
    /// - Throws: ``APIError`` `address_invalid`, or `tooMany` for more than `limit` pairs.
    static func pairs(
        _ text: Substring,
        limit: Int,
        _ tooMany: (Int) -> APIError
    ) throws(APIError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < limit else { throw tooMany(limit) }
            let (name, value) = halves(Substring(pair), at: "=")
            pairs.append((try decode(name, plusIsSpace: true), try decode(value ?? "", plusIsSpace: true)))
        }
        return pairs
    }

    /// What stands before the first of that sign, and after it; `nil` when there is none.
    private static func halves(_ text: Substring, at sign: Unicode.Scalar) -> (Substring, Substring?) {
        guard let place = text.utf8.firstIndex(of: UInt8(ascii: sign)) else { return (text, nil) }
        return (text[..<place], text[text.utf8.index(after: place)...])
    }

    private static func decode(_ text: Substring, plusIsSpace: Bool) throws(APIError) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                    throw .addressInvalid(text)
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .addressInvalid(text) }
        return decoded
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
