/// A place in a JSON document (RFC 6901).
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    public var pieces: [String]

    public static func == (left: Self, right: Self) -> Bool {
        left.pieces.count == right.pieces.count && zip(left.pieces, right.pieces).allSatisfy { $0.isExactly($1) }
    }

    public func hash(into hasher: inout Hasher) { for piece in pieces { hasher.combine(ExactString(piece)) } }

    /// Whether it points to the same place as `other`, or to one inside it.
    func isInside(_ other: JSONPointer) -> Bool {
        pieces.count >= other.pieces.count && zip(pieces, other.pieces).allSatisfy { $0.isExactly($1) }
    }

    public init(_ pieces: [String] = []) { self.pieces = pieces }

    /// Reads `/a/b~1c/0`; `nil` when it neither is empty nor starts with `/`, or holds a stray `~`.
    public init?(parsing text: String) {
        pieces = []
        if text.isEmpty { return }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        for raw in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let piece = Self.unescape(raw) else { return nil }
            pieces.append(piece)
        }
    }

    public var description: String {
        var text: [UInt8] = []
        for piece in pieces {
            text.append(UInt8(ascii: "/"))
            guard !Self.isPlain(piece) else {
                text.append(contentsOf: piece.utf8)
                continue
            }
            for byte in piece.utf8 {
                switch byte {
                case UInt8(ascii: "~"): text.append(contentsOf: "~0".utf8)
                case UInt8(ascii: "/"): text.append(contentsOf: "~1".utf8)
                default: text.append(byte)
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a piece needs no escaping, as is nearly always the case.
    private static func isPlain(_ piece: String) -> Bool {
        piece.utf8.allSatisfy { $0 != UInt8(ascii: "~") && $0 != UInt8(ascii: "/") }
    }

    package func appending(_ piece: String) -> JSONPointer { JSONPointer(pieces + [piece]) }

    private static func unescape(_ raw: Substring.UTF8View) -> String? {
        guard raw.contains(UInt8(ascii: "~")) else { return String(Substring(raw)) }
        var text: [UInt8] = []
        var rest = raw
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                text.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): text.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): text.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
