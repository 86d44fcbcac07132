internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// `seismo tail`: events as they happen.
struct Tail: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Print events as they happen, of one session or of all, until Ctrl-C.",
        discussion: """
            Of all sessions, those of the thousand that were active last are followed, several times a second: each event comes once, and \
            in the order of its session.
            """
    )

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress?

    @Option(help: "Only this agent's sessions.")
    var agent: String?

    @Option(help: "Begin with so many events that have happened; of one session only.")
    var last = 0

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...1000).contains(last) else { throw ValidationError("--last is \(last); it must be 0 to 1000.") }
        guard output.form != .json else {
            throw ValidationError("tail has no end, so no JSON document: use --output jsonl.")
        }
        guard session == nil || agent == nil else {
            throw ValidationError("--agent is for all sessions of an agent; the session names its own.")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        let table = EventTable(output, hasSession: true)
        if output.isTable { try table.begin() }
        if let session {
            try await follow(try await asked.session(session), asked, table)
        } else {
            try await followAll(asked, table)
        }
    }

    private func follow(_ key: SessionKey, _ asked: Asked, _ table: EventTable) async throws {
        var after: Int?
        if last > 0 {
            let page = try await asked.client.call(Methods.history, HistoryParams(key) { $0.limit = last }).result
            for document in page.documents { try table.append(document, of: key) }
            after = page.documents.last?.count("seq")
        }
        let attached = try await asked.client.call(
            Methods.attach,
            AttachParams(key) { ($0.after, $0.window) = (after, 0) }
        )
        while true {
            let told = try await asked.client.notification()
            guard told.method == .sessionEvent, let event = EventTold(json: told.params),
                event.attachment.isExactly(attached.result.attachment)
            else { continue }
            try table.append(event.document, of: key)
        }
    }

    /// The list says which sessions went on; their events are read from their journals.
    private func followAll(_ asked: Asked, _ table: EventTable) async throws {
        var query = SessionsQuery(sort: .active, limit: 1000)
        query.agent = try agent.map(asked.agent)
        let first = try await asked.client.call(Methods.watchSessions, query).result
        var known = Dictionary(first.rows.map { ($0.key, $0.seq) }) { max($0, $1) }
        while true {
            let told = try await asked.client.notification()
            guard told.method == .sessionsChanged, let page = SessionsPage(json: told.params) else { continue }
            for row in page.rows.reversed() where row.seq > known[row.key, default: 0] {
                do {
                    if known[row.key] == nil { known[row.key] = try await beginning(of: row, asked) }
                    let after = known[row.key] ?? 0
                    for try await events in JournalPages(asked.client, row.key, after: after) {
                        for document in events { try table.append(document, of: row.key) }
                        if let seq = events.last?.count("seq") { known[row.key] = seq }
                    }
                } catch let error as RPCError where error.number == -32004 {
                    // Deleted meanwhile.
                    known[row.key] = nil
                }
            }
            if known.count > Self.mostKnown {
                known = Dictionary(page.rows.map { ($0.key, known[$0.key] ?? $0.seq) }) { max($0, $1) }
            }
        }
    }

    private static let mostKnown = 100_000

    /// The event after which a session that was not among those that were active last is followed: what happened before
    /// this command began is not told.
    private func beginning(of row: SessionSummary, _ asked: Asked) async throws -> Int {
        guard row.times.created < asked.began else { return 0 }
        let page = try await asked.client.call(Methods.history, HistoryParams(row.key) { $0.limit = 1000 }).result
        return page.documents.last { $0.time("at") ?? 0 < asked.began }?.count("seq")
            ?? (page.documents.first?.count("seq") ?? 1) - 1
    }
}
