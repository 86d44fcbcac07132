internal import Inspection
internal import SessionModel
internal import Terminal

/// What can be done with a snapshot.
extension SnapshotsTab {
    static let actions: [Action] = [
        Action(
            "snapshot.mark",
            "Compare with this snapshot",
            keys: [.character("=")],
            in: .detail,
            on: id,
            unless: noSnapshot
        ) {
            $0.detail?.snapshots.mark()
            return []
        },
        Action(
            "snapshot.delete",
            "Delete the snapshot",
            keys: [.character("D"), .delete],
            in: .detail,
            on: id,
            role: .admin,
            unless: noSnapshot
        ) {
            askToDelete(&$0)
        },
    ]

    @Sendable private static func noSnapshot(_ model: InspectorModel) -> String? {
        model.detail?.snapshots.current == nil ? "The session has no snapshots." : nil
    }

    /// Marks the selected snapshot to compare others with, or unmarks it.
    private mutating func mark() {
        guard let name = current?.name else { return }
        base = base == name ? nil : name
    }

    private static func askToDelete(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, let row = detail.snapshots.current else { return [] }
        model.overlay = .prompt(
            Overlay.Prompt(
                purpose: .deleteSnapshot(detail.key, name: row.name),
                question: "Delete the snapshot '\(row.name)'? This cannot be undone.",
                isQuestionOnly: true
            )
        )
        return []
    }

    /// Compares the selected snapshot with the marked one, else with the moment that is shown.
    static func openSelected(_ model: inout InspectorModel) -> [Effect] {
        guard let detail = model.detail, let row = detail.snapshots.current else { return [] }
        let base = detail.snapshots.base.flatMap { $0 == row.name ? nil : $0 }
        let (from, to): (Moment, Moment) =
            base.map { (.snapshot($0), .snapshot(row.name)) } ?? (.snapshot(row.name), .seq(detail.moment))
        let title = base.map { "'\($0)' → '\(row.name)'" } ?? "'\(row.name)' → #\(detail.moment)"
        let params = DiffParams(detail.key) { ($0.from, $0.to) = (from, to) }
        return [
            model.request(Methods.diff, params, waiting: "Comparing") {
                let lines = differenceLines($1, width: min(86, $0.screen.size.width - 8))
                $0.overlay = .text(Overlay.Text(title: title, lines: lines))
                return []
            }
        ]
    }

    /// What is different between two moments.
    private static func differenceLines(_ result: DiffResult, width: Int) -> [StyledLine] {
        var lines = [StyledLine("State", Style(.title))]
        let steps = (try? JSONPatch(json: result.state))?.steps ?? []
        lines += steps.isEmpty ? [StyledLine("  the same", Style(.faint))] : steps.map(StyledLine.init(_:))
        lines += [StyledLine(), StyledLine("Context", Style(.title))]
        let before = lines.count
        for (documents, mark, role) in [
            (result.added, "+", .good), (result.removed, "−", .bad), (result.changed, "~", .changed),
        ] as [([JSON], SafeText, ColorRole)] {
            for message in documents.compactMap({ try? Message(json: $0) }) {
                let text = message.text.isEmpty ? message.blocks.map(\.json.text).joined(separator: " ") : message.text
                lines.append(
                    StyledLine("  " + mark + " ", Style(role))
                        .adding(SafeText(message.role.rawValue).filled(to: 10), Style(.faint))
                        .adding(SafeText(text).cut(to: max(1, width - 14)))
                )
            }
        }
        if lines.count == before { lines.append(StyledLine("  the same", Style(.faint))) }
        return lines
    }
}
