/// Decodes UTF-8 byte by byte into scalars. Invalid bytes become U+FFFD, one for each maximal subpart, as the
/// Unicode standard advises (section 3.9) and `String(decoding:as:)` does.
struct UTF8Reader: Sendable {
    private var value: UInt32 = 0
    /// Bytes that are still to come.
    private var left = 0
    /// What the next of them may be.
    private var range: ClosedRange<UInt8> = 0x80...0xBF

    mutating func read(_ byte: UInt8) -> [Unicode.Scalar] {
        guard left > 0 else { return begin(byte) }
        guard range.contains(byte) else {
            left = 0
            return ["\u{FFFD}"] + begin(byte)
        }
        value = value << 6 | UInt32(byte & 0x3F)
        range = 0x80...0xBF
        left -= 1
        guard left == 0 else { return [] }
        return [Unicode.Scalar(value) ?? "\u{FFFD}"]
    }

    private mutating func begin(_ byte: UInt8) -> [Unicode.Scalar] {
        range = 0x80...0xBF
        switch byte {
        case 0..<0x80: return [Unicode.Scalar(byte)]
        case 0xC2...0xDF: (left, value) = (1, UInt32(byte & 0x1F))
        case 0xE0...0xEF:
            (left, value) = (2, UInt32(byte & 0x0F))
            if byte == 0xE0 { range = 0xA0...0xBF }
            if byte == 0xED { range = 0x80...0x9F }
        case 0xF0...0xF4:
            (left, value) = (3, UInt32(byte & 0x07))
            if byte == 0xF0 { range = 0x90...0xBF }
            if byte == 0xF4 { range = 0x80...0x8F }
        default: return ["\u{FFFD}"]
        }
        return []
    }
}
