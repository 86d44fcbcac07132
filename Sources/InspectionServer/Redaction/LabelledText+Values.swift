internal import SessionModel

/// How far a value goes.
extension LabelledText {
    /// Schemes of the header `Authorization` (RFC 9110, section 11) after which one word is secret.
    private static let schemes: Set<String> = [
        "bearer", "basic", "token", "apikey", "api-key", "key", "negotiate", "ntlm", "dpop", "bot", "jwt",
    ]
    /// And those after which the rest of the line is.
    private static let listSchemes: Set<String> = ["digest", "hawk", "aws4-hmac-sha256", "oauth", "signature", "mac"]

    /// In quotes up to the other one; an object or array up to the line's end; of `Bearer …` two words; of a name that
    /// begins its line the rest of it, and the lines that belong to it; else a word.
    ///
    /// - Parameter isWhole: whether the rest of a line counts.
    func value(after sign: Int, of name: String, isWhole: Bool) -> Range<Int> {
        let isYAML = bytes[sign] == UInt8(ascii: ":")
        let begin = begin(after: sign)
        guard begin < bytes.count else { return begin..<begin }
        // A tag or an anchor of YAML; it may as well be how a password begins.
        let tag = isYAML ? bytes[(sign + 1)..<begin].firstIndex { "!&".utf8.contains($0) } : nil
        if let tag {
            let rest = rest(after: sign, from: begin, of: name, isWhole: isWhole)
            let isInQuotes = rest.lowerBound > begin && rest.upperBound < bytes.count
            return tag..<max(rest.upperBound + (isInQuotes ? 1 : 0), begin)
        }
        return rest(after: sign, from: begin, of: name, isWhole: isWhole)
    }

    private func rest(after sign: Int, from begin: Int, of name: String, isWhole: Bool) -> Range<Int> {
        let isYAML = bytes[sign] == UInt8(ascii: ":")
        if let quoted = quoted(from: begin) { return quoted }
        if bytes[begin] == UInt8(ascii: "{") || bytes[begin] == UInt8(ascii: "[") {
            return begin..<lineEnd(from: begin)
        }
        if isYAML, let block = block(after: sign, from: begin) { return block }
        if isYAML, isWhole, let next = nextLine(after: sign, from: begin) { return next }
        if isYAML, name.lowercased().hasSuffix("cookie") { return begin..<continued(from: begin, sign) }
        var end = wordEnd(from: begin)
        let scheme = end - begin <= 20 ? String(decoding: bytes[begin..<end], as: UTF8.self).lowercased() : ""
        if Self.listSchemes.contains(scheme) { return begin..<continued(from: begin, sign) }
        if Self.schemes.contains(scheme) {
            let next = bytes[end...].firstIndex { !Self.isSpace($0) && $0 != 0x0A && $0 != 0x0D } ?? bytes.count
            if next > end, next == bytes.count || bytes[next - 1] == 0x20 || bytes[next - 1] == 0x09 {
                end = wordEnd(from: next)
            }
            return begin..<end
        }
        if bytes[sign - 1] == UInt8(ascii: "*") {
            // With its charset: `utf-8''…` (RFC 8187).
            return begin..<(bytes[begin...].firstIndex { $0 <= 0x20 || "&;,".utf8.contains($0) } ?? bytes.count)
        }
        guard isWhole, beginsLine(sign, from: begin) else { return begin..<end }
        return begin..<continued(from: begin, sign)
    }

    /// Behind spaces, the rest of a sign such as `=>` or `::`, and YAML's tags and anchors.
    private func begin(after sign: Int) -> Int {
        var begin = sign + 1
        var passed = 0
        while begin < bytes.count, passed < Self.longestTag,
            "=:>(".utf8.contains(bytes[begin]) || Self.isSpace(bytes[begin])
        {
            let isEscape = bytes[begin] == UInt8(ascii: "\\")
            passed += isEscape ? 0 : 1
            begin += isEscape && begin + 1 < bytes.count && bytes[begin + 1] == 0x0A ? 2 : 1
        }
        while begin < bytes.count, bytes[sign] == UInt8(ascii: ":"), "!&".utf8.contains(bytes[begin]) {
            let end = bytes[begin...].firstIndex { $0 <= 0x20 } ?? bytes.count
            let next = bytes[end...].firstIndex { !Self.isSpace($0) } ?? bytes.count
            // At the end of its line it is a value, unless lines that belong to it come next.
            let isLast = next == bytes.count || bytes[next] == 0x0A || bytes[next] == 0x0D
            if isLast, block(after: sign, from: next) == nil { break }
            begin = next
        }
        return begin
    }

    /// What stands in one quote, or in three as in TOML and Python.
    private func quoted(from begin: Int) -> Range<Int>? {
        let quote = bytes[begin]
        guard Self.isQuote(quote) else { return nil }
        let isTriple = begin + 2 < bytes.count && bytes[begin + 1] == quote && bytes[begin + 2] == quote
        let first = begin + (isTriple ? 3 : 1)
        var end = first
        while end < bytes.count {
            // Twice, it stands for itself: in YAML, CSV and SQL.
            let isDouble = !isTriple && end + 1 < bytes.count && bytes[end] == quote && bytes[end + 1] == quote
            if bytes[end] == quote, !isDouble, !isTriple || bytes[end...].starts(with: [quote, quote, quote]) { break }
            end += bytes[end] == UInt8(ascii: "\\") || isDouble ? 2 : 1
        }
        return first..<min(end, bytes.count)
    }

    /// What a part of a form holds whose `name="…"` stands there, in a body that is no whole form (RFC 7578): it begins behind
    /// an empty line and goes on to the next boundary.
    func value(ofPartNamedAt sign: Int, _ verdict: (String) -> SecretName.Verdict) -> (Range<Int>, SecretName.Verdict)?
    {
        guard has(" name", at: sign - 5) || has(";name", at: sign - 5), sign + 1 < bytes.count,
            bytes[sign + 1] == UInt8(ascii: "\""),
            let quote = bytes[(sign + 2)...].prefix(Self.longestName).firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        let found = verdict(String(decoding: bytes[(sign + 2)..<quote], as: UTF8.self))
        guard found != .harmless else { return nil }
        // Its other fields may come first, in lines of no great length: a line may be as long as the text.
        func headEnd(from place: Int) -> Int? {
            bytes[place...].prefix(Self.longestTag).firstIndex { $0 == 0x0A || $0 == 0x0D }
        }
        guard var line = headEnd(from: quote) else { return nil }
        for _ in 0..<8 {
            let next = bytes[line...].starts(with: [0x0D, 0x0A]) ? line + 2 : line + 1
            guard next < bytes.count, let end = headEnd(from: next) else { return nil }
            if end == next {
                let begin = bytes[end...].starts(with: [0x0D, 0x0A]) ? end + 2 : end + 1
                return begin < bytes.count ? (begin..<boundary(from: begin), found) : nil
            }
            line = end
        }
        return nil
    }

    private func boundary(from begin: Int) -> Int {
        var line = begin
        while line < bytes.count {
            if bytes[line...].starts(with: "--".utf8) { return line == begin ? begin : line - 1 }
            line = lineEnd(from: line) + 1
        }
        return bytes.count
    }

    /// Whether nothing but a name stands before the sign in its line, and no other name behind it.
    private func beginsLine(_ sign: Int, from begin: Int) -> Bool {
        let start = lineStart(before: sign)
        var place = start
        while place < sign, bytes[place] <= 0x20 || "-#>*+".utf8.contains(bytes[place]) { place += 1 }
        for word in ["export ", "set ", "env "] as [StaticString] where has(word, at: place) {
            place += word.utf8CodeUnitCount
        }
        guard isShortName(bytes[place..<sign]) else { return false }
        if bytes[sign] == UInt8(ascii: ":") { return true }
        // Not first the whole line: it may be as long as the text.
        let next = bytes[begin...].first { $0 == 0x0A || $0 == 0x0D || "&=:".utf8.contains($0) }
        return next == nil || next == 0x0A || next == 0x0D
    }

    /// Whether there are at most three words, and nothing in them that a name would not have.
    private func isShortName(_ bytes: ArraySlice<UInt8>) -> Bool {
        var words = 0
        var last: UInt8 = 0x20
        for byte in bytes {
            if last == 0x20, byte != 0x20 { words += 1 }
            let isOfName = Self.isOfName(byte) || Self.isSpace(byte) || Self.isQuote(byte) || "[]=:".utf8.contains(byte)
            if words > 3 || !isOfName { return false }
            last = byte
        }
        return true
    }

    /// The end of a value that goes on in further lines: behind a `\`, and where they are indented deeper than its name
    /// (YAML 1.2, section 7.3.3, and headers by RFC 5322, section 2.2.3).
    private func continued(from begin: Int, _ sign: Int) -> Int {
        let own = indent(ofLineAt: lineStart(before: sign))
        var end = lineEnd(from: begin)
        while end < bytes.count {
            let isEscaped = end > begin && bytes[end - 1] == UInt8(ascii: "\\")
            let next = bytes[end...].starts(with: [0x0D, 0x0A]) ? end + 2 : end + 1
            guard next < bytes.count else { break }
            let isDeeper = bytes[sign] == UInt8(ascii: ":") && indent(ofLineAt: next) > own
            let line = lineEnd(from: next)
            guard isEscaped || isDeeper, line > next else { break }
            end = line
        }
        return end
    }

    /// The lines after `name:` or `name: |` that are indented deeper than it, or are items of its list (YAML 1.2).
    private func block(after sign: Int, from begin: Int) -> Range<Int>? {
        var line = begin
        // The `>` may have been taken for a sign. Only how the block is written may stand behind it.
        let isMarked = line < bytes.count && ("|>".utf8.contains(bytes[line]) || bytes[line - 1] == UInt8(ascii: ">"))
        if isMarked, let next = bytes[line...].prefix(8).firstIndex(of: 0x0A),
            bytes[line..<next].allSatisfy({ "|>+-0123456789 \t\r".utf8.contains($0) })
        {
            line = next
        }
        while line < bytes.count, bytes[line] == 0x0D { line += 1 }
        guard line < bytes.count, bytes[line] == 0x0A else { return nil }
        let own = indent(ofLineAt: lineStart(before: sign))
        var (end, last) = (line, line)
        while end < bytes.count {
            let next = bytes[end...].starts(with: [0x0D, 0x0A]) ? end + 2 : end + 1
            guard next < bytes.count else { break }
            let depth = indent(ofLineAt: next)
            let first = next + depth < bytes.count ? bytes[next + depth] : 0x0A
            let isItem = depth >= own && first == UInt8(ascii: "-") && !bytes[next...].starts(with: "--".utf8)
            // An empty line belongs to the block if a line comes after it that does.
            let isEmpty = first == 0x0A || first == 0x0D
            guard depth > own || isItem || isEmpty else { break }
            end = max(next, lineEnd(from: next))
            if !isEmpty { last = end }
        }
        guard last > line, let first = bytes[line..<last].firstIndex(where: { $0 > 0x20 }) else { return nil }
        return first..<last
    }

    /// The line after one that holds nothing but a name and its colon, if it does not name something itself.
    private func nextLine(after sign: Int, from begin: Int) -> Range<Int>? {
        guard bytes[begin] == 0x0A || bytes[begin] == 0x0D, isShortName(bytes[lineStart(before: sign)..<sign]) else {
            return nil
        }
        let first = bytes[begin...].starts(with: [0x0D, 0x0A]) ? begin + 2 : begin + 1
        let line = first..<max(first, lineEnd(from: first))
        let names = bytes[line].contains { ":=<>".utf8.contains($0) }
        return names || line.isEmpty || line.count > Self.longestTag ? nil : line
    }

    private func indent(ofLineAt start: Int) -> Int { bytes[start...].prefix { $0 == 0x20 || $0 == 0x09 }.count }
}
