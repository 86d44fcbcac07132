package import SessionModel

extension SessionsQuery {
    package var json: JSON {
        .members([
            "agent": .from(agent, JSON.string), "kinds": .from(kinds) { .array($0.map(JSON.string)) },
            "query": .from(query, JSON.string), "filter": .from(filter, JSON.string), "sort": .string(sort.rawValue),
            "descending": .bool(descending), "offset": .int(offset), "limit": .int(limit),
        ])
    }

    package init(_ params: Params) throws(RPCError) {
        let name = try params.optionalText("sort") ?? Sort.active.rawValue
        guard let sort = Sort(rawValue: name) else {
            throw .invalidParams("'sort' must be one of \(Sort.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        let descends = params.json["descending"].map { !$0.isNull } ?? false
        self.init(
            filter: try params.optionalText("filter"),
            sort: sort,
            descending: descends ? try params.flag("descending") : sort == .active,
            offset: try params.int("offset", default: 0, in: NumberRange.count),
            limit: try params.int("limit", default: 100, in: 0...1000)
        )
        agent = try params.optionalText("agent")
        kinds = try params.texts("kinds", of: SessionSummary.Kind.allCases.map(\.rawValue))
        query = try params.optionalText("query")
        for (name, text, limit) in [("filter", filter, Self.longestFilter), ("query", query, Self.longestQuery)] {
            guard let text, text.utf8.count > limit else { continue }
            throw .invalidParams("'\(name)' has \(text.utf8.count) bytes; at most \(limit) are taken.")
        }
    }
}
