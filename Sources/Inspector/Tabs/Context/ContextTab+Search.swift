internal import SessionModel

/// Finding texts in the context.
extension ContextTab {
    /// Lines that contain it, also across a line break. For a message that contains it in no line, its last line.
    func places(of text: String, in pane: DetailPane) -> [SearchPlace] {
        let lines = ContextLayout(pane, self).allLines.map {
            SearchPlace($0.text.lowercased(), item: $0.id, line: $0.line)
        }
        var places: [SearchPlace] = []
        var found: Set<String> = []
        let reach = text.count - 1
        for (index, line) in lines.enumerated() {
            let next =
                index + 1 < lines.count && lines[index + 1].item == line.item ? lines[index + 1].text.trimmed : ""
            guard line.text.contains(text) || Self.isAcross(line.text.suffix(reach), next.prefix(reach), text) else {
                continue
            }
            found.insert(line.item)
            places.append(line)
        }
        let last = Dictionary(lines.map { ($0.item, $0.line) }) { max($0, $1) }
        var owner = ""
        for message in pane.detail.fold.messages {
            // A result stands with its call.
            if last[message.id] != nil { owner = message.id }
            guard !found.contains(owner), message.said.lowercased().contains(text) else { continue }
            found.insert(owner)
            places.append(SearchPlace(owner, item: owner, line: last[owner] ?? 0))
        }
        let order = Dictionary(lines.enumerated().map { ($0.element.item, $0.offset) }) { min($0, $1) }
        func position(_ place: SearchPlace) -> Int { (order[place.item] ?? 0) + place.line }
        return places.sorted { position($0) < position($1) }
    }

    /// Whether a text stands across the end of a line, where that was broken at a space or in a word.
    private static func isAcross(_ tail: Substring, _ head: Substring, _ text: String) -> Bool {
        guard !tail.isEmpty, !head.isEmpty else { return false }
        return (tail + head).contains(text) || (tail + " " + head).contains(text)
    }
}

extension Message {
    /// All that a message says: its text, what it calls, and what came of calls.
    var said: String {
        let calls = toolCalls.map { "\($0.name) \($0.arguments.text)" }
        let results = toolResults.map { $0.result.string ?? $0.result.text }
        return ([text] + calls + results).filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
