internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import SessionModel
internal import Terminal

/// `seismo sessions events`.
struct SessionsEvents: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print a session's journal, the oldest event first."
    )

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Option(help: ArgumentHelp("Only events after this one.", valueName: "seq"))
    var after: Int?

    @Option(help: ArgumentHelp("Only events before this one.", valueName: "seq"))
    var before: Int?

    @Option(help: ArgumentHelp("Only events of this kind, such as tool.started; may be given more than once."))
    var kind: [String] = []

    @Flag(help: "Go on with what happens, until Ctrl-C.")
    var follow = false

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for (name, seq) in [("--after", after), ("--before", before)] {
            guard let seq, !NumberRange.count.contains(seq) else { continue }
            throw ValidationError("\(name) is \(seq); it must be 0 to \(NumberRange.count.upperBound).")
        }
        guard !follow || before == nil else { throw ValidationError("--follow and --before cannot go together.") }
        guard !follow || output.form != .json else {
            throw ValidationError("--follow has no end, so no JSON document: use --output jsonl.")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        let key = try await asked.session(session)
        let table = EventTable(output)
        guard output.form != .json else { return try await writeDocument(asked, key, output) }
        if output.isTable { try table.begin() }
        if follow { return try await goOn(asked, key, table) }
        for try await page in pages(asked, key) {
            for document in page { try table.append(document) }
        }
    }

    /// One document: written as it comes, so that no journal is ever held.
    private func writeDocument(_ asked: Asked, _ key: SessionKey, _ output: Output) async throws {
        try output.write("{\"events\":[")
        var isFirst = true
        for try await page in pages(asked, key) {
            for document in page {
                try output.write((isFirst ? "\n" : ",\n") + document.text)
                isFirst = false
            }
        }
        try output.write("\n],\"more\":false}\n")
    }

    private func pages(_ asked: Asked, _ key: SessionKey) -> JournalPages {
        JournalPages(asked.client, key, after: after ?? 0, before: before, kinds: kind.isEmpty ? nil : kind)
    }

    private func goOn(_ asked: Asked, _ key: SessionKey, _ table: EventTable) async throws {
        let attached = try await asked.client.call(
            Methods.attach,
            AttachParams(key) { ($0.after, $0.window) = (after ?? 0, 0) }
        )
        let attachment = attached.result.attachment
        while true {
            let told = try await asked.client.notification()
            guard told.method == .sessionEvent, let event = EventTold(json: told.params),
                event.attachment.isExactly(attachment)
            else { continue }
            let isWanted = kind.isEmpty || kind.contains { event.document["kind"]?.string?.isExactly($0) ?? false }
            if isWanted { try table.append(event.document) }
        }
    }
}

/// The events of a session in pages, oldest first.
struct JournalPages: AsyncSequence, AsyncIteratorProtocol {
    private let client: InspectionClient
    private let key: SessionKey
    private var after: Int
    private let before: Int?
    private let kinds: [String]?
    private var isDone = false

    init(_ client: InspectionClient, _ key: SessionKey, after: Int, before: Int? = nil, kinds: [String]? = nil) {
        self.client = client
        self.key = key
        self.after = after
        self.before = before
        self.kinds = kinds
    }

    func makeAsyncIterator() -> JournalPages { self }

    mutating func next() async throws -> [JSON]? {
        guard !isDone else { return nil }
        let (after, before, kinds) = (after, before, kinds)
        let page = try await client.call(
            Methods.history,
            HistoryParams(key) { ($0.after, $0.before, $0.kinds, $0.limit) = (after, before, kinds, 1000) }
        ).result
        let last = page.documents.last?.count("seq")
        guard last.map({ $0 > after }) ?? true else {
            throw CommandFailure("The runtime repeats events; it may speak another version of the protocol.")
        }
        isDone = !page.more || last == nil
        self.after = last ?? after
        return page.documents
    }
}

/// Events as rows of a table.
struct EventTable {
    let output: Output
    private let table: Table
    private let times: Times
    private let widths: [Int]
    private let hasSession: Bool

    /// - Parameter hasSession: whether the rows are of several sessions.
    init(_ output: Output, hasSession: Bool = false) {
        self.output = output
        self.hasSession = hasSession
        times = Times(output)
        var columns = [
            Table.Column(title: "SEQ", isRight: true), Table.Column(title: "AT"), Table.Column(title: "KIND"),
            Table.Column(title: "WHAT", isFlexible: true), Table.Column(title: "CAUSE", isRight: true, isWide: true),
            Table.Column(title: "TURN", isWide: true),
        ]
        var widths = [6, 8, 19, 0, 6, 0]
        if let width = output.width, output.form == .table {
            widths[3] = Swift.max(20, width - 39 - (hasSession ? 26 : 0))
        }
        if hasSession {
            columns.insert(Table.Column(title: "SESSION"), at: 0)
            widths.insert(24, at: 0)
        }
        self.widths = widths
        table = Table(columns, output)
    }

    func begin() throws { try table.begin(widths: widths) }

    func append(_ document: JSON, of key: SessionKey? = nil) throws {
        guard output.isTable else {
            guard let key, hasSession, let members = document.object else { return try output.line(document) }
            let names: [(String, JSON)] = [("agent", .string(key.agent)), ("session", .string(key.session))]
            return try output.line(.object(JSON.Object(names + members.map { ($0.name, $0.value) })))
        }
        guard let event = SessionEvent(json: document) else { return }
        var row = [
            Table.Cell(event.seq), Table.Cell(times.clock(event.at), .faint),
            Table.Cell(SafeText(event.body.kind), event.role), Table.Cell(SafeText(event.sentence)),
            Table.Cell(event.cause.map { SafeText("\($0)") } ?? ""), Table.Cell(SafeText(event.turn ?? "")),
        ]
        if hasSession {
            row.insert(Table.Cell(SafeText(key.map { "\($0.agent)/\($0.session)" } ?? ""), .lasting), at: 0)
        }
        try table.append(row, widths: widths)
    }

    /// A page as it was answered.
    func write(_ json: JSON, _ page: EventsPage) throws {
        if output.form == .json { return try output.document(json) }
        if output.isTable { try begin() }
        for document in page.documents { try append(document) }
    }
}
