package import SessionModel

/// How many sessions there are of each sort: lasting ones by status, temporary ones that live, and ended ones.
package struct SessionCounts: Sendable, Hashable {
    package var awake = 0
    package var asleep = 0
    package var temporary = 0
    package var ended = 0
    /// Those of the sessions that are awake which are in trouble.
    package var troubled = 0

    package init() {}

    package var all: Int { awake + asleep + temporary + ended }

    var json: JSON {
        [
            "awake": .int(awake), "asleep": .int(asleep), "temporary": .int(temporary), "ended": .int(ended),
            "troubled": .int(troubled),
        ]
    }

    init(json: JSON) {
        awake = json.count("awake") ?? 0
        asleep = json.count("asleep") ?? 0
        temporary = json.count("temporary") ?? 0
        ended = json.count("ended") ?? 0
        troubled = json.count("troubled") ?? 0
    }
}

/// A window on the list of sessions: `sessions.watch`, `.view` and `.changed`.
package struct SessionsPage: Sendable, Hashable {
    package var watch: String
    /// How many match, in and out of the window.
    package var total: Int
    package var counts: SessionCounts
    package var rows: [Summary]
    /// Updates that were passed over because a newer one came.
    package var coalesced: Int?

    package init(watch: String, total: Int, counts: SessionCounts, rows: [Summary], coalesced: Int? = nil) {
        self.watch = watch
        self.total = total
        self.counts = counts
        self.rows = rows
        self.coalesced = coalesced
    }

    package var json: JSON {
        .members([
            "watch": .string(watch), "total": .int(total), "counts": counts.json, "rows": .array(rows.map(\.json)),
            "coalesced": .from(coalesced, JSON.int),
        ])
    }

    package init?(json: JSON) {
        guard let watch = json["watch"]?.string, let rows = json["rows"]?.array else { return nil }
        self.init(
            watch: watch,
            total: json.count("total") ?? rows.count,
            counts: SessionCounts(json: json["counts"] ?? [:]),
            rows: rows.compactMap(Summary.init(json:)),
            coalesced: json.count("coalesced")
        )
    }
}

/// Which sessions, in which order, and which part of them.
package struct SessionsQuery: Sendable, Hashable {
    package enum Sort: String, Sendable, Hashable, CaseIterable {
        case active, session, agent, kind, status, created, seq, messages, tokens, doing, nextTick, expires, origin
    }

    package var agent: String?
    package var kinds: [String]?
    package var query: String?
    package var filter: String?
    package var sort: Sort
    package var descending: Bool
    package var offset: Int
    package var limit: Int

    /// Bytes of a filter, and of a plain query.
    package static let (longestFilter, longestQuery) = (4096, 256)

    /// Whether each session has to be looked at to tell which it asks for.
    package var looksAtAll: Bool { filter?.isEmpty == false || query?.isEmpty == false }

    package init(
        filter: String? = nil,
        sort: Sort = .active,
        descending: Bool = true,
        offset: Int = 0,
        limit: Int = 100
    ) {
        self.filter = filter
        self.sort = sort
        self.descending = descending
        self.offset = offset
        self.limit = limit
    }

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
        kinds = try params.texts("kinds", of: Summary.Kind.allCases.map(\.rawValue))
        query = try params.optionalText("query")
        for (name, text, limit) in [("filter", filter, Self.longestFilter), ("query", query, Self.longestQuery)] {
            guard let text, text.utf8.count > limit else { continue }
            throw .invalidParams("'\(name)' has \(text.utf8.count) bytes; at most \(limit) are taken.")
        }
    }
}
