internal import Inspection
internal import Inspector
internal import SessionModel
internal import Terminal

/// What a rerun came to, on stdout.
struct RerunReport {
    private let output: Output
    private let expected: [RerunStep.Aspect]
    private let isOfMany: Bool
    private let table: Table

    /// Of the columns on a terminal, where rows come one by one: what came has what the others leave.
    private let widths: [Int]

    /// Columns of a terminal from which tokens and time have room as well.
    private static let roomy = 100

    init(_ output: Output, expected: [RerunStep.Aspect], isOfMany: Bool) {
        self.output = output
        self.expected = expected
        self.isOfMany = isOfMany
        let isNarrow = output.form == .table && output.width.map { $0 < Self.roomy } ?? false
        let others = [isOfMany ? 24 : 0, 6, 4, 0, 7, 7, 7, isNarrow ? 0 : 13, isNarrow ? 0 : 15, 0]
        let taken = others.reduce(0) { $0 + ($1 == 0 ? 0 : $1 + 2) }
        var widths = others
        widths[3] = max(12, (output.width ?? 80) - taken)
        self.widths = widths
        table = Table(
            [
                Table.Column(title: "SESSION", isWide: !isOfMany), Table.Column(title: "SEQ", isRight: true),
                Table.Column(title: "KIND"), Table.Column(title: "INPUT"), Table.Column(title: "REPLY"),
                Table.Column(title: "TOOLS"), Table.Column(title: "STATE"),
                Table.Column(title: "TOKENS", isRight: true, isWide: isNarrow),
                Table.Column(title: "MS", isRight: true, isWide: isNarrow),
                // On a terminal it stands below the row.
                Table.Column(title: "NOTE", isWide: output.isTerminal),
            ],
            output
        )
    }

    func begin() throws { if output.isTable { try table.begin(widths: widths) } }

    /// A step that is done, and on a terminal what differs in it.
    func add(_ rerun: RerunOfSession, _ document: JSON) throws {
        if output.form == .jsonl { return try output.line(named(rerun, document)) }
        guard output.isTable, let step = RerunStep(json: document) else { return }
        try table.append(row(rerun, step), widths: widths)
        if output.isTerminal || output.form == .wide { try writeDifferences(step) }
    }

    func end(_ all: [RerunOfSession]) throws {
        switch output.form {
        case .json: try output.document(["reruns": .array(all.map(document))])
        case .jsonl: break
        case .table, .wide:
            for rerun in all { StandardNotice.line(sentence(rerun)) }
        }
    }

    /// Why the command has failed; `nil` when all is as expected.
    func problem(of all: [RerunOfSession]) -> String? {
        if let failed = all.first(where: { $0.error != nil }), let error = failed.error {
            let count = all.count { $0.error != nil }
            let others = count > 1 ? " (and \(count - 1) more)" : ""
            return "The rerun of \(failed.source.agent)/\(failed.source.session) did not end: \(error)\(others)"
        }
        guard !expected.isEmpty else { return nil }
        var different = expected.compactMap { aspect -> String? in
            let count = all.reduce(0) { $0 + ($1.tally.different[aspect] ?? 0) }
            return count == 0 ? nil : "\(aspect.rawValue) in \(Format.count(count, "step"))"
        }
        let lost = all.reduce(0) { $0 + $1.tally.lost }
        if lost > 0 { different.append("\(Format.count(lost, "step")) could not be repeated") }
        if all.allSatisfy({ $0.tally.repeated == 0 }) { different.append("nothing was repeated") }
        return different.isEmpty ? nil : "Not as recorded: \(different.joined(separator: ", "))."
    }

    // MARK: Parts

    private func named(_ rerun: RerunOfSession, _ document: JSON) -> JSON {
        var members: JSON.Object = [
            "agent": .string(rerun.source.agent), "session": .string(rerun.source.session), "fork": fork(rerun),
        ]
        for (name, value) in document.object ?? [:] { members[name] = value }
        return .object(members)
    }

    private func fork(_ rerun: RerunOfSession) -> JSON {
        rerun.fork.map { ["agent": .string($0.agent), "session": .string($0.session)] } ?? .null
    }

    private func document(_ rerun: RerunOfSession) -> JSON {
        let end = RerunEnd(rerun: "", tally: rerun.tally, error: rerun.error).json
        return [
            "agent": .string(rerun.source.agent), "session": .string(rerun.source.session), "fork": fork(rerun),
            "steps": .array(rerun.documents), "repeated": end["repeated"] ?? .null, "lost": end["lost"] ?? .null,
            "different": end["different"] ?? .null, "error": end["error"] ?? .null,
        ]
    }

    private func sentence(_ rerun: RerunOfSession) -> SafeText {
        let name = "\(rerun.source.agent)/\(rerun.source.session)"
        if let error = rerun.error { return SafeText("\(name): \(error)") }
        let fork = rerun.fork.map { "; the fork is \($0.agent)/\($0.session)" } ?? ""
        return SafeText("\(name): \(rerun.tally.sentence)\(fork)")
    }

    private func row(_ rerun: RerunOfSession, _ step: RerunStep) -> [Table.Cell] {
        func verdict(_ aspect: RerunStep.Aspect) -> Table.Cell {
            guard step.rerun != nil else { return Table.Cell("–", .faint) }
            return step.isSame(aspect) ? Table.Cell("same", .good) : Table.Cell("differs", .bad)
        }
        func change(_ number: (RerunOutcome) -> Int) -> SafeText {
            SafeText("\(number(step.recorded))→\(step.rerun.map { "\(number($0))" } ?? "–")")
        }
        return [
            Table.Cell(SafeText("\(rerun.source.agent)/\(rerun.source.session)"), .lasting), Table.Cell(step.seq),
            Table.Cell(SafeText(step.kindName), .faint), Table.Cell(SafeText(step.inputText)), verdict(.replies),
            verdict(.tools), verdict(.state),
            Table.Cell(change { $0.usage.input.addingCount($0.usage.output) }, .faint),
            Table.Cell(change { Int($0.duration.rounded()) }, .faint),
            Table.Cell(SafeText(step.remarks.map(\.string).joined(separator: "; ")), .warning),
        ]
    }

    private func writeDifferences(_ step: RerunStep) throws {
        if output.isTerminal, output.form == .table {
            for remark in step.remarks { try output.line("      " + remark, .warning) }
        }
        for difference in RerunDifference.all(of: step) {
            for line in difference.recorded { try output.line("      - " + line, .bad) }
            for line in difference.rerun { try output.line("      + " + line, .good) }
            for line in difference.changes { try output.line("      ~ " + line, .changed) }
        }
    }
}
