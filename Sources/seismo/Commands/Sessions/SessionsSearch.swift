internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// `seismo sessions search`.
struct SessionsSearch: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find messages, tool calls, state, logs and bodies of webhooks by their words, the newest first.",
        discussion: """
            All words must be there, in any order. "Quotes" keep words together, and * ends the beginning of one. What the runtime \
            redacts or masks is not found.
            """
    )

    @Argument(parsing: .remaining, help: "The words.")
    var text: [String]

    @Option(help: "Only this agent's sessions.", completion: .agents)
    var agent: String?

    @Option(help: ArgumentHelp("Only this session.", valueName: "session"), completion: .sessions)
    var session: SessionAddress?

    @Option(help: "How many at most.")
    var limit = 50

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit is \(limit); it must be 1 to 100000.")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        var params = SearchParams()
        params.text = text.joined(separator: " ")
        params.agent = try agent.map(asked.agent)
        if let session {
            let isWhole = params.agent.map { session.text.parted(atFirst: "/")?.before.isExactly($0) ?? false } ?? true
            let whole = isWhole ? session : SessionAddress(argument: "\(params.agent ?? "")/\(session.text)")
            let key = try await asked.session(whole ?? session)
            (params.agent, params.session) = (key.agent, key.session)
        }
        try await write(params, asked, output)
    }

    private func write(_ first: SearchParams, _ asked: Asked, _ output: Output) async throws {
        var (params, found) = (first, [JSON]())
        repeat {
            params.limit = min(1000, limit - found.count)
            let answer = try await asked.client.call(Methods.search, params)
            found += (answer.json["results"]?.array ?? []).prefix(limit - found.count)
            guard answer.result.next == nil || answer.result.next != params.cursor else {
                throw CommandFailure(
                    "The runtime repeats a page of what was found; it may speak another version of the protocol."
                )
            }
            params.cursor = answer.result.next
        } while params.cursor != nil && found.count < limit
        switch output.form {
        case .json:
            try output.document([
                "results": .array(found), "more": .bool(params.cursor != nil),
                "next": params.cursor.map(JSON.string) ?? .null,
            ])
        case .jsonl: for result in found { try output.line(result) }
        case .table, .wide: try write(found.compactMap(FoundText.init(json:)), output)
        }
        if found.isEmpty, output.isTable { StandardNotice.line("Nothing was found.") }
    }

    private func write(_ found: [FoundText], _ output: Output) throws {
        let times = Times(output)
        try Table(
            [
                Table.Column(title: "WHERE", isFlexible: true), Table.Column(title: "AT", isRight: true),
                Table.Column(title: "KIND"), Table.Column(title: "LINE", isFlexible: true),
            ],
            output
        ).write(
            found.map { result in
                let session = result.session.map { "\(result.agent)/\($0)" } ?? result.agent
                let (place, kind) =
                    switch result.place {
                    case .event(let seq, let kind): ("\(session)@\(seq)", kind)
                    case .exchange(let id, let hook): (id, "hook \(hook)")
                    }
                return [
                    Table.Cell(SafeText(place), .lasting), Table.Cell(times.age(result.at)),
                    Table.Cell(SafeText(kind), .faint), Table.Cell(SafeText(result.line)),
                ]
            }
        )
    }
}
