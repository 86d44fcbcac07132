internal import SessionModel

/// A text in which values stand behind names: `name=value`, `name: value`, `"name":"value"`, `<name>value</name>`,
/// `name="…" value="value"`; names may be percent-encoded.
struct LabelledText {
    private let bytes: [UInt8]
    private static let longestName = 100

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The text with the values behind some names replaced by ``Redaction/mark``.
    func withoutValues(of verdict: (String) -> SecretName.Verdict) -> String {
        var output: [UInt8] = []
        // What is written of it, and where the search goes on.
        var (done, place) = (0, 0)
        while let sign = bytes[place...].firstIndex(where: {
            $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ">")
        }) {
            place = sign + 1
            guard let name = name(before: sign, after: done) else { continue }
            let found = verdict(name)
            guard found != .harmless else { continue }
            let value = bytes[sign] == UInt8(ascii: ">") ? content(after: sign) : value(after: sign, of: name)
            guard !value.isEmpty, found == .secret || !isNumber(value) else { continue }
            output += bytes[done..<value.lowerBound] + Array(Redaction.markText.utf8)
            (done, place) = (value.upperBound, value.upperBound)
        }
        return String(decoding: output + bytes[done...], as: UTF8.self)
    }

    private func isNumber(_ range: Range<Int>) -> Bool {
        bytes[range].allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    }

    /// What stands before a sign: a name, that of a tag before `>`, or what an attribute `name`, `key` or `id` says before
    /// an attribute `value`.
    private func name(before sign: Int, after start: Int) -> String? {
        if bytes[sign] == UInt8(ascii: ">") { return tag(before: sign, after: start) }
        var end = sign
        while end > start, Self.isSpace(bytes[end - 1]) || Self.isQuote(bytes[end - 1]) { end -= 1 }
        var begin = end
        while begin > start, end - begin < Self.longestName, Self.isOfName(bytes[begin - 1]) { begin -= 1 }
        guard begin < end else { return nil }
        let name = Self.decoded(bytes[begin..<end])
        return name.isExactly("value") ? attribute(before: begin, after: start) ?? name : name
    }

    /// The name of the element whose start tag ends there; `nil` for an end tag, or where no tag begins close by.
    private func tag(before sign: Int, after start: Int) -> String? {
        let from = max(start, sign - 4 * Self.longestName)
        guard let open = bytes[from..<sign].lastIndex(of: UInt8(ascii: "<")), open + 1 < sign,
            bytes[open + 1] != UInt8(ascii: "/")
        else { return nil }
        let name = bytes[(open + 1)..<sign].prefix { Self.isOfName($0) || $0 == UInt8(ascii: ":") }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    /// What the attribute right before says: `key="password" value=`.
    private func attribute(before end: Int, after start: Int) -> String? {
        var end = end
        while end > start, Self.isSpace(bytes[end - 1]) { end -= 1 }
        guard end > start, Self.isQuote(bytes[end - 1]) else { return nil }
        let from = max(start, end - 1 - Self.longestName)
        guard let quote = bytes[from..<(end - 1)].lastIndex(of: bytes[end - 1]) else { return nil }
        return String(decoding: bytes[(quote + 1)..<(end - 1)], as: UTF8.self)
    }

    /// The text of an element, up to the next tag.
    private func content(after sign: Int) -> Range<Int> {
        let end = bytes[(sign + 1)...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        let isBlank = bytes[(sign + 1)..<end].allSatisfy { $0 <= 0x20 }
        if isBlank, bytes[end...].starts(with: "<![CDATA[".utf8) {
            let begin = end + 9
            return begin..<(bytes[begin...].firstIndex(of: UInt8(ascii: "]")) ?? bytes.count)
        }
        return isBlank ? sign..<sign : (sign + 1)..<end
    }

    /// Schemes of the header `Authorization` (RFC 9110, section 11) after which one word is secret.
    private static let schemes: Set<String> = [
        "bearer", "basic", "token", "apikey", "api-key", "key", "negotiate", "ntlm", "dpop", "bot", "jwt",
    ]
    /// And those after which the rest of the line is.
    private static let listSchemes: Set<String> = ["digest", "hawk", "aws4-hmac-sha256", "oauth", "signature", "mac"]

    /// In quotes up to the other one; an object or array up to the line's end; of `Bearer …` two words; of a cookie the
    /// line; a block of YAML as far as it is indented; else a word.
    private func value(after sign: Int, of name: String) -> Range<Int> {
        var begin = sign + 1
        while begin < bytes.count, Self.isSpace(bytes[begin]) { begin += 1 }
        guard begin < bytes.count else { return begin..<begin }
        if let quote = [UInt8(ascii: "\""), UInt8(ascii: "'")].first(where: { $0 == bytes[begin] }) {
            begin += 1
            var end = begin
            while end < bytes.count, bytes[end] != quote { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
            return begin..<min(end, bytes.count)
        }
        if bytes[begin] == UInt8(ascii: "{") || bytes[begin] == UInt8(ascii: "[") {
            return begin..<(bytes[begin...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count)
        }
        if bytes[sign] == UInt8(ascii: ":"), let block = block(after: sign, from: begin) { return block }
        let isCookie = bytes[sign] == UInt8(ascii: ":") && name.lowercased().hasSuffix("cookie")
        if isCookie { return begin..<lineEnd(from: begin) }
        var end = wordEnd(from: begin)
        let scheme = end - begin <= 20 ? String(decoding: bytes[begin..<end], as: UTF8.self).lowercased() : ""
        if Self.listSchemes.contains(scheme) { return begin..<lineEnd(from: begin) }
        if Self.schemes.contains(scheme) {
            var next = end
            while next < bytes.count, Self.isSpace(bytes[next]) { next += 1 }
            if next > end { end = wordEnd(from: next) }
        }
        return begin..<end
    }

    /// The lines after `name:` or `name: |` that are indented deeper than it, or are items of its list (YAML 1.2).
    private func block(after sign: Int, from begin: Int) -> Range<Int>? {
        var line = begin
        if line < bytes.count, "|>".utf8.contains(bytes[line]) {
            line = bytes[line...].prefix(8).firstIndex(of: 0x0A) ?? line
        }
        while line < bytes.count, bytes[line] == 0x0D { line += 1 }
        guard line < bytes.count, bytes[line] == 0x0A else { return nil }
        let own = indent(ofLineAt: lineStart(before: sign))
        var end = line
        while end < bytes.count {
            let next = end + 1
            guard next < bytes.count else { break }
            let depth = indent(ofLineAt: next)
            let first = next + depth < bytes.count ? bytes[next + depth] : 0x0A
            let isItem = depth >= own && first == UInt8(ascii: "-") && !bytes[next...].starts(with: "--".utf8)
            guard depth > own || isItem, first != 0x0A else { break }
            end = lineEnd(from: next)
        }
        return end > line ? (line + 1 + indent(ofLineAt: line + 1))..<end : nil
    }

    private func lineStart(before place: Int) -> Int {
        let from = max(0, place - 4 * Self.longestName)
        return (bytes[from..<place].lastIndex(of: 0x0A) ?? from - 1) + 1
    }

    private func lineEnd(from start: Int) -> Int { bytes[start...].firstIndex(of: 0x0A) ?? bytes.count }

    private func indent(ofLineAt start: Int) -> Int { bytes[start...].prefix { $0 == 0x20 }.count }

    private func wordEnd(from start: Int) -> Int {
        bytes[start...].firstIndex { $0 <= 0x20 || "&;,}]<>\"'".utf8.contains($0) } ?? bytes.count
    }

    /// Escapes of quotes count as space: JSON in a JSON text has them.
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: "\\") }
    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private static func isOfName(_ byte: UInt8) -> Bool {
        byte >= 0x80 || "_-.%+".utf8.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }

    /// A name without its percent-encoding (RFC 3986, section 2.1).
    private static func decoded(_ name: ArraySlice<UInt8>) -> String {
        guard name.contains(UInt8(ascii: "%")) else { return String(decoding: name, as: UTF8.self) }
        var output: [UInt8] = []
        var rest = name
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                rest.count >= 2
            {
                output.append(code)
                rest = rest.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
