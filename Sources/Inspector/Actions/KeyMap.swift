package import Terminal

/// Which keys do what: each action's own keys, unless the person has bound others.
package struct KeyMap: Sendable {
    let actions: ActionTable
    private var bound: [String: [Key]] = [:]

    package init() { self.init(.standard) }

    init(_ actions: ActionTable) { self.actions = actions }

    /// Reads bindings: an action's id, and the keys that it is to have in place of its own.
    ///
    /// - Parameter problems: receives what is wrong: unknown actions and keys, and keys that two actions share.
    package init(_ bindings: [String: [String]], problems: inout [String]) {
        self.init()
        for (id, names) in bindings.sorted(by: { $0.key < $1.key }) {
            guard actions[id] != nil else {
                problems.append("keys: there is no action '\(id)'; :help names them.")
                continue
            }
            var keys: [Key] = []
            for name in names {
                if let key = Key(parsing: name) {
                    keys.append(key)
                } else {
                    problems.append(
                        "keys: '\(name)' of '\(id)' is not a key; write k, Ctrl-K, Alt-k, Enter, F2 or Space."
                    )
                }
            }
            bound[id] = keys
        }
        problems += conflicts
    }

    func keys(of action: Action) -> [Key] { bound[action.id] ?? action.keys }

    /// The action of a key where the focus is: the tab's own first, then the pane's, then one that counts everywhere.
    func action(for key: Key, in focus: InspectorModel.Focus, on tab: TabID? = nil) -> Action? {
        let scope = Action.Scope(focus)
        let own = actions.all.filter { $0.scope == scope && keys(of: $0).contains(key) }
        return own.first { $0.tab != nil && $0.tab == tab } ?? own.first { $0.tab == nil } ?? own.first
            ?? actions.all.first { $0.scope == .everywhere && keys(of: $0).contains(key) }
    }

    /// Keys that two actions of the same place share.
    private var conflicts: [String] {
        var owners: [String: String] = [:]
        var conflicts: [String] = []
        for action in actions.all {
            for key in keys(of: action) {
                let place = "\(action.scope) \(action.tab?.title ?? "") \(key)"
                if let owner = owners[place] {
                    conflicts.append("keys: \(key) is bound to both '\(owner)' and '\(action.id)'; the first has it.")
                } else {
                    owners[place] = action.id
                }
            }
        }
        return conflicts
    }
}

extension Key {
    /// Reads a key as help writes it: `k`, `Ctrl-K`, `Alt-k`, `Enter`, `F2`, `Space`.
    package init?(parsing name: String) {
        if name.count == 1, let character = name.first {
            self = .character(character)
            return
        }
        let parts = name.split(separator: "-", maxSplits: 1).map(String.init)
        if parts.count == 2, parts[1].count == 1, let character = parts[1].first {
            switch parts[0].lowercased() {
            case "ctrl": self = .control(Character(character.lowercased()))
            case "alt": self = .alt(character)
            default: return nil
            }
            return
        }
        if name.first == "F" || name.first == "f", let number = Int(name.dropFirst()), (1...12).contains(number) {
            self = .function(number)
            return
        }
        let named: [String: Key] = [
            "space": .character(" "), "enter": .enter, "tab": .tab, "shift-tab": .backTab, "esc": .escape,
            "backspace": .backspace, "delete": .delete, "up": .up, "down": .down, "left": .left, "right": .right,
            "home": .home, "end": .end, "pgup": .pageUp, "pgdn": .pageDown,
        ]
        guard let key = named[name.lowercased()] else { return nil }
        self = key
    }
}
