internal import Inspection
internal import SessionModel
internal import Terminal

/// What admins see beside: hidden values, and who did what.
extension InspectorModel {
    mutating func reveal() -> [Effect] {
        guard let detail else { return [] }
        let path = detail.state.current(in: detail.fold.state)
        guard !path.pieces.isEmpty else { return [] }
        let params = named(detail.key, ["path": .string("\(path)")])
        return [request(.reveal(path), .reveal, params)]
    }

    mutating func loadAudit() -> [Effect] { [request(.audit, .listAudit, ["limit": 500])] }

    /// The audit log, newest first.
    func auditLines(_ json: JSON) -> [StyledLine] {
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
