/// A place in a JSON document (RFC 6901).
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    public var pieces: [String]

    public init(_ pieces: [String] = []) { self.pieces = pieces }

    /// Reads `/a/b~1c/0`; `nil` when it neither is empty nor starts with `/`, or holds a stray `~`.
    public init?(parsing text: String) {
        guard text.isEmpty || text.hasPrefix("/") else { return nil }
        pieces = []
        if text.isEmpty { return }
        for raw in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let piece = Self.unescape(raw) else { return nil }
            pieces.append(piece)
        }
    }

    public var description: String {
        pieces.reduce(into: "") { text, piece in
            text += "/"
            text += Self.isPlain(piece) ? piece : piece.replacing("~", with: "~0").replacing("/", with: "~1")
        }
    }

    /// Whether a piece stands for itself, as nearly all do.
    private static func isPlain(_ piece: String) -> Bool {
        piece.utf8.allSatisfy { $0 != UInt8(ascii: "~") && $0 != UInt8(ascii: "/") }
    }

    package func appending(_ piece: String) -> JSONPointer { JSONPointer(pieces + [piece]) }

    private static func unescape(_ raw: Substring) -> String? {
        guard raw.contains("~") else { return String(raw) }
        var text = ""
        var rest = raw[...]
        while let character = rest.popFirst() {
            guard character == "~" else {
                text.append(character)
                continue
            }
            switch rest.popFirst() {
            case "0": text.append("~")
            case "1": text.append("/")
            default: return nil
            }
        }
        return text
    }
}
