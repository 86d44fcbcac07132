internal import FoundationEssentials
package import SessionModel

/// Takes secrets out of what leaves the runtime: values under keys that look like credentials, and personal data where
/// that is asked for.
package struct Redaction: StateVisibility, Hashable {
    static let markText = Credentials.mark
    package static let mark = JSON.string(markText)

    /// Members of the protocol that hold ids and references; inspectors need them unchanged.
    private static let ids: Set<ExactString> = [
        "agent", "session", "id", "watch", "attachment", "exchange", "turn", "job", "hook", "import", "export",
        "ref",
    ]
    /// Members that hold what agents and their clients have made, whatever its own members are called.
    private static let foreign: Set<ExactString> = [
        "body", "headers", "query", "state", "value", "fn_args", "result", "error", "trouble", "before",
        "after", "data",
    ]
    /// What `key` and `code` stand for in an address: keys of services, and codes of OAuth 2.0 (RFC 6749, section 4.1.2).
    private static let queryNames: Set<ExactString> = ["key", "code"]

    /// More keys whose values are secret: names in which `*` stands for any text, in any case.
    package var keys: [String]
    /// What is masked wherever it stands in a text.
    package var masks: Set<PersonalData>

    package init(keys: [String] = [], masks: Set<PersonalData> = []) {
        self.keys = keys.map { $0.lowercased() }
        self.masks = masks
    }

    /// Whether a key's value is a credential, whatever it is, by the words in its name (`password`, `X-Api-Key`,
    /// `refreshTokens`), or one of ``keys``.
    package func isSecret(_ key: String) -> Bool { verdict(on: key) == .secret }

    package func visible(_ value: JSON, at path: [String]) -> JSON? {
        hides(value, at: path) ? nil : cleaned(state: value)
    }

    /// Whether a value is hidden because of a name on the path to it.
    private func hides(_ value: JSON, at path: [String]) -> Bool {
        path.contains { hides(value, under: verdict(on: $0)) }
    }

    func verdict(on key: String) -> SecretName.Verdict {
        if !keys.isEmpty {
            let lower = key.lowercased()
            if keys.contains(where: { Self.fits(lower, $0) }) { return .secret }
        }
        return SecretName.verdict(on: key)
    }

    /// Whether a value under such a key is hidden. Under a key such as `tokens`, texts are hidden and numbers are not;
    /// booleans are never hidden.
    func hides(_ value: JSON, under verdict: SecretName.Verdict) -> Bool {
        switch (verdict, value) {
        case (.harmless, _), (_, .null), (_, .bool): false
        case (.secret, _): true
        case (.secretText, .array(let items)): items.contains { hides($0, under: verdict) }
        case (.secretText, .object(let members)): members.contains { hides($0.value, under: verdict) }
        case (.secretText, .string): true
        case (.secretText, _): false
        }
    }

    /// Whether a text matches a pattern in which `*` stands for any text. Backtracks only to the last star, so that the
    /// time is at most proportional to the product of both lengths.
    private static func fits(_ text: String, _ pattern: String) -> Bool {
        let (text, pattern) = (Array(text.utf8), Array(pattern.utf8))
        let star = UInt8(ascii: "*")
        var (place, sign) = (0, 0)
        var last: (sign: Int, place: Int)?
        while place < text.count {
            if sign < pattern.count, pattern[sign] == star {
                sign += 1
                last = (sign, place)
            } else if sign < pattern.count, pattern[sign] == text[place] {
                (sign, place) = (sign + 1, place + 1)
            } else if let begin = last {
                last = (begin.sign, begin.place + 1)
                (sign, place) = (begin.sign, begin.place + 1)
            } else {
                return false
            }
        }
        return pattern[sign...].allSatisfy { $0 == star }
    }

    /// An answer or an event with every secret in it replaced by ``mark``, wherever it is; in a JSON Patch also what goes
    /// to a secret path. Personal data in texts is masked. A cancelled task hides whole texts, so do not cache its
    /// result.
    package func redacted(_ json: JSON) -> JSON { redacted(json, depth: nil) }

    /// The same for a piece of a state.
    package func cleaned(state: JSON) -> JSON { redacted(state, depth: 0) }

    /// Maximum nesting of JSON texts within JSON texts that is parsed; deeper ones are only searched for labels.
    private static let deepest = 2

    /// - Parameter depth: how many JSON texts enclose this data of an agent or client; `nil` for data of the protocol.
    private func redacted(_ json: JSON, depth: Int?) -> JSON {
        switch json {
        case .object(let members): redacted(members, depth: depth)
        case .array(let items): .array(redacted(depth == nil ? items : withoutNamedItems(items), depth: depth))
        case .string(let text):
            .string(PersonalData.masked(depth.map { withoutCredentials(text, depth: $0) } ?? text, masks))
        case .int, .literal:
            depth == nil || !masks.contains(.card) ? json : PersonalData.card(json.text).map(JSON.string) ?? json
        default: json
        }
    }

    private func redacted(_ items: [JSON], depth: Int?) -> [JSON] { items.map { redacted($0, depth: depth) } }

    private func redacted(_ members: JSON.Object, depth: Int?) -> JSON {
        let members = depth == nil ? members : withoutNamedValues(members)
        let isStep = members["op"]?.string != nil
        let isLogged = members["level"] != nil
        var object = JSON.Object()
        for (given, value) in members {
            let name = depth.map { withoutCredentials(inName: given, depth: $0) } ?? given
            let known = ExactString(name)
            // Configured patterns apply to data of agents and clients, not to members of the protocol.
            if hides(value, under: depth == nil ? SecretName.verdict(on: name) : verdict(on: name)) {
                object[name] = Self.mark
            } else if case .object(let fields) = value, depth == nil, known == "query" {
                object[name] = redacted(.object(withoutQueryKeys(fields)), depth: 0)
            } else if case .string(let text) = value, known == "body", members["encoding"] == "base64" {
                object[name] = holdsSecret(base64: text) ? Self.mark : value
            } else if case .string = value, depth == nil, Self.ids.contains(known) || (isStep && known == "path") {
                object[name] = value
            } else {
                let isForeign = Self.foreign.contains(known) || (isLogged && known == "text")
                object[name] = redacted(value, depth: depth ?? (isForeign ? 0 : nil))
            }
        }
        if isStep, let value = members["value"], let path = members["path"]?.string,
            let pointer = JSONPointer(parsing: path), hides(value, at: pointer.pieces)
        {
            object["value"] = Self.mark
        }
        return .object(object)
    }
}

// MARK: Texts

extension Redaction {
    /// The name of a member without a credential in it, as a form with `%3D` in place of `=` has.
    private func withoutCredentials(inName name: String, depth: Int) -> String {
        name.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") })
            ? withoutCredentials(name, depth: depth) : name
    }

    private func withoutQueryKeys(_ fields: JSON.Object) -> JSON.Object {
        JSON.Object(
            fields.map { ($0.name, Self.queryNames.contains(ExactString($0.name.lowercased())) ? Self.mark : $0.value) }
        )
    }

    /// A text without the credentials in it: those that are named (it may be JSON, XML, YAML, a form, rows of values, an
    /// address or a header's line), and those that are told by their form.
    private func withoutCredentials(_ text: String, depth: Int) -> String {
        if depth < Self.deepest, let first = text.utf8.first(where: { $0 > 0x20 }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "["), let json = try? JSON(parsing: text)
        {
            let clean = redacted(json, depth: depth + 1)
            return clean == json ? text : clean.text
        }
        // Nobody waits for it any more.
        if Task.isCancelled { return Self.markText }
        var text = SeparatedText(text).withoutColumns { verdict(on: $0) != .harmless } ?? text
        text = LabelledText(text).withoutValues { verdict(on: $0) }
        if Task.isCancelled { return Self.markText }
        if depth < Self.deepest { text = withoutEncoded(text, depth: depth) }
        if Task.isCancelled { return Self.markText }
        return Credentials.removed(from: text)
    }

    /// A text without the percent-encoded pieces in which there are credentials, such as `payload=%7B%22password…`.
    private func withoutEncoded(_ text: String, depth: Int) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix { $0 > 0x20 && !"&=\"'<>".utf8.contains($0) }
            let plain = piece.contains(UInt8(ascii: "%")) ? PercentEncoding.decoded(piece, plusIsSpace: false) : []
            let decoded = String(decoding: plain, as: UTF8.self)
            let isClean = plain.count == piece.count || withoutCredentials(decoded, depth: depth + 1).isExactly(decoded)
            output += isClean ? piece : Array(Self.markText.utf8)[...]
            rest = rest[piece.endIndex...]
            if let sign = rest.popFirst() { output.append(sign) }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The part of a growing text that may be shown; an end that a mask may still match is held back.
    package func settled(_ text: String) -> String { PersonalData.settled(text, masks) }

    /// Whether a body that is no UTF-8 has a secret in it; it is read as UTF-16 where it looks like that, and as Latin-1. In
    /// others, such as CBOR, names and values stand side by side.
    private func holdsSecret(base64: String) -> Bool {
        guard let data = Data(base64Encoded: base64) else { return false }
        if SecretName.occurs(in: data) { return true }
        let latin = String(String.UnicodeScalarView(data.map { Unicode.Scalar($0) }))
        return [latin, Self.utf16(data)].compactMap(\.self).contains { text in
            PersonalData.masked(withoutCredentials(text, depth: 0), masks) != text
        }
    }

    /// The text of UTF-16, by its byte order mark or since every other byte of its beginning is 0.
    private static func utf16(_ data: Data) -> String? {
        let bytes = Array(data)
        guard bytes.count >= 4 else { return nil }
        let start = Array(bytes.prefix(64))
        let isBig = bytes[0] == 0xFE && bytes[1] == 0xFF || areZero(start, from: 0)
        let isLittle = bytes[0] == 0xFF && bytes[1] == 0xFE || areZero(start, from: 1)
        guard isBig || isLittle else { return nil }
        var units: [UInt16] = []
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            units.append(isBig ? first << 8 | second : second << 8 | first)
        }
        return String(decoding: units, as: UTF16.self)
    }
    private static func areZero(_ bytes: [UInt8], from start: Int) -> Bool {
        stride(from: start, to: bytes.count - 1, by: 2).allSatisfy { bytes[$0] == 0 }
    }
}
