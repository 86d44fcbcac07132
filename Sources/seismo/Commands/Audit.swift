internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// `seismo audit`: who did what.
struct Audit: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List who did what through the inspection protocol, the newest first."
    )

    @Option(help: "How many at most.")
    var limit = 100

    @Option(help: ArgumentHelp("Only entries before this one.", valueName: "number"))
    var before: Int?

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit is \(limit); it must be 1 to 100000.")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        var (params, documents, more) = (AuditParams(), [JSON](), true)
        params.before = before
        while more, documents.count < limit {
            params.limit = min(1000, limit - documents.count)
            let answer = try await asked.client.call(Methods.listAudit, params)
            let entries = answer.json["entries"]?.array ?? []
            documents += entries
            more = answer.result.more && !entries.isEmpty
            params.before = entries.last?.count("number")
        }
        switch output.form {
        case .json: try output.document(["entries": .array(documents), "more": .bool(more)])
        case .jsonl: for entry in documents { try output.line(entry) }
        case .table, .wide: try write(documents.compactMap(AuditEntry.init(json:)), output)
        }
    }

    private func write(_ entries: [AuditEntry], _ output: Output) throws {
        let times = Times(output)
        try Table(
            [
                Table.Column(title: "AT", isRight: true), Table.Column(title: "BY", isFlexible: true),
                Table.Column(title: "ROLE"), Table.Column(title: "METHOD"),
                Table.Column(title: "SESSION", isFlexible: true), Table.Column(title: "ABOUT", isFlexible: true),
                Table.Column(title: "ERROR"), Table.Column(title: "NUMBER", isRight: true, isWide: true),
            ],
            output
        ).write(
            entries.map { entry in
                let place = [entry.agent, entry.session].compactMap(\.self).joined(separator: "/")
                return [
                    Table.Cell(times.age(entry.at)), Table.Cell(SafeText(entry.by)),
                    Table.Cell(SafeText(entry.role.rawValue), .faint), Table.Cell(SafeText(entry.method), .accent),
                    Table.Cell(SafeText(place)), Table.Cell(SafeText(entry.about ?? "")),
                    Table.Cell(SafeText(entry.error ?? ""), .bad), Table.Cell(entry.number),
                ]
            }
        )
    }
}
