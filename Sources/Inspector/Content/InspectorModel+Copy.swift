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
    private func thing(asJSON: Bool) -> (String, String)? {
        guard focus == .detail, let pane else {
            guard let key = list.selected else { return nil }
            let row = list.rows.first { $0.key == key }
            return asJSON ? row.map { ($0.json.pretty, "the session's row") } : (key.session, "the session's id")
        }
        return pane.detail.tabs[pane.detail.tab].selection(in: pane).map {
            asJSON ? ($0.json.pretty, $0.jsonName) : ($0.text, $0.name)
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
