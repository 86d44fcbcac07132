internal import SessionModel
internal import Terminal

/// An event by itself: when, what, why, and what came of it.
struct EventCardView {
    let model: InspectorModel

    func draw(_ card: Overlay.EventCard, _ surface: inout Surface) {
        guard let event = model.detail?.event(card.seq) else { return }
        let width = min(96, model.screen.size.width - 4)
        var lines = [
            StyledLine(event.sign + " ", Style(event.role)).adding(SafeText(event.body.kind), Style(.title))
                .adding(
                    "  \(Format.clock(event.at, in: model.setup.zone))" + (event.turn.map { "  \($0)" } ?? ""),
                    Style(.faint)
                )
        ]
        let sentence = SafeText(String(event.sentence.prefix(4 * width)))
        lines += sentence.wrapped(to: width - 4).prefix(4).map { StyledLine($0) }
        let links = EventCards.links(of: card.seq, model)
        let cause = event.cause.flatMap { links.first == $0 ? $0 : nil }
        let digits = "\(links.max() ?? 0)".count
        for (index, seq) in links.enumerated() {
            if index == 0 || (index == 1 && cause != nil) {
                lines += [
                    StyledLine(),
                    StyledLine(index == 0 && cause != nil ? "Caused by" : "Effects", Style(.title)),
                ]
            }
            lines.append(line(of: seq, digits: digits, isSelected: index == card.selected, width: width - 4))
        }
        lines += [StyledLine(), StyledLine("Raw event", Style(.title))]
        let limit = ContextLayout.maximumCharacters
        let raw = WrappedTexts.shared.lines(of: event.json.pretty, width: width - 4, limit: limit)
        lines += raw.map { StyledLine($0, Style(.string)) }
        OverlayView(model: model).drawLines(
            "#\(card.seq) ─ Enter follows  [ ] next to it  g shows it  t goes there  Esc closes",
            lines,
            top: card.top,
            width: width,
            &surface
        )
    }

    private func line(of seq: Int, digits: Int, isSelected: Bool, width: Int) -> StyledLine {
        guard let event = model.detail?.event(seq) else { return StyledLine() }
        return StyledLine(isSelected ? "▸ " : "  ", Style(.accent))
            .adding(event.sign + SafeText("\(seq)").filled(to: digits + 1), Style(event.role))
            .adding(SafeText(event.body.kind).filled(to: 20), Style(.faint))
            .adding(
                SafeText(String(event.sentence.prefix(width))).cut(to: max(1, width - 24 - digits)),
                isSelected ? Style(.strong) : .text
            )
    }
}
