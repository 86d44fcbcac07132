package import SessionModel

package struct RerunParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var from: Moment?
    /// The last event that is repeated.
    package var end: Int?
    /// The agent that repeats it.
    package var other: String?
    package var id: String?
    package var provider: String?
    package var model: String?
    package var ticks = false
    package var dryHooks = false
    package var recordedTools = false

    package init() {}

    package static let members: [ParamsMember<RerunParams>] =
        ParamsMember.session + [
            .moment("from", \.from), .number("to", \.end, "the last event that is repeated"),
            .text("with", \.other, "the agent that repeats it, by default the session's own"),
            .text("as", \.id, "the id of the fork, which lasts then"), .text("provider", \.provider),
            .text("model", \.model), .flag("ticks", \.ticks, "true to run jobs as well"),
            .flag("dryHooks", \.dryHooks, "true to repeat what webhooks changed instead of running them"),
            .flag("recordedTools", \.recordedTools, "true to answer calls of tools from the recording"),
        ]
}

/// A rerun that has begun.
package struct RerunResult: MethodResult {
    package var rerun: String
    /// The fork in which the recording is repeated.
    package var fork: SessionKey
    /// The last recorded event that the fork begins with, and the last one that is repeated.
    package var events: ClosedRange<Int>

    package init(rerun: String, fork: SessionKey, events: ClosedRange<Int>) {
        self.rerun = rerun
        self.fork = fork
        self.events = events
    }

    package var json: JSON {
        [
            "rerun": .string(rerun), "agent": .string(fork.agent), "session": .string(fork.session),
            "from": .int(events.lowerBound), "to": .int(events.upperBound),
        ]
    }

    package init?(json: JSON) {
        guard let rerun = json["rerun"]?.string, let agent = json["agent"]?.string,
            let session = json["session"]?.string
        else { return nil }
        let start = json.count("from") ?? 0
        self.init(
            rerun: rerun,
            fork: SessionKey(agent: agent, session: session),
            events: start...max(start, json.count("to") ?? 0)
        )
    }
}

package struct RerunName: MethodParams {
    package var rerun = ""

    package init() {}

    package static let members: [ParamsMember<RerunName>] = [.text("rerun", \.rerun)]
}

/// A step of a rerun that is done.
package struct RerunStepNotice: Sendable {
    package var rerun: String
    /// The step as the runtime sends it: cut where it is too large.
    package var document: JSON

    package init(rerun: String, document: JSON) {
        self.rerun = rerun
        self.document = document
    }

    package var step: RerunStep? { RerunStep(json: document) }

    package var json: JSON { ["rerun": .string(rerun), "step": document] }

    package init?(json: JSON) {
        guard let rerun = json["rerun"]?.string, let document = json["step"] else { return nil }
        self.init(rerun: rerun, document: document)
    }
}

/// The end of a rerun.
package struct RerunEnd: Sendable {
    package var rerun: String
    package var tally: RerunTally
    package var error: RPCError?

    package init(rerun: String, tally: RerunTally, error: RPCError?) {
        self.rerun = rerun
        self.tally = tally
        self.error = error
    }

    package var json: JSON {
        .members([
            "rerun": .string(rerun), "steps": .int(tally.steps), "repeated": .int(tally.repeated),
            "lost": .int(tally.lost),
            "different": .object(
                JSON.Object(RerunStep.Aspect.allCases.map { ($0.rawValue, .int(tally.different[$0] ?? 0)) })
            ),
            "error": error?.json,
        ])
    }

    package init?(json: JSON) {
        guard let rerun = json["rerun"]?.string else { return nil }
        self.rerun = rerun
        tally = RerunTally()
        tally.steps = json.count("steps") ?? 0
        tally.repeated = json.count("repeated") ?? 0
        tally.lost = json.count("lost") ?? 0
        for aspect in RerunStep.Aspect.allCases {
            tally.different[aspect] = json["different"]?.count(aspect.rawValue) ?? 0
        }
        error = json["error"].flatMap(RPCError.init(json:))
    }
}

extension Methods {
    package static let rerun = Method<RerunParams, RerunResult>(
        "session.rerun",
        .operator,
        "Repeats in a fork what came to a session, and compares: `rerun.step` for each turn, webhook and tick, then `rerun.end`.",
        answers: ["rerun", "agent", "session", "from", "to"]
    )

    package static let stopRerun = Method<RerunName, Done>(
        "rerun.stop",
        .operator,
        "Stops a rerun; the turn that is under way is cancelled.",
        answers: [],
        // It belongs to the rerun, which is in the audit log.
        isAudited: false
    )

    static let reruns = [rerun.declaration, stopRerun.declaration]
}
