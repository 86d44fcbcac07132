package import SessionModel

/// Takes secrets out of what leaves the runtime: values under keys that look like credentials.
package enum Redaction {
    package static let mark: JSON = "‹redacted›"

    /// What the end of such a key is, in lower case and without hyphens and underscores.
    private static let endings = ["authorization", "cookie", "password", "passwd", "token", "secret", "apikey"]

    /// Whether a key looks like it holds a credential: `password`, `X-Api-Key`, `refresh_token`.
    package static func isSecret(_ key: String) -> Bool {
        let plain = key.lowercased().filter { $0 != "-" && $0 != "_" }
        return endings.contains { plain.hasSuffix($0) }
    }

    /// The value with every secret in it replaced by ``mark``, wherever it is; in a JSON Patch also what goes to a
    /// secret place.
    package static func redacted(_ json: JSON) -> JSON {
        switch json {
        case .object(let members): redacted(members)
        case .array(let items): .array(items.map(redacted))
        default: json
        }
    }

    private static func redacted(_ members: JSON.Object) -> JSON {
        var object = JSON.Object()
        for (name, value) in members { object[name] = isSecret(name) && !value.isNull ? mark : redacted(value) }
        if members["value"] != nil, members["op"]?.string != nil, let path = members["path"]?.string,
            JSONPointer(parsing: path)?.pieces.contains(where: isSecret) == true
        {
            object["value"] = mark
        }
        return .object(object)
    }
}
