internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import SessionModel
internal import Terminal

/// `seismo sessions show`.
struct SessionsShow: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a session: summary, context and state, now or at a moment."
    )

    @Argument(help: ArgumentHelp(SessionAddress.momentHelp, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Flag(help: "Only its messages.")
    var context = false

    @Flag(help: "Only its state.")
    var state = false

    @Flag(help: "Only its jobs.")
    var jobs = false

    @Flag(help: "Only its last events.")
    var events = false

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard [context, state, jobs, events].count(where: \.self) <= 1 else {
            throw ValidationError("Only one of --context, --state, --jobs and --events can be shown alone.")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        let place = try await asked.moment(session)
        if jobs { return try await JobsList.write(asked, place.key.agent, place.key.session, output) }
        if events { return try await writeEvents(asked, place, output) }
        guard let moment = place.moment else { return try await writeNow(asked, place.key, output) }
        let seq = try await asked.seq(of: moment, place.key)
        let answer = try await asked.client.call(Methods.at, MomentParams(place.key) { $0.seq = seq })
        try write(answer.json, answer.result.messages, answer.result.state, place.key, nil, seq, output)
    }

    private func writeNow(_ asked: Asked, _ key: SessionKey, _ output: Output) async throws {
        let answer = try await asked.client.call(Methods.attach, AttachParams(key))
        let head = answer.result.head
        try write(
            head,
            head["messages"]?.array ?? [],
            head["state"] ?? [:],
            key,
            head["summary"].flatMap(SessionSummary.init(json:)),
            head.count("seq") ?? 0,
            output
        )
    }

    private func writeEvents(_ asked: Asked, _ place: SessionMoment, _ output: Output) async throws {
        var params = HistoryParams(place.key) { $0.limit = 50 }
        if let moment = place.moment { params.before = try await asked.seq(of: moment, place.key) + 1 }
        let answer = try await asked.client.call(Methods.history, params)
        try EventTable(output).write(answer.json, answer.result)
    }

    private func write(
        _ document: JSON,
        _ messages: [JSON],
        _ state: JSON,
        _ key: SessionKey,
        _ summary: SessionSummary?,
        _ seq: Int,
        _ output: Output
    ) throws {
        let part = context ? .array(messages) : self.state ? state : document
        switch output.form {
        case .json: return try output.document(part)
        case .jsonl: return try context ? messages.forEach { try output.line($0) } : output.line(part)
        case .table, .wide: break
        }
        if !context, !self.state { try write(summary, key, seq, output) }
        if !self.state {
            try write(messages, isAlone: context, output)
            if document["more"]?.bool ?? false {
                StandardNotice.line("Earlier messages are not shown; 'seismo sessions events' has all of them.")
            }
        }
        if !context { try write(state: state, isAlone: self.state, output) }
    }

    private func write(_ summary: SessionSummary?, _ key: SessionKey, _ seq: Int, _ output: Output) throws {
        let times = Times(output)
        try output.line(SafeText("\(key.agent)/\(key.session)"), .title)
        var facts: [(SafeText, SafeText)] = [("seq", SafeText("\(seq)"))]
        if let summary {
            facts += [
                ("status", SafeText(summary.status.rawValue)), ("kind", SafeText(summary.kind.rawValue)),
                ("origin", SafeText(summary.origin.rawValue)), ("created", Times.whole(summary.times.created)),
                ("active", Times.whole(summary.times.active)),
                ("tokens", SafeText("\(summary.inputTokens) in, \(summary.outputTokens) out")),
            ]
            if let node = summary.node { facts.append(("node", SafeText(node))) }
            if let doing = summary.doing { facts.append(("doing", SafeText(doing))) }
            if let next = summary.times.nextTick { facts.append(("next tick", times.until(next))) }
            if let trouble = summary.trouble {
                facts.append(("trouble", SafeText("#\(trouble.seq) \(trouble.kind): \(trouble.text)")))
            }
        }
        for (name, value) in facts {
            try output.write(output.painted(name.filled(to: 11), .faint) + value.string + "\n")
        }
    }

    private func write(_ messages: [JSON], isAlone: Bool, _ output: Output) throws {
        if !isAlone { try output.write("\n" + output.painted("Context", .strong) + "\n") }
        for message in messages.compactMap({ try? Message(json: $0) }) { try MessageText.write(message, output) }
    }

    private func write(state: JSON, isAlone: Bool, _ output: Output) throws {
        if !isAlone { try output.write("\n" + output.painted("State", .strong) + "\n") }
        for line in SafeText.lines(state.pretty) { try output.line(line) }
    }
}

/// A message as lines of text.
enum MessageText {
    static func write(_ message: Message, _ output: Output) throws {
        let role: ColorRole =
            switch message.role {
            case .user: .user
            case .assistant: .assistant
            case .system: .system
            }
        try output.line(SafeText(message.role.rawValue), role)
        for line in lines(of: message) { try output.line("  " + line) }
    }

    /// Its text, its tool calls and results, a line or more each.
    static func lines(of message: Message) -> [SafeText] {
        var lines = message.text.isEmpty ? [] : SafeText.lines(message.text)
        for call in message.toolCalls { lines.append(SafeText("→ \(call.name)(\(call.arguments.text))")) }
        for result in message.toolResults {
            lines += SafeText.lines("← \(result.name): \(result.result.string ?? result.result.text)")
        }
        return lines
    }
}

extension Asked {
    /// The seq of a moment: itself, or where the snapshot of that name was taken.
    func seq(of moment: Moment, _ key: SessionKey) async throws -> Int {
        guard case .snapshot(let name) = moment else { return moment.seq ?? 0 }
        let snapshots = try await client.call(Methods.listSnapshots, SessionName(key)).result.snapshots
        if let snapshot = snapshots.first(where: { $0.name.isExactly(name) }) { return snapshot.seq }
        let names = snapshots.map { "'\($0.name)'" }.joined(separator: ", ")
        throw CommandFailure.notFound(
            "'\(key.session)' has no snapshot '\(name)'\(names.isEmpty ? "" : "; it has \(names)")."
        )
    }
}

extension Moment {
    var seq: Int? { if case .seq(let seq) = self { seq } else { nil } }
}
