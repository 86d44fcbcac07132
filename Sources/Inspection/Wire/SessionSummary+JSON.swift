package import SessionModel

extension SessionSummary {
    package var json: JSON {
        .members([
            "agent": .string(key.agent), "session": .string(key.session), "kind": .string(kind.rawValue),
            "status": .string(status.rawValue), "created": .int(Int(times.created)), "active": .int(Int(times.active)),
            "seq": .int(seq), "messages": .int(messages),
            "tokens": ["input": .int(inputTokens), "output": .int(outputTokens)], "doing": .from(doing, JSON.string),
            "nextTick": .time(times.nextTick), "expires": .time(times.expires), "paused": .bool(paused),
            "trouble": trouble.map { ["kind": .string($0.kind), "seq": .int($0.seq), "text": .string($0.text)] },
            "origin": .string(origin.rawValue), "node": .from(node, JSON.string),
        ])
    }

    /// Bytes of what is told in a row.
    private static let longestText = 4096

    package init?(json: JSON) {
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
        node = json["node"]?.string?.prefix(bytes: 256)
        doing = json["doing"]?.string?.prefix(bytes: Self.longestText)
        times.nextTick = json.time("nextTick")
        times.expires = json.time("expires")
        paused = json["paused"]?.bool ?? false
        if let trouble = json["trouble"], let kind = trouble["kind"]?.string {
            let text = (trouble["text"]?.string ?? "").prefix(bytes: Self.longestText)
            self.trouble = Trouble(kind: kind.prefix(bytes: 64), seq: trouble.count("seq") ?? 0, text: text)
        }
    }
}

extension Optional<JSON> {
    package static func time(_ time: Int64?) -> JSON? { time.map { .int(Int($0)) } }
}
