internal import Inspection
internal import SessionModel

/// Help in writing filters: completion, and filters that are saved.
extension InspectorModel {
    /// What the word before the cursor may go on to.
    var filterCompletions: [String] {
        let word = String(list.filter.head.split(separator: " ", omittingEmptySubsequences: false).last ?? "")
        guard !word.isEmpty else { return [] }
        let isNegated = word.hasPrefix("-")
        let requested = isNegated ? String(word.dropFirst()) : word
        let agents = hello?.agents ?? []
        var words = ["kind:", "status:", "origin:", "agent:", "session:", "doing:", "error", "paused"]
        words += ["messages>", "tokens>", "age<", "idle>", "seq>"]
        if requested.contains(":") {
            words += ["kind:lasting", "kind:temporary", "status:awake", "status:asleep", "status:ended"]
            words += ["chat", "websocket", "hook", "inspector", "fork"].map { "origin:\($0)" }
            words += agents.map { "agent:\($0.id)" }
        }
        let fields = agents.filter { wantedAgent == nil || $0.id == wantedAgent }.flatMap(\.fields)
        words += Set(fields).sorted().map { "state.\($0)=" }
        return words.filter { $0.hasPrefix(requested) && $0 != requested }.map { isNegated ? "-" + $0 : $0 }
    }

    /// Completes the word up to the common prefix of all completions.
    mutating func completeFilter() -> [Effect] {
        let all = filterCompletions
        guard let first = all.first else {
            mode = .list
            return []
        }
        let common = all.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        let word = String(list.filter.head.split(separator: " ", omittingEmptySubsequences: false).last ?? "")
        guard common.count > word.count else { return [] }
        return editFilter { $0.insert(String(common.dropFirst(word.count))) }
    }

    mutating func saveFilter() {
        let text = list.filter.text.trimmed
        guard !text.isEmpty else { return }
        arrangement.save(filter: text)
        notices.say(.done, "Saved the filter '\(text)'; : finds it.", at: now)
    }

    mutating func use(filter text: String) -> [Effect] {
        focus = .sessions
        return editFilter { $0 = TextInput(text) }
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
