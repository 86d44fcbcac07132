package import Inspection
package import SessionModel

/// What is known of a session without reading its journal: how it is listed, and what waking it needs to know.
package struct SessionRecord: Sendable, Hashable {
    package var summary: Summary
    /// For filters; `{}` where it is too large to be kept twice.
    package var state: JSON
    package var pausedJobs: [String]
    /// Turns that were accepted and have not finished: a runtime that finds some when it wakes the session knows that
    /// they were interrupted.
    package var openTurns: [String]
    /// The same for hooks: the event of their receipt.
    package var openHooks: [Int]
    /// When it was last stored, in milliseconds since 1970.
    package var written: Int64

    package init(
        summary: Summary,
        state: JSON,
        pausedJobs: [String],
        openTurns: [String] = [],
        openHooks: [Int] = [],
        written: Int64 = 0
    ) {
        self.summary = summary
        self.state = state
        self.pausedJobs = pausedJobs
        self.openTurns = openTurns
        self.openHooks = openHooks
        self.written = written
    }

    /// The record as stores keep it.
    package var json: JSON {
        [
            "summary": summary.json, "state": state, "paused": .array(pausedJobs.map(JSON.string)),
            "open": .array(openTurns.map(JSON.string)), "hooks": .array(openHooks.map(JSON.int)),
            "written": .int(Int(written)),
        ]
    }

    package init?(json: JSON) {
        guard let summary = json["summary"].flatMap(Summary.init(json:)) else { return nil }
        self.init(
            summary: summary,
            state: json["state"] ?? [:],
            pausedJobs: json["paused"]?.array?.compactMap(\.string) ?? [],
            openTurns: json["open"]?.array?.compactMap(\.string) ?? [],
            openHooks: json["hooks"]?.array?.compactMap(\.count) ?? [],
            written: json.time("written") ?? 0
        )
    }

    /// Whether a runtime that went away left something in the middle.
    package var isInterrupted: Bool { !openTurns.isEmpty || !openHooks.isEmpty }

    package var entry: SessionEntry { SessionEntry(summary: summary, state: state, pausedJobs: pausedJobs) }
}

/// A moment of a session that someone gave a name: kept whole, whatever becomes of the journal.
package struct Snapshot: Sendable, Hashable {
    package var name: String
    /// When it was taken, in milliseconds since 1970.
    package var at: Int64
    /// Whose token took it.
    package var by: String
    /// Context and state; its `seq` is the moment.
    package var fold: SessionFold

    package init(name: String, at: Int64, by: String, fold: SessionFold) {
        self.name = name
        self.at = at
        self.by = by
        self.fold = fold
    }

    /// Without what it holds.
    package var row: JSON {
        [
            "name": .string(name), "seq": .int(fold.seq), "at": .int(Int(at)), "by": .string(by),
            "messages": .int(fold.messages.count),
        ]
    }

    package var json: JSON {
        ["name": .string(name), "at": .int(Int(at)), "by": .string(by), "fold": fold.json]
    }

    package init?(json: JSON) {
        guard let name = json["name"]?.string, let fold = json["fold"].flatMap(SessionFold.init(json:)) else {
            return nil
        }
        self.init(name: name, at: json.time("at") ?? 0, by: json["by"]?.string ?? "", fold: fold)
    }
}

/// Sessions that sleep or have ended, as the list asks for them.
package struct SleeperQuery: Sendable {
    package var agent: String?
    package var kinds: [String]?
    /// Lower-case text that ids or agents hold.
    package var text: String?
    package var sort: SessionsQuery.Sort
    package var descending: Bool
    package var offset: Int
    package var limit: Int
    /// What else must hold; `nil` for nothing.
    package var filter: (@Sendable (SessionEntry) -> Bool)?

    package init(
        agent: String? = nil,
        kinds: [String]? = nil,
        text: String? = nil,
        sort: SessionsQuery.Sort = .created,
        descending: Bool = true,
        offset: Int = 0,
        limit: Int,
        filter: (@Sendable (SessionEntry) -> Bool)? = nil
    ) {
        self.agent = agent
        self.kinds = kinds
        self.text = text
        self.sort = sort
        self.descending = descending
        self.offset = offset
        self.limit = limit
        self.filter = filter
    }

    /// Whether it asks for no more than an agent, or for everything.
    package var isOfAgents: Bool { kinds == nil && text?.isEmpty != false && filter == nil }

    /// Whether a row fits, all in all.
    package func matches(_ entry: SessionEntry) -> Bool {
        let key = entry.summary.key
        if let agent, !key.agent.isExactly(agent) { return false }
        if let kinds, !kinds.contains(entry.summary.kind.rawValue) { return false }
        if let text, !text.isEmpty, !key.session.lowercased().contains(text), !key.agent.lowercased().contains(text) {
            return false
        }
        return filter?(entry) ?? true
    }
}

/// What was answered to a request with an idempotency key.
package struct KeptAnswer: Sendable, Hashable {
    package var status: Int
    package var body: JSON
    /// Other members of the answer, such as the session's id.
    package var session: String?
    /// Of the request that was answered so; only the same one is answered so again.
    package var fingerprint: String?

    package init(status: Int, body: JSON, session: String?) {
        self.status = status
        self.body = body
        self.session = session
    }

    /// What `session.send` answers when the messages are accepted.
    package static func accepted(_ turn: String, seq: Int) -> KeptAnswer {
        KeptAnswer(status: 200, body: ["turn": .string(turn), "seq": .int(seq)], session: nil)
    }

    package var json: JSON {
        .members([
            "status": .int(status), "body": body, "session": .from(session, JSON.string),
            "fingerprint": .from(fingerprint, JSON.string),
        ])
    }

    package init?(json: JSON) {
        guard let status = json.count("status") else { return nil }
        self.init(status: status, body: json["body"] ?? .null, session: json["session"]?.string)
        fingerprint = json["fingerprint"]?.string
    }

    /// The same as the answer to that request.
    func answering(_ request: RequestKey) -> KeptAnswer {
        var answer = self
        answer.fingerprint = request.fingerprint
        return answer
    }
}
