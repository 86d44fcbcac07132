internal import Inspection
internal import SessionModel
internal import Terminal

/// Who did what.
enum AuditLog {
    static func load(_ model: inout InspectorModel) -> [Effect] {
        [
            model.request(Methods.listAudit, AuditParams { $0.limit = 500 }, waiting: "Loading the audit log") {
                $0.overlay = .text(Overlay.Text(title: "Who did what", lines: lines($1, $0)))
                return []
            }
        ]
    }

    /// The audit log, newest first.
    private static func lines(_ page: AuditPage, _ model: InspectorModel) -> [StyledLine] {
        guard !page.entries.isEmpty else {
            return [StyledLine("Nothing has been done through the protocol yet.", Style(.faint))]
        }
        return page.entries.map { entry in
            var line = StyledLine(SafeText(Format.clock(entry.at, in: model.setup.zone)).filled(to: 10), Style(.faint))
            line.add(SafeText(entry.by).filled(to: 14), Style(.strong))
            line.add(SafeText(entry.method).filled(to: 18), Style(entry.error == nil ? .text : .bad))
            line.add(SafeText(entry.session ?? "").filled(to: 18), Style(.accent))
            line.add(
                SafeText([entry.error, entry.about].compactMap { $0 }.joined(separator: "  ")),
                Style(.faint)
            )
            return line
        }
    }
}
