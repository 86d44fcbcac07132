/// Ranges of numbers from outside. Numbers in these ranges can be added, subtracted and multiplied by up to a
/// thousand without an overflow.
package enum NumberRange {
    /// Whole numbers that JSON carries between any two programs (RFC 8259, section 6): offsets, counts, sizes, `seq`.
    package static let count = 0...(1 << 53)
    /// Milliseconds since 1970, until the end of the year 9999.
    package static let time: ClosedRange<Int64> = 0...253_402_300_799_999
    /// Milliseconds, with fractions: up to some 285,000 years.
    package static let duration = 0...0x1p53
}

/// Numbers read from a wire, a file or a store. A number outside of its range is
/// clamped to the nearest bound, so that one wrong number does not hide the rest; where it must be an error
/// instead, see ``bounded(_:in:)``.
extension JSON {
    /// Milliseconds since 1970.
    package func time(_ name: String) -> Int64? { self[name]?.time }

    /// A count, a size, or a `seq`.
    package func count(_ name: String) -> Int? { self[name]?.count }

    /// Milliseconds, with fractions.
    package func duration(_ name: String) -> Double? { self[name]?.duration }

    package var time: Int64? {
        clamped(to: Double(NumberRange.time.lowerBound)...Double(NumberRange.time.upperBound)).map { Int64($0) }
    }

    package var count: Int? { clamped(to: 0...0x1p53).map { Int($0) } }

    package var duration: Double? { clamped(to: NumberRange.duration) }

    /// Both ranges end at or below 2^53, so the bounds are exact; NaN, which JSON cannot write, is no number.
    private func clamped(to range: ClosedRange<Double>) -> Double? {
        guard let value = double, !value.isNaN else { return nil }
        return min(max(value, range.lowerBound), range.upperBound)
    }
}

extension JSON.Object {
    package func time(_ name: String) -> Int64? { self[name]?.time }
    package func count(_ name: String) -> Int? { self[name]?.count }
    package func duration(_ name: String) -> Double? { self[name]?.duration }

    /// The whole number of that name if it is within the range.
    package func bounded(_ name: String, in range: ClosedRange<Int>) -> Int? {
        self[name]?.int.flatMap { range.contains($0) ? $0 : nil }
    }

    package func bounded(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        self[name]?.int.flatMap { range.contains(Int64($0)) ? Int64($0) : nil }
    }
}

extension Int {
    /// The sum, clamped to the range of `Int`.
    package func saturatingAdd(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }

    /// The sum of two counts, at most the largest count that can be read back.
    package func addingCount(_ other: Int) -> Int { Swift.min(saturatingAdd(other), NumberRange.count.upperBound) }
}
