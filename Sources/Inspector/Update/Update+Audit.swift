internal import Inspection
internal import SessionModel
internal import Terminal

/// Who did what.
extension InspectorModel {
    mutating func loadAudit() -> [Effect] {
        [
            request(.listAudit, ["limit": 500], waiting: "Loading the audit log") {
                $0.overlay = .text(Overlay.Text(title: "Who did what", lines: $0.auditLines($1)))
                return []
            }
        ]
    }

    /// The audit log, newest first.
    private func auditLines(_ json: JSON) -> [StyledLine] {
        let entries = json["entries"]?.array ?? []
        guard !entries.isEmpty else {
            return [StyledLine("Nothing has been done through the protocol yet.", Style(.faint))]
        }
        return entries.map { entry in
            let error = entry["error"]?.string
            var line = StyledLine(SafeText(Format.clock(entry.time("at") ?? 0, in: zone)).filled(to: 10), Style(.faint))
            line.add(SafeText(entry["by"]?.string ?? "").filled(to: 14), Style(.strong))
            line.add(SafeText(entry["method"]?.string ?? "").filled(to: 18), Style(error == nil ? .text : .bad))
            line.add(SafeText(entry["session"]?.string ?? "").filled(to: 18), Style(.accent))
            line.add(
                SafeText([error, entry["about"]?.string].compactMap { $0 }.joined(separator: "  ")),
                Style(.faint)
            )
            return line
        }
    }
}
