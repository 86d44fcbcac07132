/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, as a phrase.
    public var problem: String
    /// The byte at which it is wrong, counted from 0.
    public var offset: Int

    public var description: String { "\(problem) at byte \(offset)" }
}

extension JSON {
    /// The deepest nesting that is accepted from outside; more is refused, since it could exhaust the stack.
    public static let maximumDepth = 192
    /// The deepest nesting that is read of what this project has written: a value from outside is nested in an event,
    /// and the event in a capsule or an answer.
    package static let writtenDepth = 256
    /// The most values that one text from outside may have: in memory each takes much more than its bytes.
    public static let maximumValues = 250_000

    /// Reads one JSON text (RFC 8259). Of members with the same name the last one counts.
    ///
    /// - Throws: ``JSONError`` with the offset of the first byte that is wrong.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: text, depth: Self.maximumDepth)
    }

    /// Reads one JSON text from UTF-8 bytes.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        try self.init(parsing: bytes, depth: Self.maximumDepth)
    }

    /// Reads one JSON text whose outermost object repeats no member, so that every reader finds the same values in it.
    package init(parsing bytes: [UInt8], withoutRepeatedMembers: Void) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, maximumDepth: Self.maximumDepth, maximumValues: Self.maximumValues)
        parser.takesRepeatedMembers = false
        self = try parser.document()
    }

    /// - Parameter depth: the deepest nesting that is read; at most ``writtenDepth``.
    package init(parsing text: String, depth: Int) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), depth: depth)
    }

    package init(parsing bytes: [UInt8], depth: Int) throws(JSONError) {
        var parser = JSONParser(
            bytes: bytes,
            maximumDepth: depth,
            maximumValues: depth > Self.maximumDepth ? .max : Self.maximumValues
        )
        self = try parser.document()
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let maximumDepth: Int
    let maximumValues: Int
    /// Whether the outermost object may name a member twice.
    var takesRepeatedMembers = true
    var at = 0
    var values = 0

    mutating func document() throws(JSONError) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw error("unexpected text after the value") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < maximumDepth else { throw error("nested deeper than \(maximumDepth)") }
        values += 1
        guard values <= maximumValues else { throw error("more than \(maximumValues) values") }
        skipSpace()
        guard at < bytes.count else { throw error("unexpected end") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("unexpected character")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        at += 1
        var members = JSON.Object()
        if takes(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw error("expected a member name") }
            let name = try string()
            guard takes(UInt8(ascii: ":")) else { throw error("expected ':'") }
            if !takesRepeatedMembers, depth == 0, members[name] != nil {
                throw error("repeated member '\(name.prefix(bytes: 40))'")
            }
            members.set(name, try value(depth: depth + 1))
            if takes(UInt8(ascii: ",")) { continue }
            guard takes(UInt8(ascii: "}")) else { throw error("expected ',' or '}'") }
            return .object(members)
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        at += 1
        var items: [JSON] = []
        if takes(UInt8(ascii: "]")) { return .array(items) }
        while true {
            items.append(try value(depth: depth + 1))
            if takes(UInt8(ascii: ",")) { continue }
            guard takes(UInt8(ascii: "]")) else { throw error("expected ',' or ']'") }
            return .array(items)
        }
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        // The highest bit is set when one of them is not ASCII.
        var all: UInt8 = 0
        at = bytes.withUnsafeBufferPointer { bytes in
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\\"),
                bytes[end] >= 0x20
            {
                all |= bytes[end]
                end += 1
            }
            return end
        }
        guard at < bytes.count else { throw error("string without an end") }
        if bytes[at] == UInt8(ascii: "\"") {
            defer { at += 1 }
            let slice = bytes[start..<at]
            // Validating takes much longer, and ASCII needs none.
            if all < 0x80 { return slice.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
            return try text(slice, from: start)
        }
        return try escapedString(from: start)
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var buffer = Array(bytes[start..<at])
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                return try text(buffer[...], from: start)
            case UInt8(ascii: "\\"): try escape(into: &buffer)
            case ..<0x20: throw error("control character in a string")
            default:
                buffer.append(bytes[at])
                at += 1
            }
        }
        throw error("string without an end")
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
        guard at + 1 < bytes.count else { throw error("string without an end") }
        let simple: UInt8? =
            switch bytes[at + 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes[at + 1]
            case UInt8(ascii: "b"): 0x08
            case UInt8(ascii: "f"): 0x0C
            case UInt8(ascii: "n"): 0x0A
            case UInt8(ascii: "r"): 0x0D
            case UInt8(ascii: "t"): 0x09
            default: nil
            }
        if let simple {
            buffer.append(simple)
            at += 2
        } else if bytes[at + 1] == UInt8(ascii: "u") {
            buffer.append(contentsOf: UTF8.encode(try escapedScalar()).map(Array.init) ?? [])
        } else {
            throw error("unknown escape")
        }
    }

    /// `\u` and four hexadecimal digits, or a surrogate pair. RFC 8259, section 8.2, leaves a lone surrogate to the receiver. It becomes U+FFFD:
    /// a Swift string cannot hold one, and senders such as JavaScript cut texts between the two halves of a pair.
    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try hexUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") {
            let before = at
            let second = try hexUnit()
            if (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
            {
                return scalar
            }
            at = before
        }
        return "\u{FFFD}"
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        guard at + 6 <= bytes.count,
            bytes[(at + 2)..<(at + 6)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: bytes[(at + 2)..<(at + 6)], as: UTF8.self), radix: 16)
        else { throw error("\\u needs four hexadecimal digits") }
        at += 6
        return unit
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = at
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let whole = digits()
        guard whole > 0 else { throw error("expected a digit") }
        guard whole == 1 || bytes[at - whole] != UInt8(ascii: "0") else { throw error("number with a leading zero") }
        var isWhole = true
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            isWhole = false
            guard digits() > 0 else { throw error("expected a digit") }
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            isWhole = false
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            guard digits() > 0 else { throw error("expected a digit") }
        }
        if isWhole, let value = Self.int(bytes[start..<at]) { return .int(value) }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw error("number out of range") }
        return value.description.isExactly(text) ? .double(value) : .literal(JSON.Literal(text: text))
    }

    /// The whole number that these digits are; `nil` when it is too large, or `-0`, which no `Int` can represent.
    private static func int(_ digits: ArraySlice<UInt8>) -> Int? {
        let isNegative = digits.first == UInt8(ascii: "-")
        var value = 0
        for digit in digits.dropFirst(isNegative ? 1 : 0) {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let number = Int(digit & 0x0F)
            let (sum, isOver) = product.addingReportingOverflow(isNegative ? -number : number)
            if isTooLarge || isOver { return nil }
            value = sum
        }
        return isNegative && value == 0 ? nil : value
    }

    private mutating func digits() -> Int {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        return at - start
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let length = word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { at + length <= bytes.count && bytes[at..<(at + length)].elementsEqual($0) }
        guard matches else { throw error("unexpected character") }
        at += length
        return value
    }

    private func text(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
        let text = slice.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        guard let text else { throw JSONError(problem: "invalid UTF-8 in a string", offset: start) }
        return text
    }

    private mutating func takes(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func skipSpace() {
        while at < bytes.count, isSpace(bytes[at]) { at += 1 }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private func error(_ problem: String) -> JSONError { JSONError(problem: problem, offset: at) }
}
