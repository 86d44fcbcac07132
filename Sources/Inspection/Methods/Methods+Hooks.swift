package import SessionModel

package struct ExchangesParams: MethodParams {
    package var agent: String?
    package var session: String?
    package var hook: String?
    /// An exchange's id.
    package var before: String?
    package var limit: Int?

    package init() {}

    package static let members: [ParamsMember<ExchangesParams>] = [
        .text("agent", \.agent), .text("session", \.session), .text("hook", \.hook),
        .text("before", \.before, "an exchange's id"), .limit(\.limit),
    ]
}

/// Exchanges as rows, newest first: without headers and bodies.
package struct ExchangesPage: MethodResult {
    /// What a watch on them is called; `nil` where they are not watched.
    package var watch: String?
    /// As the runtime sends them: cut where they are too large.
    package var rows: [JSON]
    package var more: Bool

    package init(watch: String? = nil, rows: [JSON], more: Bool) {
        self.watch = watch
        self.rows = rows
        self.more = more
    }

    package var exchanges: [Exchange] { rows.compactMap(Exchange.init(json:)) }

    package var json: JSON {
        .members(["watch": .from(watch, JSON.string), "exchanges": .array(rows), "more": .bool(more)])
    }

    package init?(json: JSON) {
        guard let rows = json["exchanges"]?.array else { return nil }
        self.init(watch: json["watch"]?.string, rows: rows, more: json["more"]?.bool ?? false)
    }
}

package struct ExchangeParams: MethodParams {
    package var exchange = ""

    package init() {}

    package static let members: [ParamsMember<ExchangeParams>] = [.text("exchange", \.exchange)]
}

/// One exchange with its request and response.
package struct ExchangeResult: MethodResult {
    /// As the runtime sends it: cut where it is too large.
    package var document: JSON

    package init(document: JSON) { self.document = document }

    package var exchange: Exchange? { Exchange(json: document) }

    package var json: JSON { ["exchange": document] }

    package init?(json: JSON) {
        guard let document = json["exchange"], Exchange(json: document) != nil else { return nil }
        self.document = document
    }
}

package struct HookRequestParams: MethodParams {
    package var agent = ""
    package var hook = ""
    /// Method, query, headers, body and its encoding.
    package var request: JSON?

    package init() {}

    package static let members: [ParamsMember<HookRequestParams>] = [
        .text("agent", \.agent), .text("hook", \.hook), .object("request", \.request),
    ]
}

/// Where a request would go.
package struct HookRoute: MethodResult {
    /// `nil` where it would make one, or where the hook has none.
    package var session: String?
    package var why: String
    /// Whether it would make a temporary session.
    package var isTemporary: Bool

    package init(session: String?, why: String, isTemporary: Bool) {
        self.session = session
        self.why = why
        self.isTemporary = isTemporary
    }

    package var json: JSON {
        ["session": session.map(JSON.string) ?? .null, "why": .string(why), "temporary": .bool(isTemporary)]
    }

    package init?(json: JSON) {
        guard let why = json["why"]?.string else { return nil }
        self.init(session: json["session"]?.string, why: why, isTemporary: json["temporary"]?.bool ?? false)
    }
}

package struct ReplayParams: MethodParams {
    package var exchange = ""
    package var edits: JSON?
    package var into: String?

    package init() {}

    package static let members: [ParamsMember<ReplayParams>] = [
        .text("exchange", \.exchange), .object("edits", \.edits, "method, query, headers, body, encoding"),
        .text("into", \.into, "same, fork, or a session's id"),
    ]
}

extension Methods {
    package static let listHooks = Method<ExchangesParams, ExchangesPage>(
        "hooks.list",
        .viewer,
        "Exchanges of an agent, a session or a hook, newest first; on from one that may be gone since.",
        answers: ["exchanges", "more"]
    )

    package static let watchHooks = Method<ExchangesParams, ExchangesPage>(
        "hooks.watch",
        .viewer,
        "Lists exchanges, and sends `hooks.changed` for new and finished ones.",
        answers: ["watch", "exchanges", "more"]
    )

    package static let unwatchHooks = Method<WatchName, WatchName>(
        "hooks.unwatch",
        .viewer,
        "Closes a watch on exchanges.",
        answers: ["watch"]
    )

    package static let getHook = Method<ExchangeParams, ExchangeResult>(
        "hooks.get",
        .viewer,
        "One exchange with its request and response.",
        answers: ["exchange"]
    )

    package static let resolveHook = Method<HookRequestParams, HookRoute>(
        "hooks.resolve",
        .viewer,
        "Which session a request would reach, and why; nothing is run.",
        answers: ["session", "why", "temporary"]
    )

    package static let replayHook = Method<ReplayParams, ExchangeResult>(
        "hooks.replay",
        .operator,
        "Sends a recorded request again, edited if wanted.",
        answers: ["exchange"]
    )

    package static let sendHook = Method<HookRequestParams, ExchangeResult>(
        "hooks.send",
        .operator,
        "Sends a request to a hook.",
        answers: ["exchange"]
    )

    static let hooks = [
        listHooks.declaration, watchHooks.declaration, unwatchHooks.declaration, getHook.declaration,
        resolveHook.declaration, replayHook.declaration, sendHook.declaration,
    ]
}
