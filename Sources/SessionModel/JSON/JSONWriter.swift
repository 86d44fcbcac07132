extension JSON: CustomStringConvertible {
    /// The value as compact JSON text.
    public var description: String { text }

    /// The value as compact JSON text.
    public var text: String { JSONText.text { write(to: &$0) } }

    /// The value as compact JSON text in UTF-8.
    public var bytes: [UInt8] { JSONText.bytes { write(to: &$0) } }

    /// The value over several lines, two spaces a level.
    public var pretty: String { JSONText.text { write(to: &$0, indent: 0) } }

    func write(to text: inout JSONText) {
        switch self {
        case .array(let items):
            text.add(UInt8(ascii: "["))
            items.withUnsafeBufferPointer { items in
                for index in items.indices {
                    if index > 0 { text.add(UInt8(ascii: ",")) }
                    items[index].write(to: &text)
                }
            }
            text.add(UInt8(ascii: "]"))
        case .object(let object):
            text.add(UInt8(ascii: "{"))
            var isFirst = true
            object.members.withUnsafeBufferPointer { members in
                for index in members.indices {
                    guard let value = members[index].value else { continue }
                    if !isFirst { text.add(UInt8(ascii: ",")) }
                    isFirst = false
                    text.add(quoted: members[index].name)
                    text.add(UInt8(ascii: ":"))
                    value.write(to: &text)
                }
            }
            text.add(UInt8(ascii: "}"))
        case .bool(let value): text.add(value)
        case .int(let value): text.add(value)
        case .double(let value): text.add(value)
        case .literal(let value): text.add(plain: value.text)
        case .string(let value): text.add(quoted: value)
        case .null: text.add(plain: "null")
        }
    }

    private func write(to text: inout JSONText, indent: Int) {
        switch self {
        case .array(let items) where !items.isEmpty:
            text.add(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { text.add(UInt8(ascii: ",")) }
                text.addLine(indent: (indent + 1) * 2)
                item.write(to: &text, indent: indent + 1)
            }
            text.addLine(indent: indent * 2)
            text.add(UInt8(ascii: "]"))
        case .object(let members) where !members.isEmpty:
            text.add(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.add(UInt8(ascii: ",")) }
                text.addLine(indent: (indent + 1) * 2)
                text.add(quoted: member.name)
                text.add(plain: ": ")
                member.value.write(to: &text, indent: indent + 1)
            }
            text.addLine(indent: indent * 2)
            text.add(UInt8(ascii: "}"))
        default: write(to: &text)
        }
    }

    /// Upper bound on the bytes of ``text``: what it takes on the wire.
    package var textSize: Int {
        switch self {
        case .string(let text): JSON.quotedSize(text)
        case .array(let items): items.reduce(2) { $0 + $1.textSize + 1 }
        case .object(let members): members.reduce(2) { $0 + JSON.quotedSize($1.name) + $1.value.textSize + 2 }
        // No number of these is written longer.
        case .int, .double: 24
        case .literal(let number): number.text.utf8.count
        case .bool, .null: 5
        }
    }

    /// Whether ``textSize`` is larger than that; stops as soon as it is.
    package func takes(moreThan limit: Int) -> Bool {
        var left = limit
        return !fits(&left)
    }

    /// Subtracts the bytes that it needs from `left`; returns whether there were enough.
    private func fits(_ left: inout Int) -> Bool {
        switch self {
        case .string(let text): return JSON.fits(text, &left)
        case .array(let items):
            left -= 2
            return left >= 0
                && items.allSatisfy {
                    left -= 1
                    return $0.fits(&left)
                }
        case .object(let members):
            left -= 2
            return left >= 0
                && members.allSatisfy {
                    left -= 2
                    return JSON.fits($0.name, &left) && $0.value.fits(&left)
                }
        default:
            left -= textSize
            return left >= 0
        }
    }

    private static func fits(_ text: String, _ left: inout Int) -> Bool {
        guard text.utf8.count <= left else { return false }
        left -= quotedSize(text)
        return left >= 0
    }

    /// Bytes of a text in quotes, with what has to be escaped.
    package static func quotedSize(_ text: String) -> Int {
        var copy = text
        return copy.withUTF8 { bytes in
            var size = bytes.count + 2
            for byte in bytes where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                size += escapedSize(byte) - 1
            }
            return size
        }
    }

    /// Bytes that a byte of UTF-8 takes in quotes.
    package static func escapedSize(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x0A, 0x0D, 0x09: 2
        case ..<0x20: 6
        default: 1
        }
    }
}
