internal import SessionModel

/// Cuts names and ids in a runtime's messages that are longer than any real one. Unlike texts, they are compared,
/// looked up and drawn repeatedly.
enum LongNames {
    /// Bytes of a name; a session's id has at most 256.
    static let longest = 1024

    private static let names: Set<ExactString> = [
        "agent", "session", "id", "job", "hook", "name", "turn", "doing", "why", "watch", "attachment", "exchange",
        "model",
        "provider", "kind", "method", "by", "level", "trigger", "schedule", "timezone", "words", "replayOf",
        "snapshot", "node", "version", "fn_name",
    ]
    /// Members that hold what agents and their clients have made: values, in which nothing is a name.
    private static let values: Set<ExactString> = [
        "state", "body", "headers", "query", "value", "fn_args", "result", "patch", "before", "after", "data",
    ]

    /// The JSON with long names cut; usually unchanged.
    static func cut(_ json: JSON) -> JSON { hasLong(json) ? shortened(json) : json }

    private static func isLong(_ name: String, _ value: JSON) -> Bool {
        guard case .string(let text) = value, text.utf8.count > longest else { return false }
        return names.contains(ExactString(name))
    }

    private static func hasLong(_ json: JSON) -> Bool {
        switch json {
        case .array(let items): items.contains(where: hasLong)
        case .object(let members):
            members.contains { name, value in
                isLong(name, value) || isBranch(value) && !values.contains(ExactString(name)) && hasLong(value)
            }
        default: false
        }
    }

    private static func isBranch(_ json: JSON) -> Bool {
        switch json {
        case .array, .object: true
        default: false
        }
    }

    private static func shortened(_ json: JSON) -> JSON {
        switch json {
        case .array(let items): return .array(items.map(shortened))
        case .object(let members):
            return .object(
                JSON.Object(
                    members.map { name, value in
                        if isLong(name, value) {
                            return (name, .string((value.string ?? "").prefix(bytes: longest) + "…"))
                        }
                        return (name, values.contains(ExactString(name)) ? value : shortened(value))
                    }
                )
            )
        default: return json
        }
    }
}
