/// How many columns text takes: one function, used by layout, cutting and the cursor alike.
///
/// It counts as C libraries and terminals do, scalar by scalar: non-spacing marks, and the vowels and finals of
/// conjoining Jamo, take none; ideographs and emoji two.
package enum Width {
    /// Columns of a grapheme cluster.
    package static func of(_ cluster: Character) -> Int {
        if let ascii = cluster.asciiValue { return ascii < 0x20 || ascii == 0x7F ? 0 : 1 }
        return cluster.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// Columns of a text without line breaks.
    package static func of(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    package static func of(_ text: SafeText) -> Int { of(text.string) }

    package static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? 0 : 1 }
        // Arrows, lines, blocks, signs: none of them joins what stands before it.
        if (0x2190..<0x2C00).contains(scalar.value) { return isWide(scalar.value) ? 2 : 1 }
        if isConjoining(scalar) { return 0 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
        default: return isWide(scalar.value) ? 2 : 1
        }
    }

    /// Whether it is a vowel or a final of Hangul that joins the consonant before it.
    static func isConjoining(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1160...0x11FF, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB: true
        default: false
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
