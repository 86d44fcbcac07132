internal import Inspection
internal import SessionModel
internal import Terminal

/// What goes to the clipboard.
extension InspectorModel {
    /// Terminals and multiplexers cut longer ones.
    static let maximumCopy = 74_000

    enum CopyKind: Sendable { case text, json, command }

    mutating func copy(_ kind: CopyKind) -> [Effect] {
        if kind == .text, let text = selection?.text, !text.isEmpty {
            selection = nil
            return copied(text, "the selection")
        }
        guard let (text, what) = kind == .command ? command.map({ ($0, "a command") }) : thing(asJSON: kind == .json)
        else {
            notices.say(.refused, "There is nothing here to copy.", at: now)
            return []
        }
        return copied(text, what)
    }

    private mutating func copied(_ text: String, _ what: String) -> [Effect] {
        guard text.utf8.count <= Self.maximumCopy else {
            let size = "\(Format.bytes(text.utf8.count)); a terminal takes \(Format.bytes(Self.maximumCopy))"
            notices.say(.refused, "Copy: \(what) has \(size). Export it (w) instead.", at: now)
            return []
        }
        notices.say(.done, "Copied \(what), \(Format.bytes(text.utf8.count)).", at: now)
        return [.copy(text)]
    }

    /// What the cursor is on, and what it is called.
    func thing(asJSON: Bool) -> (String, String)? {
        guard focus == .detail, let detail = detail?.shown else {
            guard let key = list.selected else { return nil }
            let row = list.rows.first { $0.key == key }
            return asJSON ? row.map { ($0.json.pretty, "the session's row") } : (key.session, "the session's id")
        }
        switch detail.tab {
        case .context:
            guard let message = messageAtCursor else { return nil }
            return (asJSON ? message.json.pretty : message.said, "the message")
        case .state:
            let path = detail.state.current(in: detail.fold.state)
            guard let value = try? detail.fold.state.value(at: path) else { return nil }
            return (asJSON ? value.pretty : value.string ?? value.pretty, "the field \(path)")
        case .hooks:
            guard
                let exchange = detail.hooks.opened
                    ?? detail.hooks.exchanges.first(where: { $0.id == detail.hooks.selected })
            else { return nil }
            return (asJSON ? exchange.json.pretty : exchange.id, asJSON ? "the exchange" : "the exchange's id")
        case .jobs: return detail.jobs.current.map { (asJSON ? $0.json.pretty : $0.job, "the job") }
        case .trace:
            let rows = TraceList.rows(of: TurnTrace.turns(of: detail.turnEvents))
            guard let row = rows.first(where: { $0.seq == detail.trace.selected }) ?? rows.last else { return nil }
            guard let span = row.span else { return (row.turn.id, "the turn's id") }
            let json: JSON = .members(["name": .string(span.name), "input": span.given, "output": span.got])
            return (asJSON ? json.pretty : (span.got ?? .null).pretty, "the output of \(span.name)")
        case .snapshots: return detail.snapshots.current.map { ($0.name, "the snapshot's name") }
        }
    }

    /// The command of the shell that shows the same.
    private var command: String? {
        guard let key = detail?.key else { return nil }
        return "seismo inspect \(quoted(address)) --agent=\(quoted(key.agent)) --session=\(quoted(key.session))"
    }

    private func quoted(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@%+=,".contains($0)) }
        return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
