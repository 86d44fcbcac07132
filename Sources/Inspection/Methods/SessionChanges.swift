package import SessionModel

/// The parameters and results of methods that change one session, or make one.

/// Which session it is, and how it is listed now.
package struct SessionResult: MethodResult {
    package var key: SessionKey
    /// `nil` when it has gone meanwhile.
    package var summary: SessionSummary?
    /// The event that the change is, where it is one.
    package var seq: Int?

    package init(key: SessionKey, summary: SessionSummary?, seq: Int? = nil) {
        self.key = key
        self.summary = summary
        self.seq = seq
    }

    package var json: JSON {
        .members([
            "agent": .string(key.agent), "session": .string(key.session), "summary": summary?.json,
            "seq": .from(seq, JSON.int),
        ])
    }

    package init?(json: JSON) {
        guard let agent = json["agent"]?.string, let session = json["session"]?.string else { return nil }
        self.init(
            key: SessionKey(agent: agent, session: session),
            summary: json["summary"].flatMap(SessionSummary.init(json:)),
            seq: json.count("seq")
        )
    }
}

package struct SendParams: SessionParams {
    package var agent = ""
    package var session = ""
    /// A text, or a message of the role `user`.
    package var message: JSON?
    package var idempotencyKey: String?

    package init() {}

    package static let members: [ParamsMember<SendParams>] =
        ParamsMember.session + [
            ParamsMember("message", isOptional: false) { (params, reader) in
                params.message = reader.json["message"]
            } write: {
                $0.message
            },
            .text("idempotencyKey", \.idempotencyKey),
        ]
}

package struct SendResult: MethodResult {
    package var turn: String
    package var seq: Int

    package init(turn: String, seq: Int) {
        self.turn = turn
        self.seq = seq
    }

    package var json: JSON { ["turn": .string(turn), "seq": .int(seq)] }

    package init?(json: JSON) {
        guard let turn = json["turn"]?.string else { return nil }
        self.init(turn: turn, seq: json.count("seq") ?? 0)
    }
}

package struct CancelParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var turn: String?

    package init() {}

    package static let members: [ParamsMember<CancelParams>] = ParamsMember.session + [.text("turn", \.turn)]
}

package struct CancelResult: MethodResult {
    /// Whether there was a turn to cancel.
    package var isCancelled: Bool

    package init(isCancelled: Bool) { self.isCancelled = isCancelled }

    package var json: JSON { ["cancelled": .bool(isCancelled)] }

    package init?(json: JSON) { isCancelled = json["cancelled"]?.bool ?? true }
}

package struct CreateParams: MethodParams {
    package var agent = ""
    package var session: String?
    package var state: JSON?
    package var setup: JSON?

    package init() {}

    package static let members: [ParamsMember<CreateParams>] = [
        .text("agent", \.agent), .text("session", \.session),
        .object("state", \.state, "fields to begin with"), .object("setup", \.setup),
    ]
}

package struct KeepParams: SessionParams {
    package var agent = ""
    package var session = ""
    /// The id that it has from now on.
    package var id = ""

    package init() {}

    package static let members: [ParamsMember<KeepParams>] = ParamsMember.session + [.text("as", \.id)]
}

package struct EditParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var state: JSON?
    package var context: JSON?
    package var expect: Int?

    package init() {}

    package static let members: [ParamsMember<EditParams>] =
        ParamsMember.session + [
            .value("state", \.state, "a JSON Patch (RFC 6902)"),
            .value("context", \.context, "steps with op, id, hash, message"),
            .number("expect", \.expect, "the seq that was seen"),
        ]
}

package struct DeleteParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var confirm = ""

    package init() {}

    package static let members: [ParamsMember<DeleteParams>] =
        ParamsMember.session + [.text("confirm", \.confirm, "the session's id again")]
}

package struct SessionDeleted: MethodResult {
    package var key: SessionKey

    package init(key: SessionKey) { self.key = key }

    package var json: JSON {
        ["agent": .string(key.agent), "session": .string(key.session), "deleted": true]
    }

    package init?(json: JSON) {
        guard let agent = json["agent"]?.string, let session = json["session"]?.string else { return nil }
        key = SessionKey(agent: agent, session: session)
    }
}
