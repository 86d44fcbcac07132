extension SessionEvent {
    /// The event as the inspection protocol writes it: `{seq, at, kind, cause?, turn?, …}`.
    package var json: JSON {
        var object: JSON.Object = ["seq": .int(seq), "at": .int(Int(at)), "kind": .string(body.kind)]
        if let cause { object["cause"] = .int(cause) }
        if let turn { object["turn"] = .string(turn) }
        for (name, value) in body.members where !hasTaken(name) { object[name] = value }
        return .object(object)
    }

    /// The text of ``json``, written without building it first, since every event is stored as text.
    package var text: String {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        func add(_ name: String, _ value: JSON) {
            output.append(contentsOf: name.utf8)
            value.write(into: &output)
        }
        add("{\"seq\":", .int(seq))
        add(",\"at\":", .int(Int(at)))
        add(",\"kind\":", .string(body.kind))
        if let cause { add(",\"cause\":", .int(cause)) }
        if let turn { add(",\"turn\":", .string(turn)) }
        // Only of what an unknown kind brings may a name be taken.
        let mayBeTaken = if case .other = body { true } else { false }
        for (name, value) in body.members where !mayBeTaken || !hasTaken(name) {
            output.append(UInt8(ascii: ","))
            JSON.quote(name, into: &output)
            add(":", value)
        }
        output.append(UInt8(ascii: "}"))
        return String(decoding: output, as: UTF8.self)
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

    /// The members beside `seq`, `at`, `kind`, `cause` and `turn`.
    var members: JSON.Object {
        let json: JSON =
            switch self {
            case .sessionCreated(let origin, let temporary):
                ["origin": .string(origin.rawValue), "temporary": .bool(temporary)]
            case .sessionEnded(let reason): ["reason": .string(reason)]
            case .sessionKept(let from): ["from": .string(from)]
            case .sessionForked(.from(let session, let agent, let seq, let picture)):
                ["from": SessionFork.side(session, agent, seq), "picture": picture.json]
            case .sessionForked(.to(let session, let agent, let seq)): ["to": SessionFork.side(session, agent, seq)]
            case .sessionRestored(let to, let snapshot, let picture):
                .members(["to": .int(to), "snapshot": .from(snapshot, JSON.string), "picture": picture.json])
            case .snapshotTaken(let name, let of): ["name": .string(name), "of": .int(of)]
            case .messageAdded(let message), .messageChanged(let message): ["message": message.json]
            case .messageRemoved(let id): ["id": .string(id)]
            case .turnStarted(let input, let trace):
                .members(["input": .array(input.map(JSON.string)), "trace": .from(trace, JSON.string)])
            case .turnFinished(let result): result.json
            case .completionStarted(let provider, let model, let window):
                [
                    "provider": .string(provider), "model": .string(model),
                    "window": .array(window.map(JSON.string)),
                ]
            case .completionFinished(let reason, let usage, let duration, let error):
                .members([
                    "stop_reason": .from(reason?.rawValue, JSON.string), "usage": usage.json,
                    "duration": .double(duration), "error": .from(error, JSON.string),
                ])
            case .toolStarted(let call): ["call": call.json]
            case .toolFinished(let result, let duration):
                [
                    "id": .string(result.id), "name": .string(result.name), "result": result.result,
                    "error": .bool(result.isError), "duration": .double(duration),
                ]
            case .middlewareStarted(let trigger, let name, let before):
                ["trigger": .string(trigger), "name": .string(name), "before": before]
            case .middlewareFinished(let trigger, let name, let after, let error):
                .members([
                    "trigger": .string(trigger), "name": .string(name), "after": after,
                    "error": .from(error, JSON.string),
                ])
            case .hookReceived(let exchange, let hook): ["exchange": .string(exchange), "hook": .string(hook)]
            case .hookAnswered(let exchange, let hook, let status, let duration, let error):
                .members([
                    "exchange": .string(exchange), "hook": .string(hook), "status": .int(status),
                    "duration": .double(duration), "error": .from(error, JSON.string),
                ])
            case .tickStarted(let job, let scheduled): ["job": .string(job), "scheduled": .int(Int(scheduled))]
            case .tickFinished(let job, let scheduled, let status, let duration, let error):
                .members([
                    "job": .string(job), "scheduled": .int(Int(scheduled)), "status": .string(status.rawValue),
                    "duration": .double(duration), "error": .from(error, JSON.string),
                ])
            case .tickMissed(let job, let scheduled, let reason):
                ["job": .string(job), "scheduled": .int(Int(scheduled)), "reason": .string(reason)]
            case .stateChanged(let patch): ["patch": patch.json]
            case .log(let level, let text): ["level": .string(level), "text": .string(text)]
            case .sent(let data): ["data": data]
            case .inspectorActed(let by, let method): ["by": .string(by), "method": .string(method)]
            case .other(_, let members): .object(members)
            }
        return json.object ?? [:]
    }
}

extension SessionPicture {
    package var json: JSON { ["messages": .array(messages.map(\.json)), "state": state] }

    /// `nil` unless every message and the state can be read.
    package init?(json: JSON) {
        guard let items = json["messages"]?.array, let state = json["state"], state.object != nil else { return nil }
        let messages = items.compactMap { try? Message(json: $0) }
        guard messages.count == items.count else { return nil }
        self.init(messages: messages, state: state)
    }
}

extension SessionFork {
    static func side(_ session: String, _ agent: String?, _ seq: Int) -> JSON {
        .members(["agent": agent.map(JSON.string), "session": .string(session), "seq": .int(seq)])
    }

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

extension TurnResult {
    var json: JSON {
        .members([
            "status": .string(status.rawValue), "stop_reason": .from(stopReason?.rawValue, JSON.string),
            "usage": usage.json, "duration": .double(duration), "error": .from(error, JSON.string),
        ])
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
