internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    func drawHooks(_ detail: SessionDetail, _ rect: Rect, _ surface: inout Surface) {
        if detail.hooks.opened != nil {
            let lines = ExchangeLines.lines(detail, width: rect.width, model: self)
            for (index, line) in lines.dropFirst(detail.hooks.openedTop).prefix(rect.height).enumerated() {
                surface.draw(line, x: rect.x, y: rect.y + index, maxX: rect.maxX)
            }
            return
        }
        guard detail.hooks.isLoaded else { return drawSentence(loading(), .faint, rect, &surface) }
        guard !detail.hooks.exchanges.isEmpty else {
            return drawSentence("No webhooks yet.", .faint, rect, &surface)
        }
        for (line, exchange) in detail.hooks.exchanges.dropFirst(
            min(detail.hooks.top, max(0, detail.hooks.exchanges.count - rect.height))
        )
        .prefix(rect.height).enumerated() {
            let row = Rect(x: rect.x, y: rect.y + line, width: rect.width, height: 1)
            let isSelected = exchange.id == detail.hooks.selected
            let background: ColorRole? = isSelected ? (focus == .detail ? .selection : .selectionUnfocused) : nil
            if isSelected { surface.fill(row, Style(.text, on: background)) }
            surface.draw(
                self.line(of: exchange, width: rect.width),
                x: rect.x,
                y: row.y,
                on: background,
                maxX: rect.maxX
            )
        }
    }

    private func line(of exchange: Exchange, width: Int) -> StyledLine {
        var line = StyledLine(SafeText(Format.clock(exchange.received, in: zone)).filled(to: 10), Style(.faint))
        if detail?.hooks.marked.contains(exchange.id) == true {
            line = StyledLine("✓", Style(.warning)).adding(
                SafeText(Format.clock(exchange.received, in: zone)).filled(to: 9),
                Style(.faint)
            )
        }
        line.add(SafeText(exchange.request.method).filled(to: 5), Style(.faint))
        line.add(SafeText(exchange.hook).filled(to: min(18, max(8, width / 4))), Style(.strong))
        line.add(" ")
        line.add(exchange.statusText.rightAligned(to: 3), Style(exchange.statusRole))
        line.add(SafeText(exchange.duration.map(Format.duration) ?? "…").rightAligned(to: 9), Style(.faint))
        line.add(exchange.replayOf == nil ? "    " : "  ↻ ", Style(.accent))
        let available = max(0, width - line.width)
        line.add(
            SafeText(exchange.error ?? exchange.why).cut(to: available),
            Style(exchange.error == nil ? .faint : .bad)
        )
        return line
    }
}

extension Exchange {
    /// `…` while it is not answered.
    var statusText: SafeText { response.map { "\($0.status)" } ?? "…" }

    var statusRole: ColorRole {
        switch response?.status ?? 0 {
        case 0: .warning
        case ..<400: .good
        case ..<500: .warning
        default: .bad
        }
    }
}

/// An exchange that is open: its request, its response, and what it changed.
enum ExchangeLines {
    /// Events of an exchange that are looked at for what it changed.
    static let maximumChanges = 1000

    static func lines(_ detail: SessionDetail, width: Int, model: InspectorModel) -> [StyledLine] {
        guard let exchange = detail.hooks.opened else { return [] }
        var lines = [title(exchange, model), StyledLine(SafeText(exchange.why).cut(to: width), Style(.faint))]
        if let original = exchange.replayOf { lines.append(StyledLine("↻ a replay of \(original)", Style(.accent))) }
        if let error = exchange.error {
            lines += SafeText("✕ \(error)").wrapped(to: width).map { StyledLine($0, Style(.bad)) }
        }
        lines += [StyledLine(), StyledLine("Request", Style(.title))]
        lines.append(StyledLine("\(exchange.request.method) \(exchange.request.path)"))
        lines +=
            fields(exchange.request.query, "?") + fields(exchange.request.headers, "")
            + body(exchange.request.body, width)
        lines += [StyledLine(), StyledLine("Response", Style(.title))]
        if let response = exchange.response {
            lines.append(StyledLine(exchange.statusText, Style(exchange.statusRole)))
            lines += fields(response.headers, "") + body(response.body, width)
        } else {
            lines.append(StyledLine("not answered yet", Style(.warning)))
        }
        return lines + changes(exchange, detail)
    }

    private static func title(_ exchange: Exchange, _ model: InspectorModel) -> StyledLine {
        StyledLine(SafeText(exchange.hook), Style(.title))
            .adding("  ")
            .adding(exchange.statusText, Style(exchange.statusRole))
            .adding(
                "  \(Format.clock(exchange.received, in: model.zone))  \(exchange.duration.map(Format.duration) ?? "")  \(exchange.id)",
                Style(.faint)
            )
    }

    private static func fields(_ fields: JSON.Object, _ mark: SafeText) -> [StyledLine] {
        fields.map { name, value in
            StyledLine("  " + mark).adding(SafeText(name), Style(.jsonKey)).adding(": ", Style(.faint))
                .adding(SafeText(value.string ?? value.text))
        }
    }

    private static func body(_ body: RecordedBody?, _ width: Int) -> [StyledLine] {
        guard let body else { return [StyledLine("  (no body)", Style(.faint))] }
        let text = body.encoding == .json ? body.value.pretty : body.value.string ?? ""
        let lines = SafeText.lines(text.prefix(ContextLayout.maximumCharacters)).flatMap {
            $0.wrapped(to: max(1, width - 2))
        }
        return lines.map { StyledLine("  " + $0, Style(.string)) }
    }

    private static func changes(_ exchange: Exchange, _ detail: SessionDetail) -> [StyledLine] {
        guard let range = exchange.changed, exchange.session == detail.key.session else { return [] }
        var lines = [
            StyledLine(),
            StyledLine("Changed", Style(.title)).adding("  #\(range.lowerBound)–#\(range.upperBound)", Style(.faint)),
        ]
        let before = lines.count
        let shown = range.prefix(maximumChanges)
        for seq in shown {
            guard let event = detail.event(seq), isOurs(event, of: range.lowerBound) else { continue }
            switch event.body {
            case .stateChanged(let patch): lines += patch.steps.map(line)
            case .log(_, let text): lines.append(StyledLine("  log ", Style(.faint)).adding(SafeText(text)))
            case .sent(let data): lines.append(StyledLine("  sent ", Style(.faint)).adding(SafeText(data.text)))
            default: break
            }
        }
        let missing = shown.filter { detail.event($0) == nil }
        if missing.contains(where: { !detail.isAnswered($0) }) {
            lines.append(StyledLine("  Loading…", Style(.faint)))
        } else if !missing.isEmpty {
            lines.append(
                StyledLine("  \(Format.count(missing.count, "event")) of it are no longer kept.", Style(.warning))
            )
        } else if lines.count == before {
            lines.append(StyledLine("  nothing", Style(.faint)))
        }
        if range.count > shown.count {
            lines.append(StyledLine("  What came after #\(shown.last ?? 0) is on the timeline.", Style(.faint)))
        }
        return lines
    }

    private static func isOurs(_ event: SessionEvent, of received: Int) -> Bool { event.cause == received }

    static func line(_ step: JSONPatch.Step) -> StyledLine {
        switch step {
        case .add(let path, let value):
            StyledLine("  + ", Style(.good)).adding(SafeText("\(path) "), Style(.jsonKey)).adding(
                SafeText(value.text),
                value.style
            )
        case .remove(let path): StyledLine("  − ", Style(.bad)).adding(SafeText("\(path)"), Style(.jsonKey))
        case .replace(let path, let value), .test(let path, let value):
            StyledLine("  ~ ", Style(.changed)).adding(SafeText("\(path) "), Style(.jsonKey)).adding(
                SafeText(value.text),
                value.style
            )
        case .move(let from, let to), .copy(let from, let to):
            StyledLine("  ~ ", Style(.changed)).adding(SafeText("\(from) → \(to)"), Style(.jsonKey))
        }
    }
}
