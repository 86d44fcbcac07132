package import SessionModel

/// A window on the list of sessions: `sessions.watch`, `.view` and `.changed`.
package struct SessionsPage: Sendable, Hashable {
    package var watch: String
    /// How many match, in and out of the window.
    package var total: Int
    package var counts: SessionCounts
    package var rows: [SessionSummary]
    /// Updates that were passed over because a newer one came.
    package var coalesced: Int?

    package init(watch: String, total: Int, counts: SessionCounts, rows: [SessionSummary], coalesced: Int? = nil) {
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
            rows: rows.compactMap(SessionSummary.init(json:)),
            coalesced: json.count("coalesced")
        )
    }
}

extension SessionCounts {
    var json: JSON {
        [
            "awake": .int(awake), "asleep": .int(asleep), "temporary": .int(temporary), "ended": .int(ended),
            "troubled": .int(troubled),
        ]
    }

    init(json: JSON) {
        self.init()
        awake = json.count("awake") ?? 0
        asleep = json.count("asleep") ?? 0
        temporary = json.count("temporary") ?? 0
        ended = json.count("ended") ?? 0
        troubled = json.count("troubled") ?? 0
    }
}
