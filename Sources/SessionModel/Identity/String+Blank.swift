extension String {
    /// Whether it contains only white space.
    package var isBlank: Bool {
        // Most texts begin with a visible character of ASCII: then there is nothing to look up.
        let first = utf8.withContiguousStorageIfAvailable { $0.first } ?? utf8.first
        if let first, first > 0x20, first < 0x80 { return false }
        return unicodeScalars.allSatisfy(\.properties.isWhitespace)
    }

    /// Without ASCII spaces and control characters at its ends.
    package var trimmed: String {
        var bytes = utf8[...]
        while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
