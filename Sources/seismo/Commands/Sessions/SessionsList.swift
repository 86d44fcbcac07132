internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// `seismo sessions list`.
struct SessionsList: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List sessions, the most recently active first.",
        discussion: """
            The filter is that of the screen: words match ids and agents; agent:, session:, kind:, status:, origin:, doing: and node: match \
            the start of a value; messages, tokens, seq, age and idle take <, >, <=, >=, =, as in messages>10 or idle>5m; \
            state.FIELD=VALUE; error; paused; '-' before a term negates it. A filter that begins with '-' stands behind '--'.
            """
    )

    @Argument(parsing: .remaining, help: "Which sessions, in the filter language.")
    var filter: [String] = []

    @Option(help: "Only this agent's.")
    var agent: String?

    @Option(help: "What they are sorted by.")
    var sort = SessionsQuery.Sort.active

    @Flag(help: "The other way round.")
    var reverse = false

    @Option(help: "How many at most.")
    var limit = 100

    @Option(help: "How many to pass over.")
    var offset = 0

    @Flag(help: "Print a row each time a session changes, until Ctrl-C.")
    var watch = false

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1_000_000).contains(limit) else {
            throw ValidationError("--limit is \(limit); it must be 1 to 1000000.")
        }
        guard !watch || output.form != .json else {
            throw ValidationError("--watch has no end, so no JSON document: use --output jsonl.")
        }
        guard NumberRange.count.contains(offset) else {
            throw ValidationError("--offset is \(offset); it must be 0 to \(NumberRange.count.upperBound).")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        do {
            if watch { try await follow(asked, output) } else { try await list(asked, output) }
        } catch let error as RPCError where error.position != nil {
            throw WrongFilter(error: error, filter: text)
        }
    }

    private var text: String { filter.joined(separator: " ") }

    /// Rows that one answer holds at most.
    private static let page = 1000

    private func query(_ asked: Asked, limit: Int, offset: Int) throws -> SessionsQuery {
        var query = SessionsQuery(
            filter: text.isEmpty ? nil : text,
            sort: sort,
            // What was last active comes first.
            descending: (sort == .active) != reverse,
            offset: offset,
            limit: limit
        )
        query.agent = try agent.map(asked.agent)
        return query
    }

    private func list(_ asked: Asked, _ output: Output) async throws {
        let first = try query(asked, limit: min(limit, Self.page), offset: offset)
        var answer = try await asked.client.call(Methods.watchSessions, first)
        var (documents, rows) = (answer.json["rows"]?.array ?? [], answer.result.rows)
        while rows.count < limit, rows.count + offset < answer.result.total, !answer.result.rows.isEmpty {
            var next = ViewSessionsParams()
            next.watch = answer.result.watch
            next.query = try query(asked, limit: min(limit - rows.count, Self.page), offset: offset + rows.count)
            answer = try await asked.client.call(Methods.viewSessions, next)
            documents += answer.json["rows"]?.array ?? []
            rows += answer.result.rows
        }
        switch output.form {
        case .json:
            var page = answer.json.object ?? [:]
            page["rows"] = .array(documents)
            try output.document(.object(page))
        case .jsonl: for row in documents { try output.line(row) }
        case .table, .wide:
            let table = SessionTable(output)
            try table.table.write(rows.map(table.row))
        }
    }

    /// A row for each session that is there, and one each time that one changes.
    private func follow(_ asked: Asked, _ output: Output) async throws {
        let query = try query(asked, limit: min(limit, Self.page), offset: offset)
        let answer = try await asked.client.call(Methods.watchSessions, query)
        let table = SessionTable(output)
        if output.isTable { try table.table.begin(widths: SessionTable.widths) }
        var known: [SessionKey: JSON] = [:]
        func write(_ page: JSON) throws {
            var now: [SessionKey: JSON] = [:]
            for document in page["rows"]?.array ?? [] {
                guard let row = SessionSummary(json: document) else { continue }
                now[row.key] = document
                guard known[row.key] != document else { continue }
                if output.isTable {
                    try table.table.append(table.row(row), widths: SessionTable.widths)
                } else {
                    try output.line(document)
                }
            }
            known = now
        }
        try write(answer.json)
        while true {
            let told = try await asked.client.notification()
            if told.method == .sessionsChanged { try write(told.params) }
        }
    }
}

extension SessionsQuery.Sort: ExpressibleByArgument {}

/// A filter that cannot be read, and where.
struct WrongFilter: Error {
    let error: RPCError
    let filter: String
}

/// Sessions as rows of a table.
struct SessionTable {
    let table: Table
    private let times: Times

    /// Of the columns, in a table that is written while its rows come.
    static let widths = [32, 7, 9, 20, 8, 9, 24, 9, 8, 20, 20, 8, 6]

    init(_ output: Output) {
        times = Times(output)
        table = Table(
            [
                Table.Column(title: "SESSION", isFlexible: true), Table.Column(title: "STATUS"),
                Table.Column(title: "KIND"), Table.Column(title: output.isTerminal ? "IDLE" : "ACTIVE", isRight: true),
                Table.Column(title: "MESSAGES", isRight: true), Table.Column(title: "TOKENS", isRight: true),
                Table.Column(title: "NOW", isFlexible: true), Table.Column(title: "ORIGIN", isWide: true),
                Table.Column(title: "SEQ", isRight: true, isWide: true),
                Table.Column(title: output.isTerminal ? "AGE" : "CREATED", isRight: true, isWide: true),
                Table.Column(title: "NEXT TICK", isRight: true, isWide: true),
                Table.Column(title: "EXPIRES", isRight: true, isWide: true),
                Table.Column(title: "PAUSED", isWide: true), Table.Column(title: "NODE", isWide: true),
            ],
            output
        )
    }

    func row(_ row: SessionSummary) -> [Table.Cell] {
        [
            Table.Cell(SafeText("\(row.key.agent)/\(row.key.session)"), row.kind == .temporary ? .temporary : .lasting),
            Table.Cell(SafeText(row.status.rawValue), status(row)), Table.Cell(SafeText(row.kind.rawValue), .faint),
            Table.Cell(times.age(row.times.active)), Table.Cell(row.messages), Table.Cell(row.tokens), now(row),
            Table.Cell(SafeText(row.origin.rawValue), .faint), Table.Cell(row.seq),
            Table.Cell(times.age(row.times.created)), Table.Cell(times.until(row.times.nextTick)),
            Table.Cell(times.until(row.times.expires)), Table.Cell(row.paused ? "paused" : ""),
            Table.Cell(SafeText(row.node ?? ""), .faint),
        ]
    }

    private func status(_ row: SessionSummary) -> ColorRole {
        switch row.status {
        case .awake: .good
        case .asleep: .asleep
        case .ended: .ended
        }
    }

    /// What it is doing, or what is wrong with it.
    private func now(_ row: SessionSummary) -> Table.Cell {
        if let doing = row.doing { return Table.Cell(SafeText(doing), .accent) }
        return row.trouble.map { Table.Cell(SafeText($0.text), .bad) } ?? Table.Cell("")
    }
}
