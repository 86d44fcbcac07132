internal import Inspection
internal import InspectionClient
internal import SessionModel

/// Tools that change something: only where `--allow` names them.
extension MCPTool {
    static let acting: [MCPTool] = [
        MCPTool(
            name: "send_message",
            title: "Send a message",
            description:
                "Sends a user's message to a session, waits for the turn, and returns its events. Tools of the agent really run.",
            arguments: [.session, .text("message", "What the user says.", required: true)],
            act: .send,
            rest: "Use get_events with 'after' for the rest of the turn."
        ) { asked, arguments in
            let key = try await asked.session(arguments.address())
            let turn = try await asked.turn(.string(arguments.text("message") ?? ""), key)
            var document = turn.sent.object ?? [:]
            document["events"] = .array(turn.events)
            return .object(document)
        },
        MCPTool(
            name: "replay_hook",
            title: "Replay a webhook",
            description: "Sends a recorded request again. Into a fork, the session itself is not touched.",
            arguments: [
                .text("exchange", "The exchange's id.", required: true),
                .text("into", "same, fork, or a session's id; fork by default."),
                Argument(
                    name: "edits",
                    kind: .object,
                    meaning: "method, query, headers, body, encoding in place of the recorded ones."
                ),
            ],
            act: .replay
        ) { asked, arguments in
            let params = ReplayParams(
                arguments.text("exchange") ?? "",
                edits: arguments.json["edits"],
                into: arguments.text("into") ?? "fork"
            )
            return try await asked.client.call(Methods.replayHook, params).json
        },
        MCPTool(
            name: "fork",
            title: "Fork a session",
            description: "Creates a session from a moment of another one; its jobs start paused.",
            arguments: [.moment, .text("as", "The id of the new one; made up by default.")],
            act: .fork
        ) { asked, arguments in
            let place = try await asked.moment(arguments.address())
            return try await asked.client.call(
                Methods.fork,
                ForkParams(place.key) { ($0.from, $0.id) = (place.moment, arguments.text("as")) }
            ).json
        },
        MCPTool(
            name: "snapshot",
            title: "Take a snapshot",
            description: "Names a moment of a session, by default now, so that it can be compared and forked later.",
            arguments: [.moment, .text("name", "The snapshot's name.", required: true)],
            act: .snapshot
        ) { asked, arguments in
            let place = try await asked.moment(arguments.address())
            let seq = try await asked.seq(named: place)
            return try await asked.client.call(
                Methods.snapshot,
                SnapshotParams(place.key) { ($0.name, $0.seq) = (arguments.text("name") ?? "", seq) }
            ).json
        },
        MCPTool(
            name: "run_job",
            title: "Run a job",
            description: "Runs a job now, in one session or, a static one, of the agent.",
            arguments: [
                .text("place", "AGENT or AGENT/SESSION.", required: true), .text("job", "The job.", required: true),
            ],
            act: .run
        ) { asked, arguments in
            let place = try await JobPlace(arguments.address("place"), asked)
            var params = JobParams()
            (params.agent, params.session, params.job) = (place.agent, place.session, arguments.text("job") ?? "")
            return try await asked.client.call(Methods.runJob, params).json
        },
    ]
}
