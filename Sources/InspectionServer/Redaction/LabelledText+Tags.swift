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
        // Something in the end tag itself may have been replaced.
        guard start < end else { return nil }
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
        guard bytes[(sign + 1)..<end].allSatisfy({ $0 <= 0x20 }) else {
            // Sections and comments belong to the text.
            let goesOn = bytes[end...].starts(with: "<!".utf8)
            return (sign + 1)..<(goesOn ? endTag(of: name, from: end) ?? bytes.count : end)
        }
        if bytes[end...].starts(with: "<![CDATA[".utf8) {
            return (sign + 1)..<(endTag(of: name, from: end) ?? bytes.count)
        }
        guard end + 1 < bytes.count, bytes[end + 1] != UInt8(ascii: "/"), !name.isEmpty else { return sign..<sign }
        return (sign + 1)..<(endTag(of: name, from: end) ?? bytes.count)
    }

    /// Where the end tag of an element begins, outside of sections and comments (XML 1.0, sections 2.5 and 2.7).
    private func endTag(of name: ArraySlice<UInt8>, from start: Int) -> Int? {
        var place = start
        while let next = bytes[place...].firstIndex(of: UInt8(ascii: "<")) {
            if let end = end(of: "<!--", "-->", at: next) ?? end(of: "<![CDATA[", "]]>", at: next) {
                place = end
            } else if next + 1 < bytes.count, bytes[next + 1] == UInt8(ascii: "/"),
                bytes[(next + 2)...].starts(with: name)
            {
                return next
            } else {
                place = next + 1
            }
        }
        return nil
    }

    /// Where a section that begins there ends; `nil` where none begins.
    private func end(of opening: String, _ closing: String, at place: Int) -> Int? {
        guard bytes[place...].starts(with: opening.utf8) else { return nil }
        var end = place + opening.utf8.count
        while let next = bytes[end...].firstIndex(of: closing.utf8[closing.utf8.startIndex]) {
            if bytes[next...].starts(with: closing.utf8) { return next + closing.utf8.count }
            end = next + 1
        }
        return bytes.count
    }
}
