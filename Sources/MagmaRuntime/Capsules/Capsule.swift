package import SessionModel

/// What a capsule says of a session before its journal: one JSON document with everything of one session, described in
/// the article Capsules of the documentation.
package struct CapsuleHeader: Sendable, Hashable {
    package static let version = 1

    package var agent: String
    package var session: String
    package var kind: SessionSummary.Kind
    package var isEnded: Bool
    package var created: Int64
    package var active: Int64
    package var inputTokens: Int
    package var outputTokens: Int
    package var origin: Origin
    package var trouble: SessionSummary.Trouble?
    package var pausedJobs: [String]
    /// How much follows.
    package var events: Int

    init(_ record: SessionRecord, events: Int) {
        let summary = record.summary
        agent = summary.key.agent
        session = summary.key.session
        kind = summary.kind
        isEnded = summary.status == .ended
        created = summary.times.created
        active = summary.times.active
        inputTokens = summary.inputTokens
        outputTokens = summary.outputTokens
        origin = summary.origin
        trouble = summary.trouble
        pausedJobs = record.pausedJobs
        self.events = events
    }

    var json: JSON {
        .members([
            "capsule": .int(Self.version), "agent": .string(agent), "session": .string(session),
            "kind": .string(kind.rawValue), "ended": .bool(isEnded), "created": .int(Int(created)),
            "active": .int(Int(active)), "tokens": ["input": .int(inputTokens), "output": .int(outputTokens)],
            "origin": .string(origin.rawValue),
            "trouble": trouble.map { ["kind": .string($0.kind), "seq": .int($0.seq), "text": .string($0.text)] },
            "pausedJobs": .array(pausedJobs.map(JSON.string)), "count": .int(events),
        ])
    }

    /// - Throws: ``RuntimeError`` `capsule_version`, `capsule_invalid`.
    init(_ json: JSON) throws(RuntimeError) {
        try CapsuleNumbers.check(json, "its head")
        guard let version = json["capsule"]?.int else {
            throw .capsule("it does not begin with its version and the session's head")
        }
        guard version == Self.version else {
            throw RuntimeError(
                .malformed,
                "capsule_version",
                "The capsule is of version \(version); this runtime reads version \(Self.version)."
            )
        }
        guard let agent = json["agent"]?.string, let session = json["session"]?.string,
            let kind = json["kind"]?.word.flatMap(SessionSummary.Kind.init), let created = json.time("created"),
            let origin = json["origin"]?.word.flatMap(Origin.init), let events = json.count("count")
        else { throw .capsule("its head lacks 'agent', 'session', 'kind', 'created', 'origin' or 'count'") }
        self.agent = agent
        self.session = session
        self.kind = kind
        self.created = created
        self.origin = origin
        self.events = events
        isEnded = json["ended"]?.bool ?? false
        active = json.time("active") ?? created
        inputTokens = json["tokens"]?.count("input") ?? 0
        outputTokens = json["tokens"]?.count("output") ?? 0
        pausedJobs = json["pausedJobs"]?.array?.compactMap(\.string) ?? []
        if let kind = json["trouble"]?["kind"]?.string, let seq = json["trouble"]?.count("seq") {
            trouble = SessionSummary.Trouble(kind: kind, seq: seq, text: json["trouble"]?["text"]?.string ?? "")
        }
    }

    /// The session's row under that key, as far as the head knows it.
    func summary(_ key: SessionKey) -> SessionSummary {
        var summary = SessionSummary(
            key: key,
            kind: SessionID.isTemporary(key.session) ? .temporary : .lasting,
            created: created,
            origin: origin
        )
        summary.times.active = active
        summary.inputTokens = inputTokens
        summary.outputTokens = outputTokens
        summary.trouble = trouble
        summary.paused = !pausedJobs.isEmpty
        return summary
    }
}

extension RuntimeError {
    static func capsule(_ why: String) -> RuntimeError {
        RuntimeError(.malformed, "capsule_invalid", "The capsule cannot be read: \(why).")
    }

    static func deletedMeanwhile(_ key: SessionKey) -> RuntimeError {
        RuntimeError(
            .conflict,
            "session_gone",
            "The session '\(key.session)' was deleted while it was exported; what came of it is not whole."
        )
    }
}
