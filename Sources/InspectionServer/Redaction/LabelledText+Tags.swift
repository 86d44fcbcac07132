/// XML and HTML: elements and attributes whose name, or whose attribute, says what the text in them is.
extension LabelledText {
    /// What a tag that ends there tells of: of a start tag the element's content, or its attribute `value`; of an end tag
    /// what the next element holds, as in `<key>password</key><string>…</string>`.
    func value(
        ofTagBefore sign: Int,
        after start: Int,
        _ verdict: (String) -> SecretName.Verdict
    ) -> (Range<Int>, SecretName.Verdict)? {
        let from = max(0, sign - Self.longestTag)
        guard let open = bytes[from..<sign].lastIndex(of: UInt8(ascii: "<")), open + 1 < sign else { return nil }
        let tag = bytes[(open + 1)..<sign]
        if tag.first == UInt8(ascii: "/") {
            guard let text = text(before: open, after: start) else { return nil }
            let found = verdict(text)
            return found == .harmless ? nil : (nextContent(after: sign), found)
        }
        let name = tag.prefix { Self.isOfName($0) || $0 == UInt8(ascii: ":") }
        guard !name.isEmpty else { return nil }
        var found = verdict(String(decoding: name, as: UTF8.self))
        var value: Range<Int>?
        for attribute in attributes(in: tag[name.endIndex...]) {
            let text = bytes[attribute.name]
            if text.elementsEqual("value".utf8) {
                value = attribute.value
            } else if found == .harmless, Self.sayingNames.contains(where: { text.elementsEqual($0.utf8) }) {
                found = verdict(String(decoding: bytes[attribute.value].prefix(Self.longestName), as: UTF8.self))
            }
        }
        if found == .harmless { return nil }
        if let value, value.lowerBound >= start { return (value, found) }
        return tag.last == UInt8(ascii: "/") ? nil : (content(after: sign, of: name), found)
    }

    /// Attributes that say what an element is for.
    private static let sayingNames = ["name", "key", "id", "type", "field", "autocomplete", "Name", "Key", "Id"]

    private func attributes(in tag: ArraySlice<UInt8>) -> [(name: Range<Int>, value: Range<Int>)] {
        var found: [(Range<Int>, Range<Int>)] = []
        var rest = tag
        while let sign = rest.firstIndex(of: UInt8(ascii: "=")) {
            var last = sign
            while last > rest.startIndex, rest[last - 1] <= 0x20 { last -= 1 }
            let first = rest[..<last].lastIndex { !Self.isOfName($0) }.map { $0 + 1 } ?? rest.startIndex
            let begin = rest[(sign + 1)...].firstIndex { $0 > 0x20 } ?? rest.endIndex
            guard begin < rest.endIndex else { break }
            let isQuoted = Self.isQuote(rest[begin])
            let value = isQuoted ? begin + 1 : begin
            let end = rest[value...].firstIndex { isQuoted ? $0 == rest[begin] : $0 <= 0x20 } ?? rest.endIndex
            found.append((first..<last, value..<end))
            rest = rest[min(rest.endIndex, end + 1)...]
        }
        return found
    }

    /// The text of the element whose end tag begins there, if it is short enough for a name.
    private func text(before end: Int, after start: Int) -> String? {
        let from = max(start, end - Self.longestName)
        guard let open = bytes[from..<end].lastIndex(of: UInt8(ascii: ">")) else { return nil }
        let text = bytes[(open + 1)..<end]
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }

    /// What the start tags that come next hold.
    private func nextContent(after sign: Int) -> Range<Int> {
        var place = sign + 1
        while place < bytes.count {
            guard let next = bytes[place...].firstIndex(where: { $0 > 0x20 }), bytes[next] == UInt8(ascii: "<"),
                next + 1 < bytes.count, bytes[next + 1] != UInt8(ascii: "/")
            else { break }
            if bytes[next...].starts(with: "<![CDATA[".utf8) { return content(after: place - 1, of: []) }
            guard let end = bytes[next...].prefix(Self.longestTag).firstIndex(of: UInt8(ascii: ">")) else { break }
            place = end + 1
        }
        return place > sign + 1
            ? place..<(bytes[place...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count) : sign..<sign
    }

    /// The text of an element, up to the next tag; where it has elements of its own, up to its end tag.
    private func content(after sign: Int, of name: ArraySlice<UInt8>) -> Range<Int> {
        let end = bytes[(sign + 1)...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        guard bytes[(sign + 1)..<end].allSatisfy({ $0 <= 0x20 }) else { return (sign + 1)..<end }
        if bytes[end...].starts(with: "<![CDATA[".utf8) {
            let begin = end + 9
            return begin..<(bytes[begin...].firstIndex(of: UInt8(ascii: "]")) ?? bytes.count)
        }
        guard end + 1 < bytes.count, bytes[end + 1] != UInt8(ascii: "/"), !name.isEmpty else { return sign..<sign }
        var place = end
        while let next = bytes[place...].firstIndex(of: UInt8(ascii: "<")) {
            if next + 1 < bytes.count, bytes[next + 1] == UInt8(ascii: "/"), bytes[(next + 2)...].starts(with: name) {
                return (sign + 1)..<next
            }
            place = next + 1
        }
        return (sign + 1)..<bytes.count
    }
}
