internal import Inspection
internal import SessionModel
internal import Terminal

/// An exchange that is open: its request, its response, and what it changed.
struct ExchangeLines {
    /// Events of an exchange that are looked at for what it changed.
    static let maximumChanges = 1000

    let exchange: Exchange
    let pane: DetailPane

    private var width: Int { pane.width }

    var lines: [StyledLine] {
        var lines = [title, StyledLine(SafeText(exchange.why).cut(to: width), Style(.faint))]
        if let original = exchange.replayOf { lines.append(StyledLine("↻ a replay of \(original)", Style(.accent))) }
        if let error = exchange.error {
            lines += SafeText("✕ \(error)").wrapped(to: width).map { StyledLine($0, Style(.bad)) }
        }
        lines += [StyledLine(), StyledLine("Request", Style(.title))]
        lines.append(StyledLine("\(exchange.request.method) \(exchange.request.path)"))
        lines +=
            fields(exchange.request.query, "?") + fields(exchange.request.headers, "") + body(exchange.request.body)
        lines += [StyledLine(), StyledLine("Response", Style(.title))]
        if let response = exchange.response {
            lines.append(StyledLine(exchange.statusText, Style(exchange.statusRole)))
            lines += fields(response.headers, "") + body(response.body)
        } else {
            lines.append(StyledLine("not answered yet", Style(.warning)))
        }
        return lines + changes
    }

    private var title: StyledLine {
        StyledLine(SafeText(exchange.hook), Style(.title))
            .adding("  ")
            .adding(exchange.statusText, Style(exchange.statusRole))
            .adding(
                "  \(Format.clock(exchange.received, in: pane.model.setup.zone))  \(exchange.duration.map(Format.duration) ?? "")  \(exchange.id)",
                Style(.faint)
            )
    }

    private func fields(_ fields: JSON.Object, _ mark: SafeText) -> [StyledLine] {
        fields.map { name, value in
            StyledLine("  " + mark).adding(SafeText(name), Style(.jsonKey)).adding(": ", Style(.faint))
                .adding(SafeText(value.string ?? value.text))
        }
    }

    private func body(_ body: RecordedBody?) -> [StyledLine] {
        guard let body else { return [StyledLine("  (no body)", Style(.faint))] }
        let text = body.encoding == .json ? body.value.pretty : body.value.string ?? ""
        let lines = SafeText.lines(text.prefix(ContextLayout.maximumCharacters)).flatMap {
            $0.wrapped(to: max(1, width - 2))
        }
        return lines.map { StyledLine("  " + $0, Style(.string)) }
    }

    private var changes: [StyledLine] {
        let detail = pane.detail
        guard let range = exchange.changed, exchange.session == detail.key.session else { return [] }
        var lines = [
            StyledLine(),
            StyledLine("Changed", Style(.title)).adding("  #\(range.lowerBound)–#\(range.upperBound)", Style(.faint)),
        ]
        let before = lines.count
        let shown = range.prefix(Self.maximumChanges)
        for seq in shown {
            guard let event = detail.event(seq), event.cause == range.lowerBound else { continue }
            switch event.body {
            case .stateChanged(let patch): lines += patch.steps.map(StyledLine.init(_:))
            case .log(_, let text): lines.append(StyledLine("  log ", Style(.faint)).adding(SafeText(text)))
            case .sent(let data): lines.append(StyledLine("  sent ", Style(.faint)).adding(SafeText(data.text)))
            default: break
            }
        }
        let missing = shown.filter { detail.event($0) == nil }
        if missing.contains(where: { !detail.known.isAnswered($0) }) {
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
}
