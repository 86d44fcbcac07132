internal import Inspection
internal import SessionModel
internal import Terminal

extension StyledLine {
    /// An exchange in one line: when, which hook, what it was answered, how long it took, and why it reached its session.
    init(_ exchange: Exchange, isMarked: Bool, _ pane: DetailPane) {
        let width = pane.rect.width
        let time = SafeText(Format.clock(exchange.received, in: pane.model.setup.zone))
        self =
            isMarked
            ? StyledLine("✓", Style(.warning)).adding(time.filled(to: 9), Style(.faint))
            : StyledLine(time.filled(to: 10), Style(.faint))
        add(SafeText(exchange.request.method).filled(to: 5), Style(.faint))
        add(SafeText(exchange.hook).filled(to: min(18, max(8, width / 4))), Style(.strong))
        add(" ")
        add(exchange.statusText.rightAligned(to: 3), Style(exchange.statusRole))
        add(SafeText(exchange.duration.map(Format.duration) ?? "…").rightAligned(to: 9), Style(.faint))
        add(exchange.replayOf == nil ? "    " : "  ↻ ", Style(.accent))
        let text = SafeText(exchange.error ?? exchange.why).cut(to: max(0, width - self.width))
        add(text, Style(exchange.error == nil ? .faint : .bad))
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
