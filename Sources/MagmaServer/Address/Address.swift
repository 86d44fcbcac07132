/// A request's path and query, decoded.
struct Address: Sendable {
    /// The path's pieces, percent-decoded, without empty ones.
    let pieces: [String]
    /// In the order of the address; a name may come more than once.
    let query: [(name: String, value: String)]
    let path: String

    /// - Throws: ``APIError`` `address_invalid` when an escape is broken or does not give UTF-8.
    init(_ target: String) throws(APIError) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        var pieces: [String] = []
        for piece in parts[0].split(separator: "/") { pieces.append(try Self.decode(piece, plusIsSpace: false)) }
        self.pieces = pieces
        query = parts.count == 2 ? try Self.pairs(parts[1]) : []
    }

    /// The first value of that name that is not empty.
    func query(_ name: String) -> String? { query.first { $0.name == name && !$0.value.isEmpty }?.value }

    /// Name and value pairs as forms and queries write them (`application/x-www-form-urlencoded`).
    static func pairs(_ text: Substring) throws(APIError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decode(sides[0], plusIsSpace: true)
            pairs.append((name, sides.count == 2 ? try decode(sides[1], plusIsSpace: true) : ""))
        }
        return pairs
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
