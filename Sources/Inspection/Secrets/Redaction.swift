internal import FoundationEssentials
package import SessionModel

/// Takes secrets out of what leaves the runtime: values under keys that look like credentials, and personal data where
/// that is asked for.
package struct Redaction: Sendable, Hashable {
    static let markText = "‹redacted›"
    package static let mark = JSON.string(markText)

    /// What the end of such a key is, in lower case and without hyphens and underscores.
    private static let endings = ["authorization", "cookie", "password", "passwd", "token", "secret", "apikey"]
    /// Members whose texts are how things are found again, where they are the protocol's own.
    private static let ids: Set<String> = [
        "agent", "session", "id", "watch", "attachment", "exchange", "turn", "job", "hook", "import", "export",
    ]
    /// Members that hold what agents and their clients have made, whatever its own members are called.
    private static let foreign: Set<String> = [
        "body", "headers", "query", "state", "value", "fn_args", "result", "error",
    ]

    /// More keys whose values are secret: names in which `*` stands for any text, in any case.
    package var keys: [String]
    /// What is masked wherever it stands in a text.
    package var masks: Set<PersonalData>

    package init(keys: [String] = [], masks: Set<PersonalData> = []) {
        self.keys = keys.map { $0.lowercased() }
        self.masks = masks
    }

    /// Whether a key's value is a credential by its name (`password`, `X-Api-Key`, `refresh_token`), or one of ``keys``.
    package func isSecret(_ key: String) -> Bool {
        let lower = key.lowercased()
        let plain = lower.filter { $0 != "-" && $0 != "_" }
        return Self.endings.contains { plain.hasSuffix($0) } || keys.contains { Self.fits(lower, $0) }
    }

    /// Whether a text fits a pattern in which `*` stands for any text. Only the last star's text is ever made longer, so
    /// that no text takes more than its length times the pattern's.
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
    /// to a secret place. Texts have their personal data masked.
    package func redacted(_ json: JSON) -> JSON { redacted(json, depth: nil) }

    /// The same for a piece of a state.
    package func cleaned(state: JSON) -> JSON { redacted(state, depth: 0) }

    /// Texts of JSON in texts of JSON that are read as such; deeper ones only by their labels.
    private static let deepest = 2

    /// - Parameter depth: in what others have made, in how many texts of JSON this is; `nil` in the protocol's own.
    private func redacted(_ json: JSON, depth: Int?) -> JSON {
        switch json {
        case .object(let members): redacted(members, depth: depth)
        case .array(let items): .array(items.map { redacted($0, depth: depth) })
        case .string(let text):
            .string(PersonalData.masked(depth.map { withoutCredentials(text, depth: $0) } ?? text, masks))
        case .int(let number) where depth != nil && masks.contains(.card):
            PersonalData.card(String(number)).map(JSON.string) ?? json
        default: json
        }
    }

    private func redacted(_ members: JSON.Object, depth: Int?) -> JSON {
        let isStep = members["op"]?.string != nil
        let isLogged = members["level"] != nil
        var object = JSON.Object()
        for (name, value) in members {
            if isSecret(name), !value.isNull {
                object[name] = Self.mark
            } else if case .string(let text) = value, name == "body", members["encoding"] == "base64" {
                object[name] = holdsSecret(base64: text) ? Self.mark : value
            } else if case .string = value, depth == nil, Self.ids.contains(name) || (isStep && name == "path") {
                object[name] = value
            } else {
                let isForeign = Self.foreign.contains(name) || (isLogged && name == "text")
                object[name] = redacted(value, depth: depth ?? (isForeign ? 0 : nil))
            }
        }
        if isStep, members["value"] != nil, let path = members["path"]?.string,
            JSONPointer(parsing: path)?.pieces.contains(where: isSecret) == true
        {
            object["value"] = Self.mark
        }
        return .object(object)
    }
}

// MARK: Texts

extension Redaction {
    /// A text without the credentials that are named in it: it may be JSON, a form, an address or a header's line.
    private func withoutCredentials(_ text: String, depth: Int) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else { return text }
        if depth < Self.deepest, let first = text.utf8.first(where: { $0 > 0x20 }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "["), let json = try? JSON(parsing: text)
        {
            let clean = redacted(json, depth: depth + 1)
            return clean == json ? text : clean.text
        }
        return LabelledText(text).withoutValues { isSecret($0) }
    }

    /// Whether a body that is no UTF-8 has a secret in it; it is read as Latin-1.
    private func holdsSecret(base64: String) -> Bool {
        guard let data = Data(base64Encoded: base64) else { return false }
        let text = String(String.UnicodeScalarView(data.map { Unicode.Scalar($0) }))
        return PersonalData.masked(withoutCredentials(text, depth: 0), masks) != text
    }
}
