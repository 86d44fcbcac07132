package import SessionModel

package struct HelloParams: MethodParams {
    package var client: JSON?
    /// The version that the inspector speaks.
    package var version: JSON?

    package init() {}

    package static let members: [ParamsMember<HelloParams>] = [
        .value("client", \.client), .value("protocol", \.version, "the version that the inspector speaks"),
    ]
}

/// What the runtime is, with its clock.
package struct HelloResult: MethodResult {
    /// `nil` for one that cannot be read.
    package var hello: Hello?
    /// The version that it speaks; `nil` where it says none.
    package var version: String?
    /// Its clock, in milliseconds since 1970.
    package var now: Int64?

    package init(_ hello: Hello, now: Int64) {
        self.hello = hello
        version = Inspection.version
        self.now = now
    }

    package var json: JSON {
        var object = hello?.json.object ?? [:]
        object["now"] = .time(now)
        return .object(object)
    }

    package init?(json: JSON) {
        hello = Hello(json: json)
        version = json["protocol"].map { $0.string ?? $0.text }
        now = json.time("now")
    }
}

package struct StatsParams: MethodParams {
    package var watch = false

    package init() {}

    package static let members: [ParamsMember<StatsParams>] = [
        .flag("watch", \.watch, "true to be told each second")
    ]
}

/// The runtime in numbers, with its clock.
package struct StatsResult: MethodResult {
    package var stats: RuntimeStats
    /// Its clock, in milliseconds since 1970.
    package var now: Int64?

    package init(_ stats: RuntimeStats, now: Int64) {
        self.stats = stats
        self.now = now
    }

    package var json: JSON {
        var object = stats.json.object ?? [:]
        object["now"] = .time(now)
        return .object(object)
    }

    package init?(json: JSON) {
        stats = RuntimeStats(json: json)
        now = json.time("now")
    }
}

package struct AuditParams: MethodParams {
    package var before: Int?
    package var limit: Int?

    package init() {}

    package static let members: [ParamsMember<AuditParams>] = [
        .number("before", \.before, "an entry's number"), .limit(\.limit),
    ]
}

package struct AuditPage: MethodResult {
    package var entries: [AuditEntry]
    package var more: Bool

    package init(entries: [AuditEntry], more: Bool) {
        self.entries = entries
        self.more = more
    }

    package var json: JSON { ["entries": .array(entries.map(\.json)), "more": .bool(more)] }

    package init?(json: JSON) {
        guard let entries = json["entries"]?.array else { return nil }
        self.init(entries: entries.compactMap(AuditEntry.init(json:)), more: json["more"]?.bool ?? false)
    }
}

extension Methods {
    package static let hello = Method<HelloParams, HelloResult>(
        "runtime.hello",
        .viewer,
        "Says what the runtime is: version, node, role of the token, agents, methods, limits and its clock.",
        answers: [
            "name", "version", "protocol", "node", "started", "role", "agents", "capabilities", "limits", "now",
            "nodes",
        ]
    )

    package static let stats = Method<StatsParams, StatsResult>(
        "runtime.stats",
        .viewer,
        "The runtime in numbers: sessions by kind, work a second, latencies, memory, store lag; of several runtimes on one database their sums.",
        answers: [
            "sessions", "turns", "hooks", "ticks", "events", "rates", "latency", "memory", "inspectors", "storeLag",
            "coalesced", "now", "nodes",
        ]
    )

    package static let listAudit = Method<AuditParams, AuditPage>(
        "audit.list",
        .admin,
        "Who did what through this protocol, newest first.",
        answers: ["entries", "more"]
    )

    static let runtime = [hello.declaration, stats.declaration, listAudit.declaration]
}
