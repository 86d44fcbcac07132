extension JSON {
    /// A number that is kept as it was written, since neither `Int` nor `Double` would give its text back: integers beyond
    /// 64 bits, long decimals, `1e5`, `19.90`.
    public struct Literal: Sendable, CustomStringConvertible {
        /// The number as JSON writes it (RFC 8259, section 6).
        public let text: String

        /// - Parameter text: what the parser has read as a number.
        init(text: String) { self.text = text }

        public var description: String { text }

        /// The nearest number of 64 bits.
        public var double: Double { Double(text) ?? 0 }

        /// The whole number, if it is one and fits.
        public var int: Int? {
            let value = decimal
            guard value.exponent >= 0, value.exponent + value.digits.count <= 19 else { return nil }
            return value.plainText.flatMap { Int($0) }
        }

        var decimal: DecimalForm { DecimalForm(text) }
    }
}

/// A decimal number taken apart: `digits` times ten to the power of `exponent`, without zeros at either end of the digits,
/// so that equal numbers have equal forms.
struct DecimalForm: Hashable {
    private(set) var isNegative = false
    /// ASCII digits.
    private(set) var digits: [UInt8] = []
    private(set) var exponent = 0

    /// Maximum digits that ``plainText`` writes.
    private static let longestPlain = 256

    /// - Parameter text: a number as JSON or Swift writes it.
    init(_ text: String) {
        var fraction = 0
        var isFraction = false
        var bytes = text.utf8[...]
        if bytes.first == UInt8(ascii: "-") {
            isNegative = true
            bytes.removeFirst()
        }
        digits.reserveCapacity(bytes.count)
        while let byte = bytes.first, byte | 0x20 != UInt8(ascii: "e") {
            bytes.removeFirst()
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                if isFraction { fraction += 1 }
                if !digits.isEmpty || byte != UInt8(ascii: "0") { digits.append(byte) }
            }
        }
        exponent = Self.exponent(bytes.dropFirst()) - fraction
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }

    /// The power of ten, limited to ±2^53.
    private static func exponent(_ bytes: Substring.UTF8View) -> Int {
        let isNegative = bytes.first == UInt8(ascii: "-")
        var value = 0
        for byte in bytes where byte != UInt8(ascii: "-") && byte != UInt8(ascii: "+") {
            value = min(value * 10 + Int(byte & 0x0F), 1 << 53)
        }
        return isNegative ? -value : value
    }

    /// The number without an exponent, such as `100` for `1e2`; `nil` when that would be longer than 256 digits.
    var plainText: String? {
        guard digits.count + abs(exponent) <= Self.longestPlain else { return nil }
        var text = digits.isEmpty ? [UInt8(ascii: "0")] : digits
        if exponent > 0 {
            text += repeatElement(UInt8(ascii: "0"), count: exponent)
        } else if exponent < 0 {
            if text.count <= -exponent {
                text.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: -exponent - text.count + 1), at: 0)
            }
            text.insert(UInt8(ascii: "."), at: text.count + exponent)
        }
        return (isNegative ? "-" : "") + String(decoding: text, as: UTF8.self)
    }
}

extension JSON {
    /// A number's exact decimal text, without an exponent or redundant zeros; `nil` for what is not a number,
    /// or would be longer than 256 digits.
    package var plainNumber: String? {
        switch self {
        case .int(let value): String(value)
        case .double(let value): DecimalForm(value.description).plainText
        case .literal(let value): value.decimal.plainText
        default: nil
        }
    }
}
