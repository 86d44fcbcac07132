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
        created = summary.created
        active = summary.active
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
        summary.active = active
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

extension Runtime {
    /// Writes a session as a capsule, piece by piece, as it is at this moment.
    ///
    /// - Parameters:
    ///   - clean: applied to whatever leaves, so that secrets can be taken out.
    ///   - bytes: of a piece, about.
    ///   - emit: takes the next piece of the document; how many of its events are written, and of how many.
    package func export(
        _ key: SessionKey,
        clean: (JSON) -> JSON,
        every bytes: Int = 256 << 10,
        _ emit: (_ text: String, _ events: Int, _ of: Int) async throws -> Void
    ) async throws {
        let record = try await directory.withSession(key, .viewing) { session in
            let record = await session.record
            // What was recorded just now may still be on its way to the store.
            try await session.store()
            return record
        }
        let last = record.summary.seq
        let first = max(1, try await store.firstSeq(of: key))
        let count = max(0, last - first + 1)
        var writer = CapsuleText(piece: bytes)
        for (name, value) in clean(CapsuleHeader(record, events: count).json).object ?? [:] {
            writer.member(name, value)
        }
        writer.begin("exchanges")
        for id in try await exchangeIDs(of: key) {
            guard var exchange = try await store.exchange(id) else { continue }
            exchange.session = nil
            writer.item(clean(exchange.capsuleForm))
            if writer.isLong { try await emit(writer.take(), 0, count) }
        }
        writer.end()
        writer.begin("snapshots")
        for summary in try await store.snapshots(of: key) where summary.seq <= last {
            guard let snapshot = try await store.snapshot(summary.name, of: key) else { continue }
            writer.item(clean(snapshot.capsuleForm))
            if writer.isLong { try await emit(writer.take(), 0, count) }
        }
        writer.end()
        let base = first == 1 ? nil : try await store.checkpoint(of: key, at: first - 1)
        if let base { writer.member("base", clean(base.json)) }
        writer.begin("events")
        var cursor = first - 1
        while cursor < last {
            let events = try await store.events(of: key, after: cursor, limit: min(256, last - cursor))
            guard let end = events.last else { throw RuntimeError.deletedMeanwhile(key) }
            for event in events {
                writer.item(clean(event.json))
                if writer.isLong { try await emit(writer.take(), event.seq - first + 1, count) }
            }
            cursor = end.seq
        }
        writer.end()
        // Deleted meanwhile, or another one under its key: what was written is of two sessions, or not whole.
        guard try await summary(key)?.created == record.summary.created else {
            throw RuntimeError.deletedMeanwhile(key)
        }
        try await emit(writer.take() + "}\n", count, count)
    }

    /// Oldest first.
    private func exchangeIDs(of key: SessionKey) async throws -> [String] {
        var ids: [String] = []
        while true {
            let page = try await store.exchanges(
                agent: key.agent,
                session: key.session,
                hook: nil,
                before: ids.last,
                limit: 16
            )
            ids += page.map(\.id)
            if page.count < 16 { return ids.reversed() }
        }
    }
}

/// The text of a capsule as it grows: a member or an item a line.
private struct CapsuleText {
    private var text = "{"
    private var isFirst = true
    private let piece: Int

    init(piece: Int) { self.piece = piece }

    /// Whether there is enough text for a piece.
    var isLong: Bool { text.utf8.count >= piece }

    mutating func member(_ name: String, _ value: JSON) {
        text += (isFirst ? "" : ",\n") + JSON.string(name).text + ":" + value.text
        isFirst = false
    }

    mutating func begin(_ name: String) {
        text += (isFirst ? "" : ",\n") + JSON.string(name).text + ":["
        isFirst = true
    }

    mutating func item(_ value: JSON) {
        text += (isFirst ? "\n" : ",\n") + value.text
        isFirst = false
    }

    mutating func end() {
        text += isFirst ? "]" : "\n]"
        isFirst = false
    }

    mutating func take() -> String {
        defer { text = "" }
        return text
    }
}
