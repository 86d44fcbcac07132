internal import Inspection
internal import SessionModel
internal import Terminal

/// The filter of the list: what is typed, and what is shown of it.
struct FilterInput: Sendable {
    var input = TextInput()
    /// The filter to restore when the list no longer shows only sessions in trouble.
    var beforeTrouble: TextInput?
    var error: String?
    /// The filter of the rows that are shown.
    var shown = ""
    /// Keys pressed before the filter was answered; they apply to its result.
    var heldKeys: [Key] = []
    /// Whether the person has asked for other rows, so that the next window may select one of them.
    var isChoosing = false
}

/// Help in writing filters: completion, and filters that are saved.
extension FilterInput {
    /// What the word before the cursor may go on to.
    static func completions(_ model: InspectorModel) -> [String] {
        let word = String(
            model.list.filter.input.head.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
        )
        guard !word.isEmpty else { return [] }
        let isNegated = word.hasPrefix("-")
        let requested = isNegated ? String(word.dropFirst()) : word
        let agents = model.link.hello?.agents ?? []
        var words = ["kind:", "status:", "origin:", "agent:", "session:", "doing:", "error", "paused"]
        words += ["messages>", "tokens>", "age<", "idle>", "seq>"]
        if requested.contains(":") {
            words += ["kind:lasting", "kind:temporary", "status:awake", "status:asleep", "status:ended"]
            words += ["chat", "websocket", "hook", "inspector", "fork"].map { "origin:\($0)" }
            words += agents.map { "agent:\($0.id)" }
        }
        let fields = agents.filter { model.setup.agent == nil || $0.id == model.setup.agent }.flatMap(\.fields)
        words += Set(fields).sorted().map { "state.\($0)=" }
        return words.filter { $0.hasPrefix(requested) && $0 != requested }.map { isNegated ? "-" + $0 : $0 }
    }

    /// Completes the word up to the common prefix of all completions.
    static func complete(_ model: inout InspectorModel) -> [Effect] {
        let all = completions(model)
        guard let first = all.first else {
            model.mode = .list
            return []
        }
        let common = all.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        let word = String(
            model.list.filter.input.head.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
        )
        guard common.count > word.count else { return [] }
        return edit(&model) { $0.insert(String(common.dropFirst(word.count))) }
    }

    static func save(_ model: inout InspectorModel) {
        let text = model.list.filter.input.text.trimmed
        guard !text.isEmpty else { return }
        model.preferences.arrangement.save(filter: text)
        model.notices.say(.done, "Saved the filter '\(text)'; : finds it.", at: model.now)
    }

    static func use(filter text: String, _ model: inout InspectorModel) -> [Effect] {
        model.focus = .sessions
        return edit(&model) { $0 = TextInput(text) }
    }
    /// `nil` when the key is for the rest of the interface.
    static func press(_ key: Key, _ model: inout InspectorModel) -> [Effect]? {
        switch key {
        case .enter:
            model.mode = .list
            return []
        case .tab: return complete(&model)
        case .control("s"):
            save(&model)
            return []
        case .escape:
            model.mode = .list
            return ListKeys.clearFilter(&model)
        case .down, .up:
            return ListKeys.select(by: key == .down ? 1 : -1, &model)
        case .control("c"): return nil
        default: return edit(&model) { _ = $0.handle(key) }
        }
    }

    static func edit(_ model: inout InspectorModel, _ change: (inout TextInput) -> Void) -> [Effect] {
        let before = model.list.filter.input.text
        change(&model.list.filter.input)
        guard model.list.filter.input.text != before else { return [] }
        model.list.filter.error = nil
        model.list.showBeginning()
        model.list.filter.isChoosing = true
        return ListWindow.view(&model)
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
