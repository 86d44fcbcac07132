package import SessionModel

extension SessionsQuery: MethodParams {
    package init() { self.init(limit: 100) }

    package static let members: [ParamsMember<SessionsQuery>] = [
        .text("agent", \.agent),
        ParamsMember("kinds", SessionSummary.Kind.allCases.map(\.rawValue).joined(separator: ", "), \.kinds) {
            (reader) throws(RPCError) in
            try reader.texts("kinds", of: SessionSummary.Kind.allCases.map(\.rawValue))
        } write: {
            $0.map { .array($0.map(JSON.string)) }
        },
        .text("query", \.query, atMost: longestQuery, "text in ids and agents"),
        .text("filter", \.filter, atMost: longestFilter, "the filter language"),
        ParamsMember("sort", "", \.sort) { (reader) throws(RPCError) in
            let name = try reader.optionalText("sort") ?? Sort.active.rawValue
            guard let sort = Sort(rawValue: name) else {
                throw .invalidParams("'sort' must be one of \(Sort.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return sort
        } write: {
            .string($0.rawValue)
        },
        // What was last active comes first, unless it is said otherwise.
        ParamsMember("descending") { (query, reader) throws(RPCError) in
            let isGiven = reader.value("descending") != nil
            query.descending = isGiven ? try reader.flag("descending") : query.sort == .active
        } write: {
            .bool($0.descending)
        },
        ParamsMember("offset", "", \.offset) { (reader) throws(RPCError) in
            try reader.int("offset", default: 0, in: NumberRange.count)
        } write: {
            .int($0)
        },
        ParamsMember("limit", "0 to 1000", \.limit) { (reader) throws(RPCError) in
            try reader.int("limit", default: 100, in: 0...1000)
        } write: {
            .int($0)
        },
    ]
}

extension ParamsMember {
    /// - Parameter limit: bytes.
    fileprivate static func text(_ name: String, _ path: Path<String?>, atMost limit: Int, _ meaning: String) -> Self {
        Self(name, meaning, path) { (reader) throws(RPCError) in
            let text = try reader.optionalText(name)
            if let text, text.utf8.count > limit {
                throw .invalidParams("'\(name)' has \(text.utf8.count) bytes; at most \(limit) are taken.")
            }
            return text
        } write: {
            $0.map(JSON.string)
        }
    }
}
