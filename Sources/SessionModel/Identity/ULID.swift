/// A 26-character id that sorts by the time it was made (the ULID specification; Crockford base 32).
package struct ULID: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Parameters:
    ///   - time: milliseconds since 1970.
    ///   - high: the upper 16 of the 80 random bits.
    ///   - low: the lower 64 of them.
    package init(time: Int64, high: UInt16, low: UInt64) {
        let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        var value = UInt128(UInt64(bitPattern: time)) << 80 | UInt128(high) << 64 | UInt128(low)
        description = String(unsafeUninitializedCapacity: 26) { characters in
            for index in stride(from: 25, through: 0, by: -1) {
                characters[index] = alphabet.utf8Start[Int(value & 31)]
                value >>= 5
            }
            return 26
        }
    }
}
