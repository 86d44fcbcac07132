internal import SessionModel

extension Method {
    package static let hello = Method(
        "runtime.hello",
        .viewer,
        "Says what the runtime is: version, node, role of the token, agents, methods, limits and its clock.",
        takes: ["client?", "protocol?: the version that the inspector speaks"],
        answers: [
            "name", "version", "protocol", "node", "started", "role", "agents", "capabilities", "limits", "now",
        ]
    )

    package static let stats = Method(
        "runtime.stats",
        .viewer,
        "The runtime in numbers: sessions by kind, work a second, latencies, memory, store lag.",
        takes: ["watch?: true to be told each second"],
        answers: [
            "sessions", "turns", "hooks", "ticks", "events", "rates", "latency", "memory", "inspectors", "storeLag",
            "coalesced", "now",
        ]
    )

    package static let listAudit = Method(
        "audit.list",
        .admin,
        "Who did what through this protocol, newest first.",
        takes: ["before?: an entry's number", "limit?: 1 to 1000"],
        answers: ["entries", "more"]
    )
}
