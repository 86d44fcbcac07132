internal import SessionModel

extension Method {
    package static let snapshot = Method(
        "session.snapshot",
        .operator,
        "Gives a moment of a session a name.",
        takes: ["agent", "session", "name", "seq?: by default now"],
        answers: ["snapshot"]
    )

    package static let listSnapshots = Method(
        "snapshots.list",
        .viewer,
        "The snapshots of a session, oldest first.",
        takes: ["agent", "session"],
        answers: ["snapshots"]
    )

    package static let deleteSnapshot = Method(
        "snapshot.delete",
        .admin,
        "Deletes a snapshot.",
        takes: ["agent", "session", "name"],
        answers: ["name", "deleted"]
    )

    package static let fork = Method(
        "session.fork",
        .operator,
        "Makes a session that begins as another one was; its jobs start paused.",
        takes: ["agent", "session", "from?: a seq or a snapshot's name", "as?", "temporary?"],
        answers: ["agent", "session", "summary"]
    )

    package static let restore = Method(
        "session.restore",
        .admin,
        "Sets context and state back to a moment, as a new event.",
        takes: [
            "agent", "session", "to: a seq or a snapshot's name", "expect?: the seq that was seen",
            "anyway?: true to do it whatever came since",
        ],
        answers: ["agent", "session", "summary", "seq"]
    )
}
