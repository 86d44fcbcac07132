internal import SessionModel

extension Method {
    package static let listHooks = Method(
        "hooks.list",
        .viewer,
        "Exchanges of an agent, a session or a hook, newest first.",
        takes: ["agent?", "session?", "hook?", "before?: an exchange's id", "limit?: 1 to 1000"],
        answers: ["exchanges", "more"]
    )

    package static let watchHooks = Method(
        "hooks.watch",
        .viewer,
        "The same, and `hooks.changed` for those that are new or finished.",
        takes: ["agent?", "session?", "hook?", "limit?: 1 to 1000"],
        answers: ["watch", "exchanges", "more"]
    )

    package static let unwatchHooks = Method(
        "hooks.unwatch",
        .viewer,
        "Closes a watch on exchanges.",
        takes: ["watch"],
        answers: ["watch"]
    )

    package static let getHook = Method(
        "hooks.get",
        .viewer,
        "One exchange with its request and response.",
        takes: ["exchange"],
        answers: ["exchange"]
    )

    package static let resolveHook = Method(
        "hooks.resolve",
        .viewer,
        "Which session a request would reach, and why; nothing is run.",
        takes: ["agent", "hook", "request"],
        answers: ["session", "why", "temporary"]
    )

    package static let replayHook = Method(
        "hooks.replay",
        .operator,
        "Sends a recorded request again, edited if wanted.",
        takes: ["exchange", "edits?: method, query, headers, body, encoding", "into?: same, fork, or a session's id"],
        answers: ["exchange"]
    )

    package static let sendHook = Method(
        "hooks.send",
        .operator,
        "Sends a request to a hook.",
        takes: ["agent", "hook", "request"],
        answers: ["exchange"]
    )
}
