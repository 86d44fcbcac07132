internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// `seismo sessions fork`.
struct SessionsFork: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork",
        abstract: "Create a session from a moment of another one; its jobs start paused."
    )

    @Argument(help: ArgumentHelp(SessionAddress.momentHelp, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Option(name: .customLong("as"), help: ArgumentHelp("The id of the new one.", valueName: "id"))
    var id: String?

    @Flag(help: "Make it a temporary one.")
    var temporary = false

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let place = try await asked.moment(session)
        let answer = try await asked.client.call(
            Methods.fork,
            ForkParams(place.key) { ($0.from, $0.id, $0.temporary) = (place.moment, id, temporary) }
        )
        try output.write(answer)
    }
}

/// `seismo sessions restore`.
struct SessionsRestore: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Set context and state back to a moment, as a new event: nothing is erased."
    )

    @Argument(
        help: ArgumentHelp("The moment: AGENT/SESSION@SEQ or AGENT/SESSION@SNAPSHOT.", valueName: "session"),
        completion: .sessions
    )
    var session: SessionAddress

    @Option(help: ArgumentHelp("Refuse when the session has gone on since this event.", valueName: "seq"))
    var expect: Int?

    @Flag(help: "Restore whatever came since.")
    var anyway = false

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let place = try await asked.moment(session)
        guard let moment = place.moment else {
            throw UsageError("'\(session.text)' names no moment: write \(session.text)@SEQ.")
        }
        var seen = expect
        if seen == nil { seen = try await asked.lastSeq(of: place.key) }
        let answer = try await asked.client.call(
            Methods.restore,
            RestoreParams(place.key) { ($0.to, $0.expect, $0.anyway) = (moment, seen, anyway) }
        )
        try output.write(answer)
    }
}

/// `seismo sessions snapshot`.
struct SessionsSnapshot: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Name a moment of a session, by default now; without a name, list the snapshots."
    )

    @Argument(help: ArgumentHelp(SessionAddress.momentHelp, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Argument(help: "The snapshot's name.")
    var name: String?

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let place = try await asked.moment(session)
        guard let name else { return try await list(asked, place.key, output) }
        let seq = try await asked.seq(named: place)
        let answer = try await asked.client.call(
            Methods.snapshot,
            SnapshotParams(place.key) { ($0.name, $0.seq) = (name, seq) }
        )
        guard output.isTable else { return try output.document(answer.json) }
        let taken = answer.result.snapshot
        try output.line(SafeText("\(place.key.agent)/\(place.key.session)@\(taken.name)"))
    }

    private func list(_ asked: Asked, _ key: SessionKey, _ output: Output) async throws {
        let answer = try await asked.client.call(Methods.listSnapshots, SessionName(key))
        let times = Times(output)
        switch output.form {
        case .json: try output.document(answer.json)
        case .jsonl: for snapshot in answer.json["snapshots"]?.array ?? [] { try output.line(snapshot) }
        case .table, .wide:
            try Table(
                [
                    Table.Column(title: "NAME", isFlexible: true), Table.Column(title: "SEQ", isRight: true),
                    Table.Column(title: "AT", isRight: true), Table.Column(title: "BY"),
                    Table.Column(title: "MESSAGES", isRight: true),
                ],
                output
            ).write(
                answer.result.snapshots.map {
                    [
                        Table.Cell(SafeText($0.name)), Table.Cell($0.seq), Table.Cell(times.age($0.at)),
                        Table.Cell(SafeText($0.by)), Table.Cell($0.messages),
                    ]
                }
            )
        }
    }
}

/// `seismo sessions edit`.
struct SessionsEdit: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change a session's state by a JSON Patch (RFC 6902), or its context.",
        discussion: "A patch may carry 'test' steps on what was seen; the edit is refused where they do not hold."
    )

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Option(help: ArgumentHelp("A JSON Patch of the state; '-' reads stdin.", valueName: "file"))
    var patch: String?

    @Option(
        help: ArgumentHelp("Steps on the context, with op, id, hash and message; '-' reads stdin.", valueName: "file")
    )
    var context: String?

    @Option(help: ArgumentHelp("Refuse when the session has gone on since this event.", valueName: "seq"))
    var expect: Int?

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard patch != nil || context != nil else { throw ValidationError("Nothing to change: give --patch FILE.") }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        let state = try patch.map(Self.document)
        let context = try context.map(Self.document)
        let key = try await asked.session(session)
        let answer = try await asked.client.call(
            Methods.edit,
            EditParams(key) { ($0.state, $0.context, $0.expect) = (state, context, expect) }
        )
        try output.write(answer)
    }

    private static func document(_ path: String) throws -> JSON {
        let text = try StandardInput.text(of: path, limit: Inspection.maximumMessage)
        do { return try JSON(parsing: text) } catch {
            throw UsageError("'\(path)' is not JSON: \(error).")
        }
    }
}

/// `seismo sessions diff`.
struct SessionsDiff: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what changed from one moment to another, of the same session or of another one of its agent."
    )

    @Argument(help: ArgumentHelp(SessionAddress.momentHelp, valueName: "from"), completion: .sessions)
    var from: SessionAddress

    @Argument(help: ArgumentHelp(SessionAddress.momentHelp, valueName: "to"), completion: .sessions)
    var to: SessionAddress

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let (from, to) = (try await asked.moment(from), try await asked.moment(to))
        let answer = try await asked.client.call(Methods.diff, try await asked.diff(from, to))
        guard output.isTable else { return try output.document(answer.json) }
        try write(answer.result, output)
    }

    private func write(_ diff: DiffResult, _ output: Output) throws {
        for step in diff.state.array ?? [] {
            let op = step["op"]?.string ?? ""
            let role: ColorRole = op == "add" ? .good : op == "remove" ? .bad : .changed
            let value = step["value"].map { " = \($0.text)" } ?? step["from"].map { " from \($0.string ?? "")" } ?? ""
            try output.line(SafeText("\(op) \(step["path"]?.string ?? "")\(value)"), role)
        }
        let parts: [(SafeText, [JSON], ColorRole)] = [
            ("- ", diff.removed, .bad), ("~ ", diff.changed, .changed), ("+ ", diff.added, .good),
        ]
        for (sign, messages, role) in parts {
            for message in messages.compactMap({ try? Message(json: $0) }) {
                try output.line(sign + SafeText(message.role.rawValue), role)
                for line in MessageText.lines(of: message) { try output.line(sign + line, role) }
            }
        }
        if diff.more { StandardNotice.line("There is more than one answer holds; --json says where it is cut.") }
    }
}

extension Asked {
    /// - Throws: ``UsageError`` when the sessions are of two agents.
    func diff(_ from: SessionMoment, _ to: SessionMoment) async throws -> DiffParams {
        guard from.key.agent.isExactly(to.key.agent) else {
            throw UsageError("Both sessions must be of one agent, not of \(from.key.agent) and \(to.key.agent).")
        }
        var params = DiffParams(from.key)
        params.from = try await known(from)
        params.to = try await known(to)
        if from.key != to.key { params.other = to.key.session }
        return params
    }

    /// The seq of the moment that is named; `nil` for now.
    func seq(named place: SessionMoment) async throws -> Int? {
        guard let moment = place.moment else { return nil }
        return try await seq(of: moment, place.key)
    }

    /// A moment that is sent: now is the last event.
    private func known(_ place: SessionMoment) async throws -> Moment {
        if let moment = place.moment { return moment }
        return .seq(try await lastSeq(of: place.key))
    }

    func lastSeq(of key: SessionKey) async throws -> Int {
        let page = try await client.call(Methods.history, HistoryParams(key) { $0.limit = 1 }).result
        return page.documents.last?.count("seq") ?? 0
    }
}
