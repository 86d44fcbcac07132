internal import Inspection
internal import SessionModel
internal import Terminal

/// Who did what.
extension InspectorModel {
    mutating func loadAudit() -> [Effect] {
        [
            request(Methods.listAudit, AuditParams { $0.limit = 500 }, waiting: "Loading the audit log") {
                $0.overlay = .text(Overlay.Text(title: "Who did what", lines: $0.auditLines($1)))
                return []
            }
        ]
    }

    /// The audit log, newest first.
    private func auditLines(_ page: AuditPage) -> [StyledLine] {
        guard !page.entries.isEmpty else {
            return [StyledLine("Nothing has been done through the protocol yet.", Style(.faint))]
        }
        return page.entries.map { entry in
            var line = StyledLine(SafeText(Format.clock(entry.at, in: zone)).filled(to: 10), Style(.faint))
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
