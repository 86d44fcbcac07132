internal import SessionModel

extension Method {
    private static let window: [Parameter] = [
        "agent?", "kinds?: lasting, temporary", "query?: text in ids and agents", "filter?: the filter language",
        "sort?", "descending?", "offset?", "limit?: 0 to 1000",
    ]

    package static let watchSessions = Method(
        "sessions.watch",
        .viewer,
        "Opens a window on the list of sessions; `sessions.changed` follows when it changes.",
        takes: window,
        answers: ["watch", "total", "counts", "rows"]
    )

    package static let viewSessions = Method(
        "sessions.view",
        .viewer,
        "Moves a window, or changes its filter and order.",
        takes: ["watch"] + window,
        answers: ["watch", "total", "counts", "rows"]
    )

    package static let unwatchSessions = Method(
        "sessions.unwatch",
        .viewer,
        "Closes a window.",
        takes: ["watch"],
        answers: ["watch"]
    )

    package static let attach = Method(
        "session.attach",
        .viewer,
        "Opens a cursor in a session's journal; each event after it follows once, in order.",
        takes: ["agent", "session", "after?: a seq", "window?: at most so many messages"],
        answers: ["attachment", "head"]
    )

    package static let detach = Method(
        "session.detach",
        .viewer,
        "Closes a cursor.",
        takes: ["attachment"],
        answers: ["attachment"]
    )

    package static let history = Method(
        "session.history",
        .viewer,
        "Events of a session: the first ones after a seq, or the last ones before it.",
        takes: ["agent", "session", "after?: a seq", "before?: a seq", "kinds?", "limit?: 1 to 1000"],
        answers: ["events", "more"]
    )

    package static let at = Method(
        "session.at",
        .viewer,
        "Context and state as they were after an event.",
        takes: ["agent", "session", "seq", "before?: a message's id, to page back"],
        answers: ["seq", "messages", "more", "window", "state", "blame"]
    )

    package static let diff = Method(
        "session.diff",
        .viewer,
        "What changed from one moment to another, of the same session or of another one.",
        takes: [
            "agent", "session", "from: a seq or a snapshot's name", "to: a seq or a snapshot's name",
            "other?: the session of `to`",
        ],
        answers: ["state", "added", "removed", "changed", "more"]
    )

    package static let getContent = Method(
        "content.get",
        .viewer,
        "A piece of what was too large for an answer.",
        takes: ["ref", "offset?: 0, or the `next` of the piece before", "limit?: bytes, 4 to 1048576"],
        answers: ["ref", "offset", "bytes", "encoding", "text", "more", "next"]
    )

    package static let reveal = Method(
        "session.reveal",
        .admin,
        "One value that is hidden otherwise, of a session's state or of an exchange.",
        takes: ["agent?", "session?", "exchange?", "path: a JSON Pointer (RFC 6901)"],
        answers: ["path", "value"]
    )

    package static let send = Method(
        "session.send",
        .operator,
        "Sends a user's message; answers when it is accepted, and the turn follows as events.",
        takes: ["agent", "session", "message", "idempotencyKey?"],
        answers: ["turn", "seq"]
    )

    package static let cancel = Method(
        "session.cancel",
        .operator,
        "Cancels a turn in flight.",
        takes: ["agent", "session", "turn?"],
        answers: ["cancelled"]
    )

    package static let create = Method(
        "session.create",
        .operator,
        "Makes a session; a temporary one without an id.",
        takes: ["agent", "session?", "state?: fields to begin with", "setup?"],
        answers: ["agent", "session", "summary"]
    )

    package static let keep = Method(
        "session.keep",
        .operator,
        "Makes a temporary session a lasting one under a new id.",
        takes: ["agent", "session", "as"],
        answers: ["agent", "session", "summary"]
    )

    package static let edit = Method(
        "session.edit",
        .admin,
        "Changes state and context; refused when the session has moved on.",
        takes: [
            "agent", "session", "state?: a JSON Patch (RFC 6902)", "context?: steps with op, id, hash, message",
            "expect?: the seq that was seen",
        ],
        answers: ["agent", "session", "summary", "seq"]
    )

    package static let end = Method(
        "session.end",
        .admin,
        "Ends a session: its jobs stop, its journal stays.",
        takes: ["agent", "session"],
        answers: ["agent", "session", "summary"]
    )

    package static let delete = Method(
        "session.delete",
        .admin,
        "Deletes a session with everything that is its own.",
        takes: ["agent", "session", "confirm: the session's id again"],
        answers: ["agent", "session", "deleted"]
    )
}
