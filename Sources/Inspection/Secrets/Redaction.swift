package import SessionModel

/// Takes secrets out of what leaves the runtime: values under keys that look like credentials, and personal data where
/// that is asked for.
package struct Redaction: Sendable, Hashable {
    package static let mark: JSON = "‹redacted›"

    /// What the end of such a key is, in lower case and without hyphens and underscores.
    private static let endings = ["authorization", "cookie", "password", "passwd", "token", "secret", "apikey"]
    /// Members whose texts are how things are found again, and never personal data by themselves.
    private static let structural: Set<String> = [
        "agent", "session", "id", "watch", "attachment", "exchange", "turn", "job", "hook", "import", "export", "kind",
        "op",
        "path", "code", "jsonrpc",
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
        return Self.endings.contains { plain.hasSuffix($0) } || keys.contains { Self.fits(lower[...], $0[...]) }
    }

    /// Whether a text fits a pattern in which `*` stands for any text.
    private static func fits(_ text: Substring, _ pattern: Substring) -> Bool {
        guard let star = pattern.firstIndex(of: "*") else { return text == pattern }
        let (head, tail) = (pattern[..<star], pattern[pattern.index(after: star)...])
        guard text.hasPrefix(head) else { return false }
        var rest = text.dropFirst(head.count)
        while true {
            if fits(rest, tail) { return true }
            guard rest.popFirst() != nil else { return false }
        }
    }

    /// The value with every secret in it replaced by ``mark``, wherever it is; in a JSON Patch also what goes to a
    /// secret place. Texts have their personal data masked.
    package func redacted(_ json: JSON) -> JSON {
        switch json {
        case .object(let members): redacted(members)
        case .array(let items): .array(items.map(redacted))
        case .string(let text) where !masks.isEmpty: .string(PersonalData.masked(text, masks))
        default: json
        }
    }

    private func redacted(_ members: JSON.Object) -> JSON {
        var object = JSON.Object()
        for (name, value) in members {
            if isSecret(name), !value.isNull {
                object[name] = Self.mark
            } else if case .string = value, Self.structural.contains(name) {
                object[name] = value
            } else {
                object[name] = redacted(value)
            }
        }
        if members["value"] != nil, members["op"]?.string != nil, let path = members["path"]?.string,
            JSONPointer(parsing: path)?.pieces.contains(where: isSecret) == true
        {
            object["value"] = Self.mark
        }
        return .object(object)
    }
}
