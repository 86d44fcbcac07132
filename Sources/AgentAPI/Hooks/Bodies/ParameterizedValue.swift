internal import SessionModel

/// A value with parameters, such as `multipart/form-data; boundary=x` (RFC 9110, section 5.6.6) or
/// `form-data; name="a"; filename*=utf-8''b` (RFC 6266, RFC 2183).
struct ParameterizedValue: Sendable, Equatable {
    /// What stands before the parameters, in lower case.
    let value: String
    /// Names in lower case, in order; a name may come more than once, and then the first one counts.
    let parameters: [(name: String, value: [UInt8])]

    static func == (left: Self, right: Self) -> Bool {
        left.value.isExactly(right.value) && left.parameters.elementsEqual(right.parameters) { $0 == $1 }
    }

    init(_ text: String) { self.init(Array(text.utf8)[...]) }

    /// Parses leniently: what is not a parameter is skipped.
    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        let first = rest.prefix { $0 != Self.semicolon }
        value = String(decoding: first.filter { $0 > 0x20 }, as: UTF8.self).lowercased()
        rest = rest[first.endIndex...]
        var parameters: [(String, [UInt8])] = []
        while rest.popFirst() == Self.semicolon {
            rest = rest.drop { $0 <= 0x20 }
            let name = rest.prefix { $0 != Self.semicolon && $0 != UInt8(ascii: "=") }
            rest = rest[name.endIndex...]
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop { $0 <= 0x20 }
            let value = rest.first == UInt8(ascii: "\"") ? Self.quoted(&rest) : Self.plain(&rest)
            let trimmed = name.filter { $0 > 0x20 }
            if !trimmed.isEmpty { parameters.append((String(decoding: trimmed, as: UTF8.self).lowercased(), value)) }
            // Skip anything between a quoted value and the next semicolon.
            rest = rest.drop { $0 != Self.semicolon }
        }
        self.parameters = parameters
    }

    private static let semicolon = UInt8(ascii: ";")

    private static func plain(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        var value = rest.prefix { $0 != semicolon }
        rest = rest[value.endIndex...]
        while let last = value.last, last <= 0x20 { value.removeLast() }
        return Array(value)
    }

    /// A quoted text. Only `\"` and `\\` are escapes: old browsers send `C:\dir\file` unescaped.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        rest.removeFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let next = rest.first, next == UInt8(ascii: "\"") || next == byte {
                value.append(next)
                rest.removeFirst()
            } else {
                value.append(byte)
            }
        }
        return value
    }

    /// A parameter's bytes, as they were sent.
    func bytes(_ name: String) -> [UInt8]? { parameters.first { $0.name.isExactly(name) }?.value }

    /// A parameter as text: its form with a charset, `name*` (RFC 8187), overrides the plain one; pieces `name*0`,
    /// `name*1*` (RFC 2231) are put together. What is not UTF-8 is read as windows-1252.
    func text(_ name: String) -> String? {
        if parameters.isEmpty { return nil }
        if let value = bytes("\(name)*"), let text = Self.extended(value) { return text }
        if let value = bytes(name) { return Charset.text(value) }
        return continued(name)
    }

    /// `charset'language'percent-encoded`.
    private static func extended(_ value: [UInt8]) -> String? {
        let parts = value.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let charset = Charset(String(decoding: parts[0], as: UTF8.self)) ?? .utf8
        return charset.decoded(PercentEncoding.decoded(parts[2], plusIsSpace: false))
    }

    private static let mostPieces = 100

    private func continued(_ name: String) -> String? {
        var value: [UInt8] = []
        var charset: Charset?
        for index in 0..<Self.mostPieces {
            if let plain = bytes("\(name)*\(index)") {
                value += plain
            } else if let extended = bytes("\(name)*\(index)*") {
                var text = extended[...]
                if index == 0 {
                    let parts = extended.split(
                        separator: UInt8(ascii: "'"),
                        maxSplits: 2,
                        omittingEmptySubsequences: false
                    )
                    guard parts.count == 3 else { return nil }
                    charset = Charset(String(decoding: parts[0], as: UTF8.self))
                    text = parts[2]
                }
                value += PercentEncoding.decoded(text, plusIsSpace: false)
            } else {
                return index == 0 ? nil : charset?.decoded(value) ?? Charset.text(value)
            }
        }
        return charset?.decoded(value) ?? Charset.text(value)
    }
}
