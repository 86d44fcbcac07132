/// Splits one JSON object as it arrives, so that a document larger than memory can be read: whole members, and the
/// items of members that are arrays one by one.
package struct JSONSplitter: Sendable {
    package enum Piece: Sendable, Hashable {
        /// A member of the document that is not an array.
        case member(String, JSON)
        /// An item of the array that is the member of that name.
        case item(String, JSON)
    }

    /// Why the text is not a JSON object.
    package struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    private enum Place {
        case start, beforeFirstName, beforeName, inName, beforeColon, beforeValue, inValue, beforeFirstItem, beforeItem,
            inItem, afterItem, afterValue, end
    }

    /// The deepest nesting of a member or an item: less than what is written, so that there is room to write it again.
    private static let depth = (JSON.maximumDepth + JSON.writtenDepth) / 2

    private let limit: Int
    private var place = Place.start
    private var name = ""
    private var bytes: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// - Parameter limit: bytes of one member or item.
    package init(limit: Int) { self.limit = limit }

    /// Whether the document is complete.
    package var isComplete: Bool { place == .end }

    /// Bytes that are held of the incomplete part.
    package var held: Int { bytes.capacity }

    /// Reads the next piece of the text.
    ///
    /// - Throws: ``Malformed``.
    package mutating func read(_ text: String, _ take: (Piece) throws -> Void) throws {
        for byte in text.utf8 { try read(byte, take) }
    }

    private mutating func read(_ byte: UInt8, _ take: (Piece) throws -> Void) throws {
        switch place {
        case .inName, .inValue, .inItem: return try readInside(byte, take)
        default: break
        }
        if byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { return }
        switch (place, byte) {
        case (.start, UInt8(ascii: "{")): place = .beforeFirstName
        case (.beforeFirstName, UInt8(ascii: "\"")), (.beforeName, UInt8(ascii: "\"")): begin(byte, .inName)
        case (.beforeColon, UInt8(ascii: ":")): place = .beforeValue
        case (.beforeValue, UInt8(ascii: "[")): place = .beforeFirstItem
        case (.beforeValue, _): begin(byte, .inValue)
        case (.beforeFirstItem, UInt8(ascii: "]")): place = .afterValue
        case (.beforeFirstItem, _), (.beforeItem, _): begin(byte, .inItem)
        case (.afterItem, UInt8(ascii: ",")): place = .beforeItem
        case (.afterItem, UInt8(ascii: "]")): place = .afterValue
        case (.afterValue, UInt8(ascii: ",")): place = .beforeName
        case (.afterValue, UInt8(ascii: "}")), (.beforeFirstName, UInt8(ascii: "}")): place = .end
        default:
            throw Malformed(description: "it is not a JSON object: unexpected '\(Character(Unicode.Scalar(byte)))'")
        }
    }

    private mutating func begin(_ byte: UInt8, _ next: Place) {
        place = next
        bytes = [byte]
        depth = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") ? 1 : 0
        isInString = byte == UInt8(ascii: "\"")
        isEscaped = false
    }

    /// A number or a literal name ends at the byte after it; any other value ends with its own last byte.
    private mutating func readInside(_ byte: UInt8, _ take: (Piece) throws -> Void) throws {
        if depth == 0, !isInString {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0a, 0x0d, 0x09:
                try finish(take)
                return try read(byte, take)
            default: break
            }
        }
        guard bytes.count < limit else { throw Malformed(description: "a part of it is larger than \(limit >> 20) MB") }
        bytes.append(byte)
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
                if depth == 0 { try finish(take) }
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 0 { try finish(take) }
        default: break
        }
    }

    private mutating func finish(_ take: (Piece) throws -> Void) throws {
        let json: JSON
        do { json = try JSON(parsing: bytes, depth: Self.depth) } catch {
            throw Malformed(description: "a part of it, '\(name)', is not JSON: \(error)")
        }
        bytes = []
        switch place {
        case .inName:
            name = json.string ?? ""
            place = .beforeColon
        case .inValue:
            place = .afterValue
            try take(.member(name, json))
        default:
            place = .afterItem
            try take(.item(name, json))
        }
    }
}
