extension String {
    /// At most `limit` bytes of UTF-8 from the beginning, never half a scalar, for quoting a text from outside. Unlike
    /// `prefix`, which counts characters, it is short for every text; one character may be megabytes of accents.
    package func prefix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: max(0, limit))
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}

extension String {
    /// The same from the end.
    package func suffix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var start = utf8.index(endIndex, offsetBy: -max(0, limit))
        while start < endIndex, start.samePosition(in: unicodeScalars) == nil { start = utf8.index(after: start) }
        return String(self[start...])
    }
}

extension Substring {
    package func prefix(bytes limit: Int) -> String { String(self).prefix(bytes: limit) }
    package func suffix(bytes limit: Int) -> String { String(self).suffix(bytes: limit) }
}
