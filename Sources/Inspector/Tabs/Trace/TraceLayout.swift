internal import SessionModel
internal import Terminal

/// The turns as lines: a head each, their parts as bars on one scale, and the input and output of open parts.
struct TraceLayout {
    private(set) var lines: [StyledLine] = []
    /// The line at which each selectable row begins.
    private(set) var places: [(seq: Int, line: Int)] = []
    let turns: [TurnTrace]
    private let width: Int
    private let model: InspectorModel
    private let messages: [Message]

    /// - Parameter opened: parts that are shown with what they were given and gave, by their first events.
    init(_ pane: DetailPane, opened: Set<Int>) {
        width = pane.width
        model = pane.model
        messages = pane.detail.fold.messages
        turns = TurnTrace.turns(of: pane.detail.known.turnEvents)
        for turn in turns {
            if !lines.isEmpty { lines.append(StyledLine()) }
            places.append((turn.seq, lines.count))
            lines.append(head(turn))
            let scale = Scale(turn, now: model.runtimeNow)
            for (index, span) in turn.spans.enumerated() {
                places.append((span.seq, lines.count))
                lines.append(bar(span, from: scale.starts[index], took: scale.lengths[index], of: scale.whole))
                if opened.contains(span.seq) { lines += insides(of: span) }
            }
        }
    }

    private var nameWidth: Int { min(30, max(18, width * 3 / 10)) }

    private func head(_ turn: TurnTrace) -> StyledLine {
        var line = StyledLine("  ↻ ", Style(turn.result.map { $0.status == .finished ? .good : .bad } ?? .tool))
        line.add(SafeText(Format.clock(turn.start, in: model.setup.zone)), Style(.faint))
        line.add("  " + SafeText(turn.result?.status.rawValue ?? "running"), Style(.strong))
        if let result = turn.result {
            line.add(
                "  \(Format.duration(result.duration)) · \(Format.count(result.usage.input + result.usage.output)) tokens",
                Style(.faint)
            )
            if let error = result.error { line.add("  \(error)", Style(.bad)) }
        }
        line.add("  #\(turn.seq)", Style(.faint))
        return line.cut(to: width)
    }

    /// - Parameters:
    ///   - start: milliseconds after the turn's begin.
    ///   - whole: milliseconds that the scale has.
    private func bar(_ span: TurnTrace.Span, from start: Double, took: Double, of whole: Double) -> StyledLine {
        let (mark, role): (SafeText, ColorRole) =
            switch span.kind {
            case .completion: ("◇ ", .assistant)
            case .tool: ("⚙ ", .tool)
            case .middleware: ("≈ ", .system)
            }
        var line = StyledLine("    " + mark, Style(role))
        line.add(SafeText(span.name).filled(to: nameWidth - 7) + " ", Style(span.error == nil ? .text : .bad))
        let time = SafeText(Format.duration(took)).rightAligned(to: 9)
        let available = max(1, width - line.width - time.width - 1)
        let end = min(available, Int(((start + took) / whole * Double(available)).rounded()))
        let start = min(available - 1, Int((start / whole * Double(available)).rounded()))
        let length = max(1, end - start)
        line.add(SafeText("┄") * start, Style(.border))
        line.add(SafeText(span.duration == nil ? "▒" : "█") * length, Style(span.error == nil ? role : .bad))
        line.add(SafeText(" ") * (available - start - length))
        return line.adding(" ").adding(time, Style(.faint))
    }

    /// Where the parts of a turn begin on its scale, and how long they are, in milliseconds.
    private struct Scale {
        private(set) var whole: Double
        private(set) var starts: [Double]
        let lengths: [Double]

        init(_ turn: TurnTrace, now: Int64) {
            let end = turn.end ?? max(now, turn.spans.last.map { $0.start + 1 } ?? 0)
            lengths = turn.spans.map { $0.duration ?? Double(max(0, end - $0.start)) }
            whole = Double(max(1, end - turn.start))
            starts = turn.spans.map { Double(max(0, $0.start - turn.start)) }
            // Moments are known to the millisecond only: parts of so short a turn stand one after another.
            guard whole <= 2 * Double(turn.spans.count) else { return }
            var start = 0.0
            starts = lengths.map { length in
                defer { start += length }
                return start
            }
            whole = max(start, 0.001)
        }
    }

    private func insides(of span: TurnTrace.Span) -> [StyledLine] {
        var lines = span.kind == .completion ? window(span.given["window"]) : block("input", span.given)
        if let got = span.got { lines += block("output", got) }
        if let error = span.error {
            lines += SafeText(error).wrapped(to: max(1, width - 8)).map { StyledLine("        " + $0, Style(.bad)) }
        }
        return lines
    }

    /// Messages of a window that are shown at most, and lines of each.
    private static let (mostMessages, mostLines) = (30, 3)

    /// What the model saw: the messages of its window, each with its beginning.
    private func window(_ ids: JSON?) -> [StyledLine] {
        let ids = ids?.array?.compactMap(\.string) ?? []
        let known = Dictionary(messages.map { ($0.id, $0) }) { $1 }
        var lines: [StyledLine] = []
        func add(_ role: SafeText, _ style: Style, _ texts: [SafeText]) {
            for (index, text) in texts.enumerated() {
                var line = StyledLine("      ")
                line.add(SafeText(lines.isEmpty ? "input" : "").filled(to: 8), Style(.faint))
                line.add((index == 0 ? role : .empty).filled(to: 11), style)
                lines.append(line.adding(text))
            }
        }
        let left = ids.count - Self.mostMessages
        if left > 0 { add(.empty, Style(.faint), ["… \(Format.count(left, "message")) before these"]) }
        for id in ids.suffix(Self.mostMessages) {
            guard let message = known[id] else {
                add(.empty, Style(.faint), ["(the message \(id) is not in the context any more)"])
                continue
            }
            let said = SafeText.lines(message.said.prefix(bytes: 2000)).flatMap { $0.wrapped(to: max(1, width - 25)) }
            var shown = said.prefix(Self.mostLines).map { $0.cut(to: max(1, width - 26)) }
            if said.count > Self.mostLines, let last = shown.popLast() { shown.append(last + "…") }
            add(SafeText(message.role.rawValue), Style(message.role.color), shown)
        }
        return lines.isEmpty ? block("input", [:]) : lines
    }

    private func block(_ name: SafeText, _ json: JSON) -> [StyledLine] {
        let texts = SafeText.lines(json.pretty.prefix(4000)).flatMap { $0.wrapped(to: max(1, width - 15)) }
        return texts.enumerated().map { index, text in
            StyledLine("      ").adding((index == 0 ? name : .empty).filled(to: 8), Style(.faint)).adding(
                text,
                Style(.string)
            )
        }
    }

    /// The row that is selected: the one chosen, or the newest turn.
    func row(of selected: Int?) -> (seq: Int, line: Int)? {
        places.first { $0.seq == selected } ?? places.first { $0.seq == turns.last?.seq }
    }
}
