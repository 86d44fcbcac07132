internal import SessionModel

/// A text in which values stand behind names: `name=value`, `name: value`, `"name" => "value"`, `<name>value</name>`,
/// `name="…" value="value"`, `--name value`; names may be percent-encoded.
struct LabelledText {
    let bytes: [UInt8]
    static let longestName = 100
    /// Bytes of a tag, or of a line, that are looked at for a name.
    static let longestTag = 4 * longestName

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The text with the values behind some names replaced by ``Redaction/mark``.
    func withoutValues(of verdict: (String) -> SecretName.Verdict) -> String {
        var output: [UInt8] = []
        // What is written of it, and where the search goes on.
        var (done, place) = (0, 0)
        var signs = 0
        // The last sign before which no secret's name stands, with nothing but gaps behind it so far.
        var harmless: Int?
        while let sign = bytes[place...].firstIndex(where: Self.isSign) {
            place = sign + 1
            signs += 1
            if signs % 1024 == 0, Task.isCancelled { return Redaction.markText }
            let isNextTo = harmless.map { bytes[$0..<sign].allSatisfy(Self.isBetween) } ?? false
            let isPlain = ":=".utf8.contains(bytes[sign])
            if isNextTo, isPlain {
                harmless = sign
                continue
            }
            guard let (value, found) = value(at: sign, after: done, verdict) else {
                harmless = isPlain || isNextTo ? sign : nil
                continue
            }
            harmless = nil
            guard !value.isEmpty, value.lowerBound >= done, found == .secret || !isNumber(value) else { continue }
            output += bytes[done..<value.lowerBound] + Array(Redaction.markText.utf8)
            (done, place) = (value.upperBound, max(place, value.upperBound))
        }
        return done == 0
            ? String(decoding: bytes, as: UTF8.self) : String(decoding: output + bytes[done...], as: UTF8.self)
    }

    /// The value that stands behind a sign, or for a tag in it, and what its name says.
    private func value(
        at sign: Int,
        after start: Int,
        _ verdict: (String) -> SecretName.Verdict
    ) -> (Range<Int>, SecretName.Verdict)? {
        let isTag = bytes[sign] == UInt8(ascii: ">") && (sign == 0 || !"=-".utf8.contains(bytes[sign - 1]))
        if isTag { return value(ofTagBefore: sign, after: start, verdict) }
        if let part = value(ofPartNamedAt: sign, verdict) { return part }
        guard let name = name(before: sign, after: start) else { return nil }
        let found = verdict(name)
        return found == .harmless ? nil : (value(after: sign, of: name, isWhole: found == .secret), found)
    }

    private func isNumber(_ range: Range<Int>) -> Bool {
        bytes[range].allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    }
}

// MARK: Bytes

extension LabelledText {
    private static func isSign(_ byte: UInt8) -> Bool { "=:> (".utf8.contains(byte) }

    /// Escapes of quotes count as space: JSON in a JSON text has them.
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: "\\") }
    static func isQuote(_ byte: UInt8) -> Bool { "\"'`".utf8.contains(byte) }

    static func isOfName(_ byte: UInt8) -> Bool {
        byte >= 0x80 || "_-.%+*".utf8.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }

    /// Whether the bytes from a place on are these, letters in any case.
    func has(_ text: StaticString, at place: Int) -> Bool {
        guard place >= 0, place + text.utf8CodeUnitCount <= bytes.count else { return false }
        return (0..<text.utf8CodeUnitCount).allSatisfy { index in
            let (byte, requested) = (bytes[place + index], text.utf8Start[index])
            return byte == requested || (byte | 0x20 == requested && (0x61...0x7A).contains(requested))
        }
    }

    /// Bytes that may stand between a name and its sign.
    static func isBetween(_ byte: UInt8) -> Bool { isSpace(byte) || isQuote(byte) || "])=:-*".utf8.contains(byte) }

    func skippingSpaces(from place: Int) -> Int {
        bytes[place...].prefix(Self.longestGap).firstIndex { !Self.isSpace($0) } ?? bytes.count
    }

    func lineStart(before place: Int) -> Int {
        let from = max(0, place - Self.longestTag)
        return (bytes[from..<place].lastIndex { $0 == 0x0A || $0 == 0x0D } ?? from - 1) + 1
    }

    func lineEnd(from start: Int) -> Int {
        bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
    }

    func wordEnd(from start: Int) -> Int {
        bytes[start...].firstIndex { $0 <= 0x20 || "&;,}])<>\"'`".utf8.contains($0) } ?? bytes.count
    }
}
