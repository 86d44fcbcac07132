internal import SessionModel

extension Methods {
    package static let attach = Method<AttachParams, AttachResult>(
        "session.attach",
        .viewer,
        "Opens a cursor in a session's journal; each event after it follows once, in order.",
        answers: ["attachment", "head"]
    )

    package static let detach = Method<AttachmentName, AttachmentName>(
        "session.detach",
        .viewer,
        "Closes a cursor.",
        answers: ["attachment"]
    )

    package static let history = Method<HistoryParams, EventsPage>(
        "session.history",
        .viewer,
        "Events of a session: the first ones after a seq, or the last ones before it.",
        answers: ["events", "more"]
    )

    package static let at = Method<MomentParams, MomentResult>(
        "session.at",
        .viewer,
        "Context and state as they were after an event.",
        answers: ["seq", "messages", "more", "window", "state", "blame"]
    )

    package static let diff = Method<DiffParams, DiffResult>(
        "session.diff",
        .viewer,
        "What changed from one moment to another, of the same session or of another one.",
        answers: ["state", "added", "removed", "changed", "more"]
    )

    package static let getContent = Method<ContentParams, ContentPiece>(
        "content.get",
        .viewer,
        "Returns a piece of content that was too large for an answer.",
        answers: ["ref", "offset", "bytes", "encoding", "text", "more", "next"]
    )

    package static let reveal = Method<RevealParams, RevealedValue>(
        "session.reveal",
        .admin,
        "Returns one redacted value of a session's state or of an exchange.",
        answers: ["path", "value"]
    )

    package static let send = Method<SendParams, SendResult>(
        "session.send",
        .operator,
        "Sends a user's message; answers when it is accepted, and the turn follows as events.",
        answers: ["turn", "seq"]
    )

    package static let cancel = Method<CancelParams, CancelResult>(
        "session.cancel",
        .operator,
        "Cancels a turn in flight.",
        answers: ["cancelled"]
    )

    package static let create = Method<CreateParams, SessionResult>(
        "session.create",
        .operator,
        "Makes a session; a temporary one without an id.",
        answers: ["agent", "session", "summary"]
    )

    package static let keep = Method<KeepParams, SessionResult>(
        "session.keep",
        .operator,
        "Turns a temporary session into a lasting one with a new id.",
        answers: ["agent", "session", "summary"]
    )

    package static let edit = Method<EditParams, SessionResult>(
        "session.edit",
        .admin,
        "Changes state and context; refused when the session has moved on.",
        answers: ["agent", "session", "summary", "seq"]
    )

    package static let end = Method<SessionName, SessionResult>(
        "session.end",
        .admin,
        "Ends a session: its jobs stop, its journal stays.",
        answers: ["agent", "session", "summary"]
    )

    package static let delete = Method<DeleteParams, SessionDeleted>(
        "session.delete",
        .admin,
        "Deletes a session and all its data.",
        answers: ["agent", "session", "deleted"]
    )

    static let session = [
        attach.declaration, detach.declaration, history.declaration, at.declaration, diff.declaration,
        getContent.declaration, reveal.declaration, send.declaration, cancel.declaration, create.declaration,
        keep.declaration, edit.declaration, end.declaration, delete.declaration,
    ]
}
