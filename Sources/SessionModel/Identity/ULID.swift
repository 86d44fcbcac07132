/// A 26-character id that sorts by the time it was made (the ULID specification; Crockford base 32).
package struct ULID: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Parameters:
    ///   - time: milliseconds since 1970.
    ///   - high: the upper 16 of the 80 random bits.
    ///   - low: the lower 64 of them.
    package init(time: Int64, high: UInt16, low: UInt64) {
        description = String(unsafeUninitializedCapacity: 26) { characters in
            // Eight characters are 40 bits.
            Self.write(UInt64(bitPattern: time), to: characters, 0, 10)
            Self.write(UInt64(high) << 24 | low >> 40, to: characters, 10, 18)
            Self.write(low, to: characters, 18, 26)
            return 26
        }
    }

    private static let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    /// Whether a text is the description of one.
    package static func isDescription(_ text: some StringProtocol) -> Bool {
        let letters = UnsafeBufferPointer(start: alphabet.utf8Start, count: alphabet.utf8CodeUnitCount)
        return text.utf8.count == 26 && text.utf8.allSatisfy(letters.contains)
    }

    /// Writes the lowest bits, five for each character.
    private static func write(
        _ bits: UInt64,
        to characters: UnsafeMutableBufferPointer<UInt8>,
        _ start: Int,
        _ end: Int
    ) {
        var (place, rest) = (end, bits)
        while place > start {
            place -= 1
            characters[place] = alphabet.utf8Start[Int(rest & 31)]
            rest >>= 5
        }
    }
}
