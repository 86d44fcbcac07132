/// A text in which values stand behind names: `name=value`, `name: value`, `"name":"value"`.
struct LabelledText {
    private let bytes: [UInt8]
    private static let longestName = 100

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The text with the values behind some names replaced by ``Redaction/mark``.
    func withoutValues(of isSecret: (String) -> Bool) -> String {
        var output: [UInt8] = []
        // What is written of it, and where the search goes on.
        var (done, place) = (0, 0)
        while let sign = bytes[place...].firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) {
            place = sign + 1
            guard let name = name(before: sign, after: done), isSecret(name) else { continue }
            let value = value(after: sign)
            guard !value.isEmpty else { continue }
            output += bytes[done..<value.lowerBound] + Array(Redaction.markText.utf8)
            (done, place) = (value.upperBound, value.upperBound)
        }
        return String(decoding: output + bytes[done...], as: UTF8.self)
    }

    private func name(before sign: Int, after start: Int) -> String? {
        var end = sign
        while end > start, Self.isSpace(bytes[end - 1]) || Self.isQuote(bytes[end - 1]) { end -= 1 }
        var begin = end
        while begin > start, end - begin < Self.longestName, Self.isOfName(bytes[begin - 1]) { begin -= 1 }
        return begin < end ? String(decoding: bytes[begin..<end], as: UTF8.self) : nil
    }

    /// In quotes up to the other one; an object or array up to the line's end; else a word, and of `Bearer …` two.
    private func value(after sign: Int) -> Range<Int> {
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
        var end = wordEnd(from: begin)
        if ["bearer", "basic", "digest"].contains(String(decoding: bytes[begin..<end], as: UTF8.self).lowercased()) {
            while end < bytes.count, Self.isSpace(bytes[end]) { end += 1 }
            end = wordEnd(from: end)
        }
        return begin..<end
    }

    private func wordEnd(from start: Int) -> Int {
        bytes[start...].firstIndex { $0 <= 0x20 || "&;,}]<>\"'".utf8.contains($0) } ?? bytes.count
    }

    /// Escapes of quotes count as space: JSON in a JSON text has them.
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: "\\") }
    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private static func isOfName(_ byte: UInt8) -> Bool {
        byte >= 0x80 || "_-.".utf8.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }
}
