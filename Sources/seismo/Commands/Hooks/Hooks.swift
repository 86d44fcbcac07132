internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import SessionModel
internal import Terminal

/// `seismo hooks`: recorded webhooks.
struct Hooks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks",
        abstract: "List webhooks that came, look into one, send and replay them.",
        subcommands: [HooksList.self, HooksShow.self, HooksResolve.self, HooksSend.self, HooksReplay.self],
        defaultSubcommand: HooksList.self
    )
}

/// `seismo hooks list`.
struct HooksList: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List exchanges of webhooks, the newest first."
    )

    @Argument(help: ArgumentHelp("Only those of this session.", valueName: "session"), completion: .sessions)
    var session: SessionAddress?

    @Option(help: "Only this agent's.")
    var agent: String?

    @Option(help: "Only this hook's.")
    var hook: String?

    @Option(help: "How many at most.")
    var limit = 100

    @Option(help: ArgumentHelp("Only those before this exchange.", valueName: "exchange"))
    var before: String?

    @Flag(help: "Print a row for each exchange that is new or finished, until Ctrl-C.")
    var watch = false

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit is \(limit); it must be 1 to 100000.")
        }
        guard !watch || output.form != .json else {
            throw ValidationError("--watch has no end, so no JSON document: use --output jsonl.")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        var params = ExchangesParams()
        if let session {
            let key = try await asked.session(session)
            (params.agent, params.session) = (key.agent, key.session)
        } else {
            params.agent = try agent.map(asked.agent)
        }
        params.hook = hook
        params.before = before
        if watch { return try await follow(params, asked, output) }
        try await list(params, asked, output)
    }

    private func list(_ params: ExchangesParams, _ asked: Asked, _ output: Output) async throws {
        var (params, documents, more) = (params, [JSON](), true)
        while more, documents.count < limit {
            params.limit = min(1000, limit - documents.count)
            let page = try await asked.client.call(Methods.listHooks, params).result
            documents += page.rows
            more = page.more && !page.rows.isEmpty
            params.before = page.rows.last?["id"]?.string
        }
        switch output.form {
        case .json: try output.document(["exchanges": .array(documents), "more": .bool(more)])
        case .jsonl: for row in documents { try output.line(row) }
        case .table, .wide:
            let table = ExchangeTable(output)
            try table.table.write(documents.compactMap(Exchange.init(json:)).map(table.row))
        }
    }

    private func follow(_ params: ExchangesParams, _ asked: Asked, _ output: Output) async throws {
        let watch = try await asked.client.call(Methods.watchHooks, params).result.watch
        let table = ExchangeTable(output)
        if output.isTable { try table.table.begin(widths: ExchangeTable.widths) }
        while true {
            let told = try await asked.client.notification()
            guard told.method == .hooksChanged, let changed = HooksChanged(json: told.params), changed.watch == watch
            else { continue }
            // A watch is on an agent or a session.
            for document in changed.rows where hook.map({ document["hook"]?.string?.isExactly($0) ?? false }) ?? true {
                guard output.isTable else { try output.line(document); continue }
                guard let exchange = Exchange(json: document) else { continue }
                try table.table.append(table.row(exchange), widths: ExchangeTable.widths)
            }
        }
    }
}

/// `seismo hooks show`.
struct HooksShow: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one exchange with its request and response."
    )

    @Argument(help: ArgumentHelp("The exchange's id.", valueName: "exchange"), completion: .exchanges)
    var exchange: String

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let answer = try await asked.client.call(Methods.getHook, ExchangeParams(exchange)).result
        try ExchangeText.write(try await asked.client.whole(answer.document), output)
    }
}

/// Exchanges as rows of a table.
struct ExchangeTable {
    let table: Table
    private let times: Times

    /// Of the columns, in a table that is written while its rows come.
    static let widths = [26, 20, 6, 6, 24, 9, 20, 26, 30]

    init(_ output: Output) {
        times = Times(output)
        table = Table(
            [
                Table.Column(title: "EXCHANGE"), Table.Column(title: "HOOK", isFlexible: true),
                Table.Column(title: "METHOD"), Table.Column(title: "STATUS", isRight: true),
                Table.Column(title: "SESSION", isFlexible: true), Table.Column(title: "TOOK", isRight: true),
                Table.Column(title: "RECEIVED", isRight: true), Table.Column(title: "REPLAY OF", isWide: true),
                Table.Column(title: "ERROR", isWide: true),
            ],
            output
        )
    }

    func row(_ exchange: Exchange) -> [Table.Cell] {
        let status = exchange.response?.status
        let isBad = exchange.error != nil || status ?? 0 >= 400
        return [
            Table.Cell(SafeText(exchange.id)), Table.Cell(SafeText("\(exchange.agent)/\(exchange.hook)")),
            Table.Cell(SafeText(exchange.request.method), .faint),
            Table.Cell(status.map { SafeText("\($0)") } ?? (exchange.isOpen ? "…" : "error"), isBad ? .bad : .good),
            Table.Cell(SafeText(exchange.session ?? "")),
            Table.Cell(exchange.duration.map { SafeText(Format.duration($0)) } ?? ""),
            Table.Cell(times.age(exchange.received)), Table.Cell(SafeText(exchange.replayOf ?? "")),
            Table.Cell(SafeText(exchange.error ?? ""), .bad),
        ]
    }
}

/// One exchange, to be read.
enum ExchangeText {
    static func write(_ document: JSON, _ output: Output) throws {
        guard output.isTable else {
            return try output.form == .json ? output.document(["exchange": document]) : output.line(document)
        }
        guard let exchange = Exchange(json: document) else { return }
        let request = exchange.request
        try output.line(SafeText("\(request.method) \(request.path)"), .title)
        for (name, value) in request.query { try field("?\(name)", value, output) }
        for (name, value) in request.headers { try field(name, value, output) }
        try body(request.body, output)
        try output.write("\n")
        if let response = exchange.response {
            let took = exchange.duration.map { " in \(Format.duration($0))" } ?? ""
            try output.line(SafeText("\(response.status)\(took)"), response.status < 400 ? .good : .bad)
            for (name, value) in response.headers { try field(name, value, output) }
            try body(response.body, output)
            try output.write("\n")
        }
        if let error = exchange.error { try output.line(SafeText("error: \(error)"), .bad) }
        let session = exchange.session.map { "\(exchange.agent)/\($0)" } ?? "no session"
        try output.line(SafeText("\(session): \(exchange.why)"))
        if let changed = exchange.changed {
            try output.line(SafeText("events \(changed.lowerBound) to \(changed.upperBound)"))
        }
        if let original = exchange.replayOf { try output.line(SafeText("a replay of \(original)")) }
    }

    private static func field(_ name: String, _ value: JSON, _ output: Output) throws {
        for value in value.array ?? [value] {
            let text = SafeText(value.string ?? value.text)
            try output.write(output.painted(SafeText("\(name): "), .jsonKey) + text.string + "\n")
        }
    }

    private static func body(_ body: RecordedBody?, _ output: Output) throws {
        guard let body else { return }
        try output.write("\n")
        let text = body.encoding == .json ? body.value.pretty : body.value.string ?? body.value.text
        for line in SafeText.lines(text) { try output.line(line) }
    }
}
