package import SessionModel

/// A session's record as databases keep it, beside the columns that lists are sorted and filtered by.
extension SessionRecord {
    /// States beyond so many bytes are not kept a second time for filters.
    private static var filterable: Int { 16_384 }

    /// As JSON text.
    package var storedText: String {
        let text = stored.text
        guard text.utf8.count > Self.filterable else { return text }
        var record = self
        record.state = [:]
        return record.stored.text
    }

    private var stored: JSON {
        .members([
            "summary": summary.stored, "state": state, "paused": .array(pausedJobs.map(JSON.string)),
            "open": .array(openTurns.map(JSON.string)), "hooks": .array(openHooks.map(JSON.int)),
            "ticked": ticked.isEmpty
                ? nil : .object(JSON.Object(ticked.sorted { $0.key < $1.key }.map { ($0.key, .int(Int($0.value))) })),
            "written": .int(Int(written)),
        ])
    }

    package init?(stored json: JSON) {
        guard let summary = json["summary"].flatMap(SessionSummary.init(stored:)) else { return nil }
        self.init(
            summary: summary,
            state: json["state"] ?? [:],
            pausedJobs: json["paused"]?.array?.compactMap(\.string) ?? [],
            openTurns: json["open"]?.array?.compactMap(\.string) ?? [],
            openHooks: json["hooks"]?.array?.compactMap(\.count) ?? [],
            ticked: Dictionary(
                (json["ticked"]?.object?.names ?? []).compactMap { name in
                    json["ticked"]?.time(name).map { (name, $0) }
                },
                uniquingKeysWith: max
            ),
            written: json.time("written") ?? 0
        )
    }
}

extension SessionSummary {
    /// Without what only a runtime knows: what the session is doing, and when its next tick is due.
    fileprivate var stored: JSON {
        .members([
            "agent": .string(key.agent), "session": .string(key.session), "kind": .string(kind.rawValue),
            "status": .string(status.rawValue), "created": .int(Int(times.created)), "active": .int(Int(times.active)),
            "seq": .int(seq), "messages": .int(messages),
            "tokens": ["input": .int(inputTokens), "output": .int(outputTokens)],
            "expires": times.expires.map { .int(Int($0)) }, "paused": .bool(paused),
            "trouble": trouble.map { ["kind": .string($0.kind), "seq": .int($0.seq), "text": .string($0.text)] },
            "origin": .string(origin.rawValue),
        ])
    }

    fileprivate init?(stored json: JSON) {
        guard let agent = json["agent"]?.string, let session = json["session"]?.string else { return nil }
        self.init(
            key: SessionKey(agent: agent, session: session),
            kind: json["kind"]?.word.flatMap(Kind.init(rawValue:)) ?? .lasting,
            created: json.time("created") ?? 0,
            origin: json["origin"]?.word.flatMap(Origin.init(rawValue:)) ?? .chat
        )
        status = json["status"]?.word.flatMap(Status.init(rawValue:)) ?? .awake
        times.active = json.time("active") ?? times.created
        seq = json.count("seq") ?? 0
        messages = json.count("messages") ?? 0
        inputTokens = json["tokens"]?.count("input") ?? 0
        outputTokens = json["tokens"]?.count("output") ?? 0
        times.expires = json.time("expires")
        paused = json["paused"]?.bool ?? false
        if let trouble = json["trouble"], let kind = trouble["kind"]?.string {
            self.trouble = Trouble(kind: kind, seq: trouble.count("seq") ?? 0, text: trouble["text"]?.string ?? "")
        }
    }
}
