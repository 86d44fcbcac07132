extension SessionEvent: JSONDescribed {
    /// The event as the inspection protocol writes it: `{seq, at, kind, cause?, turn?, …}`.
    package var json: JSON { .object(object()) }

    /// The text of ``json``.
    package var text: String { JSONText.text { $0.add(object: self) } }

    package func describe(to members: inout some JSONMembers) {
        members.add("seq", seq)
        members.add("at", Int(at))
        members.add("kind", body.kind)
        if let cause { members.add("cause", cause) }
        members.add("turn", ifAny: turn)
        if case .other(_, let others) = body {
            // Only of what an unknown kind brings may a name be taken.
            for (name, value) in others where !hasTaken(name) { members.add(foreign: name, value) }
        } else {
            body.describe(to: &members)
        }
    }

    /// Whether a member of that name is the event's own.
    private func hasTaken(_ name: String) -> Bool {
        switch name {
        case "seq", "at", "kind": true
        case "cause": cause != nil
        case "turn": turn != nil
        default: false
        }
    }

    /// Reads an event; one of an unknown kind, or whose members do not fit its kind, is kept as ``Body/other``.
    /// `nil` when there is no `kind`, no time, or no `seq` that one could have.
    package init?(json: JSON) {
        guard let object = json.object, let seq = object.bounded("seq", in: NumberRange.count),
            let at = object.time("at"), let kind = object["kind"]?.string
        else { return nil }
        self.init(
            seq: seq,
            at: at,
            cause: object.count("cause"),
            turn: object["turn"]?.string,
            body: (kind.utf8.count <= 64 ? Body(kind: kind, object) : nil) ?? .other(kind: kind, [:])
        )
        if case .other = body {
            body = .other(kind: kind, JSON.Object(object.filter { !hasTaken($0.name) }.map { ($0.name, $0.value) }))
        }
    }
}

extension SessionEvent.Body {
    package var kind: String {
        switch self {
        case .sessionCreated: "session.created"
        case .sessionEnded: "session.ended"
        case .sessionKept: "session.kept"
        case .sessionForked: "session.forked"
        case .sessionRestored: "session.restored"
        case .snapshotTaken: "snapshot.taken"
        case .messageAdded: "message.added"
        case .messageRemoved: "message.removed"
        case .messageChanged: "message.changed"
        case .turnStarted: "turn.started"
        case .turnFinished: "turn.finished"
        case .completionStarted: "completion.started"
        case .completionFinished: "completion.finished"
        case .toolStarted: "tool.started"
        case .toolFinished: "tool.finished"
        case .middlewareStarted: "middleware.started"
        case .middlewareFinished: "middleware.finished"
        case .hookReceived: "hook.received"
        case .hookAnswered: "hook.answered"
        case .tickStarted: "tick.started"
        case .tickFinished: "tick.finished"
        case .tickMissed: "tick.missed"
        case .stateChanged: "state.changed"
        case .log: "log"
        case .sent: "sent"
        case .inspectorActed: "inspector.acted"
        case .other(let kind, _): kind
        }
    }
}

extension SessionEvent.Body: JSONDescribed {
    /// The members beside `seq`, `at`, `kind`, `cause` and `turn`.
    package func describe(to members: inout some JSONMembers) {
        switch self {
        case .messageAdded(let message), .messageChanged(let message): members.add("message", message)
        case .messageRemoved(let id): members.add("id", id)
        case .turnStarted(let input, let trace):
            members.add("input", input)
            members.add("trace", ifAny: trace)
        case .turnFinished(let result): result.describe(to: &members)
        case .completionStarted(let provider, let model, let window):
            members.add("provider", provider)
            members.add("model", model)
            members.add("window", window)
        case .completionFinished(let reason, let usage, let duration, let error):
            members.add("stop_reason", ifAny: reason?.rawValue)
            members.add("usage", usage)
            members.add("duration", duration)
            members.add("error", ifAny: error)
        case .toolStarted(let call): members.add("call", call)
        case .toolFinished(let result, let duration):
            members.add("id", result.id)
            members.add("name", result.name)
            members.add("result", result.result)
            members.add("error", result.isError)
            members.add("duration", duration)
        case .middlewareStarted(let trigger, let name, let before):
            members.add("trigger", trigger)
            members.add("name", name)
            members.add("before", before)
        case .middlewareFinished(let trigger, let name, let after, let error):
            members.add("trigger", trigger)
            members.add("name", name)
            if let after { members.add("after", after) }
            members.add("error", ifAny: error)
        case .stateChanged(let patch): members.add("patch", patch.steps)
        case .log(let level, let text):
            members.add("level", level)
            members.add("text", text)
        case .sent(let data): members.add("data", data)
        default: describeOccasion(to: &members)
        }
    }

    /// What happened to the session, or from outside.
    private func describeOccasion(to members: inout some JSONMembers) {
        switch self {
        case .sessionCreated(let origin, let temporary):
            members.add("origin", origin.rawValue)
            members.add("temporary", temporary)
        case .sessionEnded(let reason): members.add("reason", reason)
        case .sessionKept(let from): members.add("from", from)
        case .sessionForked(.from(let session, let agent, let seq, let picture)):
            members.add("from", ForkSide(agent: agent, session: session, seq: seq))
            members.add("picture", picture)
        case .sessionForked(.to(let session, let agent, let seq)):
            members.add("to", ForkSide(agent: agent, session: session, seq: seq))
        case .sessionRestored(let to, let snapshot, let picture):
            members.add("to", to)
            members.add("snapshot", ifAny: snapshot)
            members.add("picture", picture)
        case .snapshotTaken(let name, let of):
            members.add("name", name)
            members.add("of", of)
        case .hookReceived(let exchange, let hook):
            members.add("exchange", exchange)
            members.add("hook", hook)
        case .hookAnswered(let exchange, let hook, let status, let duration, let error):
            members.add("exchange", exchange)
            members.add("hook", hook)
            members.add("status", status)
            members.add("duration", duration)
            members.add("error", ifAny: error)
        case .tickStarted(let job, let scheduled):
            members.add("job", job)
            members.add("scheduled", Int(scheduled))
        case .tickFinished(let job, let scheduled, let status, let duration, let error):
            members.add("job", job)
            members.add("scheduled", Int(scheduled))
            members.add("status", status.rawValue)
            members.add("duration", duration)
            members.add("error", ifAny: error)
        case .tickMissed(let job, let scheduled, let reason):
            members.add("job", job)
            members.add("scheduled", Int(scheduled))
            members.add("reason", reason)
        case .inspectorActed(let by, let method):
            members.add("by", by)
            members.add("method", method)
        case .other(_, let others): for (name, value) in others { members.add(foreign: name, value) }
        default: break
        }
    }
}

extension SessionPicture: JSONDescribed {
    package var json: JSON { .object(object()) }

    package func describe(to members: inout some JSONMembers) {
        members.add("messages", messages)
        members.add("state", state)
    }

    /// `nil` unless every message and the state can be read.
    package init?(json: JSON) {
        guard let items = json["messages"]?.array, let state = json["state"], state.object != nil else { return nil }
        let messages = items.compactMap { try? Message(json: $0) }
        guard messages.count == items.count else { return nil }
        self.init(messages: messages, state: state)
    }
}

/// One side of a fork.
private struct ForkSide: JSONDescribed {
    let agent: String?
    let session: String
    let seq: Int

    func describe(to members: inout some JSONMembers) {
        members.add("agent", ifAny: agent)
        members.add("session", session)
        members.add("seq", seq)
    }
}

extension SessionFork {
    init?(json: JSON.Object) {
        let side = json["from"] ?? json["to"]
        guard let session = side?["session"]?.string, let seq = side?.count("seq") else { return nil }
        let agent = side?["agent"]?.string
        if json["to"] != nil {
            self = .to(session: session, agent: agent, seq: seq)
        } else {
            guard let picture = json["picture"].flatMap(SessionPicture.init(json:)) else { return nil }
            self = .from(session: session, agent: agent, seq: seq, picture)
        }
    }
}

extension TurnResult: JSONDescribed {
    package func describe(to members: inout some JSONMembers) {
        members.add("status", status.rawValue)
        members.add("stop_reason", ifAny: stopReason?.rawValue)
        members.add("usage", usage)
        members.add("duration", duration)
        members.add("error", ifAny: error)
    }

    init?(json: JSON.Object) {
        guard let status = json["status"]?.word.flatMap(Status.init(rawValue:)) else { return nil }
        self.init(
            status: status,
            stopReason: json["stop_reason"]?.word.flatMap(StopReason.init(rawValue:)),
            usage: Usage(json: json["usage"] ?? [:]),
            duration: json.duration("duration") ?? 0,
            error: json["error"]?.string
        )
    }
}
