internal import SessionModel
internal import Terminal

/// The context as lines: messages with their tool calls, what came of turns, where the model begins to see. Lines are
/// made as they are asked for, so that a long context costs no more than what of it is on the screen.
struct ContextLayout {
    enum Item {
        case message(Message)
        case problem(turn: String, TurnResult)
        case window
        /// The first message of a day comes next.
        case day(String)
        case live(String)

        var id: String {
            switch self {
            case .message(let message): message.id
            case .problem(let turn, _): "problem \(turn)"
            case .window: "window"
            case .day(let date): "day \(date)"
            case .live: "live"
            }
        }
    }

    /// Of one message's text no more is drawn.
    static let maximumCharacters = 20_000

    let items: [Item]
    let results: [String: ToolResult]
    let index: ContextIndex
    let width: Int
    let model: InspectorModel
    let scroll: ContextScroll
    let unfolded: Set<String>
    let visible: Int

    init(_ pane: DetailPane, _ tab: ContextTab) {
        let detail = pane.detail
        width = pane.width
        model = pane.model
        scroll = tab.scroll
        unfolded = tab.unfolded
        index = detail.known.index
        results = Self.results(of: detail.fold.messages)
        items = Self.items(detail, index, Days(zone: model.setup.zone, today: model.runtimeNow))
        visible =
            detail.windowStart.flatMap { id in detail.fold.messages.firstIndex { $0.id == id } }
            .map { detail.fold.messages.count - $0 } ?? 0
    }

    /// For each call, by message and id, the result that follows it: models may use an id more than once.
    private static func results(of messages: [Message]) -> [String: ToolResult] {
        var open: [String: String] = [:]
        var results: [String: ToolResult] = [:]
        for message in messages {
            for call in message.toolCalls { open[call.id] = "\(message.id) \(call.id)" }
            for result in message.toolResults {
                if let place = open.removeValue(forKey: result.id) { results[place] = result }
            }
        }
        return results
    }

    private static func items(_ detail: SessionDetail, _ index: ContextIndex, _ days: Days) -> [Item] {
        var days = days
        var items: [Item] = []
        var problems = index.endings.filter { $0.value.result.status != .finished }.sorted {
            $0.value.seq < $1.value.seq
        }[...]
        for message in detail.fold.messages {
            let entry = index.messages[message.id]
            let seq = entry?.seq ?? 0
            while let problem = problems.first, problem.value.seq < seq {
                items.append(.problem(turn: problem.key, problem.value.result))
                problems.removeFirst()
            }
            if message.id == detail.windowStart, !items.isEmpty { items.append(.window) }
            let isOnlyResults = !message.toolResults.isEmpty && message.toolResults.count == message.blocks.count
            if isOnlyResults { continue }
            if let at = entry?.at, let date = days.next(at) { items.append(.day(date)) }
            items.append(.message(message))
        }
        items += problems.map { .problem(turn: $0.key, $0.value.result) }
        if let live = detail.liveText, !live.text.isEmpty { items.append(.live(live.text)) }
        return items
    }

    // MARK: Lines

    func lines(of item: Item) -> [StyledLine] {
        switch item {
        case .message(let message): lines(of: message)
        case .problem(_, let result): [problem(result)]
        case .window: [rule(" the model sees from here (\(visible) messages) ", Style(.accent))]
        case .day(let date): [rule(" \(date) ", Style(.faint))]
        case .live(let text): body("assistant", .assistant, at: nil, text + "▏")
        }
    }

    private var hasTimes: Bool { width >= 56 }
    private var margin: Int { hasTimes ? 21 : 11 }

    private func lines(of message: Message) -> [StyledLine] {
        let role = message.role.color
        let entry = index.messages[message.id]
        var lines: [StyledLine] = []
        if !message.text.isEmpty { lines = body(message.role.rawValue, role, at: entry?.at, message.text) }
        for block in message.blocks { lines += self.lines(of: block, message, role, entry, isFirst: lines.isEmpty) }
        if lines.isEmpty { lines = body(message.role.rawValue, role, at: entry?.at, "") }
        if let turn = entry?.turn, index.lastMessages[turn] == message.id, let ending = index.endings[turn],
            ending.result.status == .finished
        {
            lines.append(summary(ending.result, turn))
        }
        return lines
    }

    private func lines(
        of block: Block,
        _ message: Message,
        _ role: ColorRole,
        _ entry: ContextIndex.Entry?,
        isFirst: Bool
    ) -> [StyledLine] {
        var line = isFirst ? head(message.role.rawValue, role, at: entry?.at) : indent
        switch block {
        case .text: return []
        case .toolCall(let call) where unfolded.contains(message.id):
            return wholeLines(of: call, results["\(message.id) \(call.id)"], line)
        case .toolCall(let call): return lines(of: call, results["\(message.id) \(call.id)"], line)
        case .toolResult(let result):
            line.add("↳ \(result.result.text)", Style(result.isError ? .bad : .faint))
        case .reasoning(let text, false, _, _) where unfolded.contains(message.id):
            return whole(text, Style(.faint), from: line)
        case .reasoning(let text, let redacted, _, _):
            line.add(SafeText(redacted ? "(reasoning, redacted)" : text).cut(to: max(1, width - margin)), Style(.faint))
        case .image(let data, let type):
            line.add("(image, \(type), \(Format.count(data.utf8.count * 3 / 4)) bytes)", Style(.faint))
        }
        return [line]
    }

    /// `⚙ find_order(number: 1188)` with its duration, and below it what came back.
    private func lines(of call: ToolCall, _ result: ToolResult?, _ start: StyledLine) -> [StyledLine] {
        let duration = index.toolDurations[call.id].map { SafeText(Format.duration($0)) } ?? .empty
        let available = max(4, width - margin - duration.width - 2)
        var first = start
        first.add("⚙ ", Style(.tool))
        first.add(SafeText("\(call.name)(\(call.words))").cut(to: max(1, available - 2)), Style(.tool))
        if !duration.isEmpty {
            first.fill(to: width - duration.width)
            first.add(duration, Style(.faint))
        }
        guard let result else {
            return [first, indent.adding("  \(model.spinner.string) running", Style(.faint))]
        }
        let text = SafeText(result.result.string ?? result.result.text).cut(to: max(1, width - margin - 4))
        return [first, indent.adding("  ↳ ", Style(.faint)).adding(text, Style(result.isError ? .bad : .text))]
    }

    /// The same with its arguments and its result in full.
    private func wholeLines(of call: ToolCall, _ result: ToolResult?, _ start: StyledLine) -> [StyledLine] {
        var first = start
        first.add("⚙ ", Style(.tool))
        first.add(SafeText(call.name).cut(to: max(1, width - margin - 2)), Style(.tool))
        let isEmpty = call.arguments.object?.isEmpty ?? call.arguments.isNull
        let arguments = isEmpty ? [] : whole(call.arguments.pretty, Style(.tool), from: indent.adding("  "))
        guard let result else { return [first] + arguments }
        let style = Style(result.isError ? .bad : .text)
        let start = indent.adding("  ↳ ", Style(.faint))
        return [first] + arguments + whole(result.result.string ?? result.result.pretty, style, from: start)
    }

    /// A text in as many lines as it takes; those after the first begin where its first begins.
    private func whole(_ text: String, _ style: Style, from start: StyledLine) -> [StyledLine] {
        let isCut = text.utf8.count > Self.maximumCharacters
        let next = StyledLine(SafeText(" ") * start.width)
        var lines: [StyledLine] = []
        for piece in wrapped(text, width - start.width) {
            lines.append((lines.isEmpty ? start : next).adding(piece, style))
        }
        if isCut { lines.append(next.adding(Self.rest(text), Style(.faint))) }
        return lines.isEmpty ? [start] : lines
    }

    private func wrapped(_ text: String, _ width: Int) -> [SafeText] {
        WrappedTexts.shared.lines(of: text, width: width, limit: Self.maximumCharacters)
    }

    private static func rest(_ text: String) -> SafeText {
        "… \(Format.bytes(text.utf8.count)) in all; o opens the whole"
    }

    private func body(_ name: String, _ role: ColorRole, at time: Int64?, _ text: String) -> [StyledLine] {
        let isCut = text.utf8.count > Self.maximumCharacters
        var lines: [StyledLine] = []
        for piece in wrapped(text, width - margin) {
            lines.append((lines.isEmpty ? head(name, role, at: time) : indent).adding(piece))
        }
        if isCut {
            lines.append(indent.adding(Self.rest(text), Style(.faint)))
        }
        return lines
    }

    private func head(_ name: String, _ role: ColorRole, at time: Int64?) -> StyledLine {
        var line = StyledLine()
        if hasTimes {
            line.add(SafeText(time.map { Format.clock($0, in: model.setup.zone) } ?? "").filled(to: 10), Style(.faint))
        }
        line.add(SafeText(name).filled(to: 11), Style(role))
        return line
    }

    private var indent: StyledLine { StyledLine(SafeText(" ") * margin) }

    private func summary(_ result: TurnResult, _ turn: String) -> StyledLine {
        var text =
            "\(Format.count(result.usage.input + result.usage.output)) tokens · \(Format.duration(result.duration))"
        if let changes = index.changes[turn] {
            let counts = [("+", changes.added), ("~", changes.changed), ("−", changes.removed)]
            text += " · state " + counts.filter { $0.1 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
        }
        return indent.adding(SafeText(text).cut(to: max(1, width - margin)), Style(.faint))
    }

    private func problem(_ result: TurnResult) -> StyledLine {
        switch result.status {
        case .failed:
            StyledLine(
                SafeText("✕ A turn failed and was taken back: \(result.error ?? "")").cut(to: width),
                Style(.bad)
            )
        case .superseded: StyledLine("– A turn gave way to a newer message.", Style(.warning))
        default: StyledLine("– A turn was cancelled.", Style(.warning))
        }
    }

    private func rule(_ text: SafeText, _ style: Style) -> StyledLine {
        let left = max(0, (width - text.width) / 2)
        return StyledLine(SafeText("┄") * left + text + SafeText("┄") * max(0, width - left - text.width), style)
    }
}

extension Message.Role {
    var color: ColorRole {
        switch self {
        case .user: .user
        case .assistant: .assistant
        case .system: .system
        }
    }
}
