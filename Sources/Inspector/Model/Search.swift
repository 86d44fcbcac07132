internal import Inspection
internal import SessionModel
internal import Terminal

/// What is searched for in the tab that is shown.
struct Search: Sendable {
    var input = TextInput()
    var isTyping = true
    /// How many places hold it, and which of them is shown.
    var count = 0
    var place: Int?

    var text: String { input.text }
}

extension InspectorModel {
    mutating func beginSearch() -> [Effect] {
        search = Search()
        return []
    }

    mutating func pressInSearch(_ key: Key) -> [Effect]? {
        switch key {
        case .enter, .tab:
            search?.isTyping = false
            if search?.text.isEmpty == true { search = nil }
        case .escape: search = nil
        case .control("c"): return nil
        case .down: return findNext(by: 1)
        case .up: return findNext(by: -1)
        default:
            _ = search?.input.handle(key)
            search?.place = nil
            return findNext(by: 1)
        }
        return []
    }

    /// Goes to the next place, or the one before, and round at the ends.
    mutating func findNext(by step: Int) -> [Effect] {
        guard let text = search?.text.lowercased(), !text.isEmpty, let detail = detail?.shown else { return [] }
        let places = places(of: text, in: detail)
        search?.count = places.count
        guard !places.isEmpty else {
            search?.place = nil
            return []
        }
        let last = detail.tab == .context && search?.place == nil && step > 0 ? places.count : nil
        let next = last.map { $0 - 1 } ?? ((search?.place ?? (step > 0 ? -1 : 0)) + step + places.count) % places.count
        search?.place = next
        go(to: places[next].target)
        return []
    }

    private enum Target: Sendable {
        case message(String, line: Int)
        case field(JSONPointer)
        case exchange(String)
        case line(Int)
        case job(String)
        case part(Int)
        case snapshot(String)
    }

    /// Where a text is found in a tab, from the top.
    private func places(of text: String, in detail: SessionDetail) -> [(text: String, target: Target)] {
        detail.tab == .context
            ? messagePlaces(of: text, in: detail) : places(in: detail).filter { $0.text.lowercased().contains(text) }
    }

    /// Lines that hold it, also where it goes on in the next; and of messages that hold it where no line shows it, the last line.
    private func messagePlaces(of text: String, in detail: SessionDetail) -> [(text: String, target: Target)] {
        let lines = ContextLayout(detail, width: layout.detailWidth, model: self).allLines.map {
            (id: $0.id, line: $0.line, text: $0.text.lowercased())
        }
        var places: [(text: String, target: Target)] = []
        var found: Set<String> = []
        let reach = text.count - 1
        for (index, line) in lines.enumerated() {
            let next = index + 1 < lines.count && lines[index + 1].id == line.id ? lines[index + 1].text.trimmed : ""
            guard line.text.contains(text) || Self.isAcross(line.text.suffix(reach), next.prefix(reach), text) else {
                continue
            }
            found.insert(line.id)
            places.append((line.text, .message(line.id, line: line.line)))
        }
        let last = Dictionary(lines.map { ($0.id, $0.line) }) { max($0, $1) }
        var owner = ""
        for message in detail.fold.messages {
            // A result stands with its call.
            if last[message.id] != nil { owner = message.id }
            guard !found.contains(owner), message.said.lowercased().contains(text) else { continue }
            found.insert(owner)
            places.append((owner, .message(owner, line: last[owner] ?? 0)))
        }
        let order = Dictionary(lines.enumerated().map { ($0.element.id, $0.offset) }) { min($0, $1) }
        func place(_ target: Target) -> Int {
            if case .message(let id, let line) = target { (order[id] ?? 0) + line } else { 0 }
        }
        return places.sorted { place($0.target) < place($1.target) }
    }

    /// Whether a text stands across the end of a line, where that was broken at a space or in a word.
    private static func isAcross(_ tail: Substring, _ head: Substring, _ text: String) -> Bool {
        guard !tail.isEmpty, !head.isEmpty else { return false }
        return (tail + head).contains(text) || (tail + " " + head).contains(text)
    }

    /// How many messages there are that have not been loaded, and so were not looked through.
    var unsearched: Int {
        guard let detail = detail?.shown, detail.tab == .context, detail.past == nil else { return 0 }
        return max(0, (detail.summary?.messages ?? 0) - detail.fold.messages.count)
    }

    /// What can be found in a tab, from the top, and how to go there.
    private func places(in detail: SessionDetail) -> [(text: String, target: Target)] {
        switch detail.tab {
        case .context:
            return ContextLayout(detail, width: layout.detailWidth, model: self).allLines.map {
                ($0.text, .message($0.id, line: $0.line))
            }
        case .state:
            return detail.state.rows(of: detail.fold.state).map {
                ("\($0.path) \($0.value.isBranch ? "" : $0.value.text)", .field($0.path))
            }
        case .hooks where detail.hooks.opened != nil:
            return ExchangeLines.lines(detail, width: layout.detailWidth, model: self).enumerated().map {
                ($1.text, .line($0))
            }
        case .hooks: return detail.hooks.exchanges.map { ("\($0.hook) \($0.why) \($0.id)", .exchange($0.id)) }
        case .jobs: return detail.jobs.lanes.map { ("\($0.job) \($0.words) \($0.schedule)", .job($0.job)) }
        case .trace:
            return TraceList.rows(of: TurnTrace.turns(of: detail.turnEvents)).map { row in
                (row.span.map { "\($0.name) \($0.given.text) \($0.got?.text ?? "")" } ?? row.turn.id, .part(row.seq))
            }
        case .snapshots: return detail.snapshots.rows.map { ($0.name, .snapshot($0.name)) }
        }
    }

    private mutating func go(to target: Target) {
        let height = layout.detailHeight
        switch target {
        case .message(let id, let line):
            detail?.context = .anchored(message: id, line: line)
            detail?.cursor = id
            // In the upper third, with what was said before it.
            guard let shown = detail?.shown else { return }
            let layout = ContextLayout(shown, width: self.layout.detailWidth, model: self)
            detail?.context = layout.scrolled(by: -height / 3, height: height)
        case .field(let path):
            detail?.state.selected = path
            if let state = detail?.shown.fold.state { detail?.state.move(by: 0, in: state, height: height) }
        case .exchange(let id):
            detail?.hooks.selected = id
            detail?.hooks.move(by: 0, height: height)
        case .line(let line): detail?.hooks.openedTop = line
        case .job(let job): detail?.jobs.selected = job
        case .part(let seq):
            detail?.trace.selected = seq
            moveInTrace(by: 0)
        case .snapshot(let name):
            detail?.snapshots.selected = name
            detail?.snapshots.move(by: 0, height: height)
        }
    }

    /// Marks what was found on the screen.
    func drawFound(_ rect: Rect, _ surface: inout Surface) {
        guard let text = search?.text.lowercased(), !text.isEmpty else { return }
        let requested = SafeText(text).cells
        for y in rect.y..<rect.maxY {
            let columns = (rect.x..<rect.maxX).filter { surface[$0, y].width > 0 }
            let row = columns.map { Character(surface[$0, y].cluster.lowercased().first.map(String.init) ?? " ") }
            guard row.count >= requested.count else { continue }
            for start in 0...(row.count - requested.count)
            where row[start..<(start + requested.count)].elementsEqual(requested) {
                for x in columns[start..<(start + requested.count)] {
                    surface.restyle(Rect(x: x, y: y, width: 1, height: 1)) { $0.attributes.formUnion([.reverse]) }
                }
            }
        }
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
