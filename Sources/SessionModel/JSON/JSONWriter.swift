extension JSON: CustomStringConvertible {
    /// The value as compact JSON text.
    public var description: String { text }

    /// The value as compact JSON text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The value as compact JSON text in UTF-8.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(128)
        write(into: &output)
        return output
    }

    /// The value over several lines, two spaces a level.
    public var pretty: String {
        var output: [UInt8] = []
        write(into: &output, indent: 0)
        return String(decoding: output, as: UTF8.self)
    }

    func write(into output: inout [UInt8]) {
        switch self {
        case .array(let items):
            output.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                item.write(into: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            var isFirst = true
            for member in members.members {
                guard let value = member.value else { continue }
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                JSON.quote(member.name, into: &output)
                output.append(UInt8(ascii: ":"))
                value.write(into: &output)
            }
            output.append(UInt8(ascii: "}"))
        default: writeScalar(into: &output)
        }
    }

    private func writeScalar(into output: inout [UInt8]) {
        switch self {
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): JSON.write(value, into: &output)
        case .double(let value): output.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        case .literal(let value): output.append(contentsOf: value.text.utf8)
        case .string(let value): JSON.quote(value, into: &output)
        default: output.append(contentsOf: "null".utf8)
        }
    }

    /// The digits of a whole number, without making a string of them.
    private static func write(_ number: Int, into output: inout [UInt8]) {
        if number < 0 { output.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var scale: UInt = 1
        while rest / scale > 9 { scale *= 10 }
        while scale > 0 {
            output.append(UInt8(ascii: "0") + UInt8(rest / scale))
            rest %= scale
            scale /= 10
        }
    }

    private func write(into output: inout [UInt8], indent: Int) {
        func line(_ level: Int) {
            output.append(UInt8(ascii: "\n"))
            output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
        }
        switch self {
        case .array(let items) where !items.isEmpty:
            output.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                line(indent + 1)
                item.write(into: &output, indent: indent + 1)
            }
            line(indent)
            output.append(UInt8(ascii: "]"))
        case .object(let members) where !members.isEmpty:
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                line(indent + 1)
                JSON.quote(member.name, into: &output)
                output.append(contentsOf: ": ".utf8)
                member.value.write(into: &output, indent: indent + 1)
            }
            line(indent)
            output.append(UInt8(ascii: "}"))
        default: write(into: &output)
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

    static func quote(_ text: String, into output: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes in
            output.append(UInt8(ascii: "\""))
            if isPlain(bytes) { output.append(contentsOf: bytes) } else { escape(bytes, into: &output) }
            output.append(UInt8(ascii: "\""))
        }
    }

    private static func escape(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
            case 0x0A: output.append(contentsOf: "\\n".utf8)
            case 0x0D: output.append(contentsOf: "\\r".utf8)
            case 0x09: output.append(contentsOf: "\\t".utf8)
            case ..<0x20:
                let digits = String(byte, radix: 16)
                output.append(contentsOf: (digits.utf8.count == 1 ? "\\u000" : "\\u00").utf8)
                output.append(contentsOf: digits.utf8)
            default: output.append(byte)
            }
        }
    }

    /// Whether nothing has to be escaped. Looks at eight bytes at once.
    private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let (ones, highBits): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            // The highest bit of a byte is set in these where the byte is below 0x20, or one of the two.
            let low = (word &- ones &* 0x20) & ~word
            let found = low | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
            if found & highBits != 0 { return false }
            index += 8
        }
        while index < raw.count {
            let byte = raw[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
            index += 1
        }
        return true
    }
}
