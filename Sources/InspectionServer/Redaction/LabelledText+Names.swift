internal import SessionModel

/// What a value is called: what stands before the sign between them.
extension LabelledText {
    /// Bytes between a name and its sign, or its value, that are passed over.
    static let longestGap = 64

    /// The name before a sign. An attribute or field `value` is called what the one before it says: `key="password"
    /// value=`, `name=password&value=`; an option ends at a space: `--password `.
    func name(before sign: Int, after start: Int) -> String? {
        switch bytes[sign] {
        case 0x20: return option(before: sign, after: start)
        case UInt8(ascii: "("): return isCall(sign) ? word(before: sign, after: start).map(Self.decoded) : nil
        default: break
        }
        if let text = nameOfSerialized(before: sign, after: start) { return text }
        let isUser =
            bytes[sign] == UInt8(ascii: "=") && (has("--user", at: sign - 6) || has("--proxy-user", at: sign - 12))
        if isUser, sign + 1 < bytes.count, userEnd(from: sign + 1) != nil { return "password" }
        var end = sign
        // Backslashes do not count: JSON in texts of JSON has many.
        var passed = 0
        while end > start, passed < Self.longestGap, Self.isBetween(bytes[end - 1]) {
            passed += bytes[end - 1] == UInt8(ascii: "\\") ? 0 : 1
            end -= 1
        }
        guard let word = word(before: end, after: start) else { return complexKey(before: sign, after: start) }
        let name = Self.decoded(word)
        let isOfPair = ["value", "val", "content", "data"].contains { name.lowercased().isExactly($0) }
        return isOfPair ? saidBefore(word.startIndex, after: start) ?? name : name
    }

    private func word(before end: Int, after start: Int) -> ArraySlice<UInt8>? {
        var begin = end
        while begin > start, end - begin < Self.longestName, Self.isOfName(bytes[begin - 1]) { begin -= 1 }
        return begin < end ? bytes[begin..<end] : nil
    }

    /// What the field right before says, in quotes or as a word.
    private func saidBefore(_ end: Int, after start: Int) -> String? {
        var end = end
        let first = max(start, end - Self.longestGap)
        while end > first,
            bytes[end - 1] <= 0x20 || "&;,-\\".utf8.contains(bytes[end - 1]) || Self.isQuote(bytes[end - 1])
        {
            end -= 1
        }
        return word(before: end, after: start).map(Self.decoded)
    }

    /// `? password` on the line before `: value` (YAML 1.2, section 8.2.2).
    private func complexKey(before sign: Int, after start: Int) -> String? {
        let line = lineStart(before: sign)
        guard bytes[sign] == UInt8(ascii: ":"), line > start, bytes[line..<sign].allSatisfy(Self.isSpace) else {
            return nil
        }
        let before = bytes[lineStart(before: line - 1)..<(line - 1)].drop(while: Self.isSpace)
        guard before.first == UInt8(ascii: "?"), before.startIndex >= start else { return nil }
        return String(decoding: before.dropFirst().filter { !Self.isSpace($0) && !Self.isQuote($0) }, as: UTF8.self)
    }

    /// `s:8:"password";s:6:"…"`, as PHP serializes.
    private func nameOfSerialized(before sign: Int, after start: Int) -> String? {
        guard bytes[sign] == UInt8(ascii: ":") else { return nil }
        var end = sign
        while end > start, (0x30...0x39).contains(bytes[end - 1]) { end -= 1 }
        guard end < sign, end - 4 >= start, bytes[end - 1] == UInt8(ascii: ":"), bytes[end - 3] == UInt8(ascii: ";"),
            Self.isQuote(bytes[end - 4])
        else { return nil }
        return word(before: end - 4, after: start).map(Self.decoded)
    }

    /// Words before a space that name what comes after it: `--password`, `-u`, SQL's `IDENTIFIED BY` and `PASSWORD '…'`, and
    /// `password` behind a `login` as in .netrc.
    private func option(before sign: Int, after start: Int) -> String? {
        guard sign > start, Self.isOfName(bytes[sign - 1]) else { return nil }
        let next = skippingSpaces(from: sign)
        guard next < bytes.count else { return nil }
        let isQuoted = Self.isQuote(bytes[next])
        let isLogin = has("password", at: sign - 8) || has("account", at: sign - 7) || has("passwd", at: sign - 6)
        if has(" by", at: sign - 3), isQuoted, has("identified", at: sign - 13) { return "password" }
        guard let word = word(before: sign, after: start) else { return nil }
        if word.starts(with: "--".utf8) {
            let isUser = ["--user", "--proxy-user"].contains { word.elementsEqual($0.utf8) }
            return isUser && userEnd(from: next) != nil ? "password" : Self.decoded(word.dropFirst(2))
        }
        // Short options may stand together: `-su`.
        if word.count <= 8, word.first == UInt8(ascii: "-"),
            word.dropFirst().allSatisfy({ (0x41...0x7A).contains($0) }),
            "uU".utf8.contains(word[word.endIndex - 1])
        {
            return userEnd(from: next) == nil ? nil : "password"
        }
        guard isLogin else { return nil }
        return isQuoted || isBehindLogin(word.startIndex, after: start) ? Self.decoded(word) : nil
    }

    /// The colon between a user's name and password; `nil` where what comes next is neither.
    private func userEnd(from place: Int) -> Int? {
        bytes[place..<wordEnd(from: place + (Self.isQuote(bytes[place]) ? 1 : 0))].firstIndex(of: UInt8(ascii: ":"))
    }

    private func isBehindLogin(_ place: Int, after start: Int) -> Bool {
        let from = max(start, place - 2 * Self.longestName)
        return (from..<place).contains { has("login ", at: $0) || has("machine ", at: $0) }
    }

    /// `password('…')`: a quote right behind it.
    private func isCall(_ sign: Int) -> Bool {
        let next = skippingSpaces(from: sign + 1)
        return next < bytes.count && Self.isQuote(bytes[next])
    }

    /// Layers of percent-encoding that are taken off a name.
    private static let mostLayers = 3

    /// A name without its percent-encoding (RFC 3986, section 2.1).
    static func decoded(_ name: ArraySlice<UInt8>) -> String {
        var name = Array(name)
        for _ in 0..<mostLayers where name.contains(UInt8(ascii: "%")) {
            name = PercentEncoding.decoded(name, plusIsSpace: false)
        }
        return String(decoding: name, as: UTF8.self)
    }
}
