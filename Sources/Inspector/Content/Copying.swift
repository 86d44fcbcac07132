internal import Inspection
internal import SessionModel
internal import Terminal

/// What goes to the clipboard.
enum Copying {
    /// Terminals and multiplexers cut longer ones.
    static let maximum = 74_000

    enum Kind: Sendable { case text, json, command }

    static func copy(_ kind: Kind, _ model: inout InspectorModel) -> [Effect] {
        if kind == .text, let text = model.screen.selection?.text, !text.isEmpty {
            model.screen.selection = nil
            return copied(text, "the selection", &model)
        }
        guard
            let (text, what) = kind == .command
                ? command(model).map({ ($0, "a command") }) : thing(asJSON: kind == .json, model)
        else {
            model.notices.say(.refused, "There is nothing here to copy.", at: model.now)
            return []
        }
        return copied(text, what, &model)
    }

    private static func copied(_ text: String, _ what: String, _ model: inout InspectorModel) -> [Effect] {
        guard text.utf8.count <= maximum else {
            let size = "\(Format.bytes(text.utf8.count)); a terminal takes \(Format.bytes(maximum))"
            model.notices.say(.refused, "Copy: \(what) has \(size). Export it (w) instead.", at: model.now)
            return []
        }
        model.notices.say(.done, "Copied \(what), \(Format.bytes(text.utf8.count)).", at: model.now)
        return [.copy(text)]
    }

    /// What the cursor is on, and what it is called.
    private static func thing(asJSON: Bool, _ model: InspectorModel) -> (String, String)? {
        guard model.focus == .detail, let pane = model.pane else {
            guard let key = model.list.selected else { return nil }
            let row = model.list.rows.first { $0.key == key }
            return asJSON ? row.map { ($0.json.pretty, "the session's row") } : (key.session, "the session's id")
        }
        return pane.detail.tabs[pane.detail.tab].selection(in: pane).map {
            asJSON ? ($0.json.pretty, $0.jsonName) : ($0.text, $0.name)
        }
    }

    /// The command of the shell that shows the same.
    private static func command(_ model: InspectorModel) -> String? {
        guard let key = model.detail?.key else { return nil }
        return
            "seismo inspect \(quoted(model.setup.address)) --agent=\(quoted(key.agent)) --session=\(quoted(key.session))"
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@%+=,".contains($0)) }
        return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
