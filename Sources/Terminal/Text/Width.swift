/// How many columns text takes: one function, used by layout, cutting and the cursor alike.
package enum Width {
    /// Columns of a grapheme cluster: 0, 1 or 2. Its first scalar decides, as it does in terminals.
    package static func of(_ cluster: Character) -> Int {
        if let ascii = cluster.asciiValue { return ascii < 0x20 || ascii == 0x7F ? 0 : 1 }
        guard let first = cluster.unicodeScalars.first else { return 0 }
        return of(first)
    }

    /// Columns of a text without line breaks.
    package static func of(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
        return text.reduce(0) { $0 + of($1) }
    }

    package static func of(_ text: SafeText) -> Int { of(text.string) }

    package static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? 0 : 1 }
        // Arrows, lines, blocks, signs: none of them joins what stands before it.
        if (0x2190..<0x2C00).contains(scalar.value) { return isWide(scalar.value) ? 2 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
        default: return isWide(scalar.value) ? 2 : 1
        }
    }

    private static func isWide(_ value: UInt32) -> Bool {
        guard value >= 0x1100 else { return false }
        var low = 0
        var high = wideRanges.count - 1
        while low <= high {
            let middle = (low + high) / 2
            let range = wideRanges[middle]
            if range.contains(value) { return true }
            if value < range.lowerBound { high = middle - 1 } else { low = middle + 1 }
        }
        return false
    }
}
