package import SessionModel

extension RuntimeStats {
    package var json: JSON {
        .members([
            "sessions": counts.json, "turns": .int(turns), "hooks": .int(hooks), "ticks": .int(ticks),
            "events": .int(events),
            "rates": [
                "turns": .double(rates.turns), "hooks": .double(rates.hooks), "ticks": .double(rates.ticks),
                "events": .double(rates.events),
            ],
            "latency": ["turn": ["p50": .double(turnP50), "p99": .double(turnP99)]], "memory": .int(memory),
            "inspectors": .int(inspectors), "storeLag": .int(storeLag), "coalesced": .int(coalesced),
            "nodes": NodeSummary.json(nodes),
        ])
    }

    package init(json: JSON) {
        self.init()
        counts = SessionCounts(json: json["sessions"] ?? [:])
        turns = json.count("turns") ?? 0
        hooks = json.count("hooks") ?? 0
        ticks = json.count("ticks") ?? 0
        events = json.count("events") ?? 0
        let second = json["rates"] ?? [:]
        rates.turns = second.duration("turns") ?? 0
        rates.hooks = second.duration("hooks") ?? 0
        rates.ticks = second.duration("ticks") ?? 0
        rates.events = second.duration("events") ?? 0
        let turn = json["latency"]?["turn"] ?? [:]
        turnP50 = turn.duration("p50") ?? 0
        turnP99 = turn.duration("p99") ?? 0
        memory = json.count("memory") ?? 0
        inspectors = json.count("inspectors") ?? 0
        storeLag = json.count("storeLag") ?? 0
        coalesced = json.count("coalesced") ?? 0
        nodes = NodeSummary.read(json["nodes"])
    }
}
