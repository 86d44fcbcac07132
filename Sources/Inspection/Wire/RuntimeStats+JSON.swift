package import SessionModel

extension RuntimeStats {
    package var json: JSON {
        [
            "sessions": counts.json, "turns": .int(turns), "hooks": .int(hooks), "ticks": .int(ticks),
            "events": .int(events),
            "rates": [
                "turns": .double(turnsPerSecond), "hooks": .double(hooksPerSecond), "ticks": .double(ticksPerSecond),
                "events": .double(eventsPerSecond),
            ],
            "latency": ["turn": ["p50": .double(turnP50), "p99": .double(turnP99)]], "memory": .int(memory),
            "inspectors": .int(inspectors), "storeLag": .int(storeLag), "coalesced": .int(coalesced),
        ]
    }

    package init(json: JSON) {
        self.init()
        counts = SessionCounts(json: json["sessions"] ?? [:])
        turns = json.count("turns") ?? 0
        hooks = json.count("hooks") ?? 0
        ticks = json.count("ticks") ?? 0
        events = json.count("events") ?? 0
        let rates = json["rates"] ?? [:]
        turnsPerSecond = rates.duration("turns") ?? 0
        hooksPerSecond = rates.duration("hooks") ?? 0
        ticksPerSecond = rates.duration("ticks") ?? 0
        eventsPerSecond = rates.duration("events") ?? 0
        let turn = json["latency"]?["turn"] ?? [:]
        turnP50 = turn.duration("p50") ?? 0
        turnP99 = turn.duration("p99") ?? 0
        memory = json.count("memory") ?? 0
        inspectors = json.count("inspectors") ?? 0
        storeLag = json.count("storeLag") ?? 0
        coalesced = json.count("coalesced") ?? 0
    }
}
