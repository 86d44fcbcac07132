internal import Inspection
internal import SessionModel
internal import Terminal

/// What was found in all sessions: what is looked for, and a line for each place.
struct FoundTextsView {
    let model: InspectorModel

    private static let width = 160

    func draw(_ surface: inout Surface) {
        let found = model.work.found
        let view = OverlayView(model: model)
        let screen = model.screen.size
        let size = Size(width: min(Self.width, screen.width - 4), height: screen.height - 4)
        let inner = view.window(size, "Find in all sessions ─ Enter opens, Esc closes", &surface)
        let line = Rect(x: inner.x, y: inner.y, width: inner.width, height: 1)
        view.draw(found.input, after: "❯ ", line, .accent, &surface)
        let available = inner.height - 2
        guard !found.results.isEmpty else {
            let style = Style(found.error == nil ? .faint : .bad)
            for (y, text) in message(found).wrapped(to: inner.width).prefix(available).enumerated() {
                surface.draw(text, x: inner.x, y: inner.y + 2 + y, style, maxX: inner.maxX)
            }
            return
        }
        let top = max(0, found.selected - available + 1)
        let rows = found.results.dropFirst(top).prefix(available)
        let place = min(max(16, inner.width / 3), rows.map { Self.place(of: $0).width }.max() ?? 0)
        for (y, result) in rows.enumerated() {
            let isSelected = top + y == found.selected
            let row = Rect(x: inner.x, y: inner.y + 2 + y, width: inner.width, height: 1)
            let background: ColorRole? = isSelected ? .selection : nil
            if isSelected { surface.fill(row, Style(.text, on: background)) }
            let text = self.line(of: result, place: place, isSelected: isSelected).cut(to: row.width)
            surface.draw(text, x: row.x, y: row.y, on: background, maxX: row.maxX)
        }
        if found.next != nil || found.results.count > top + available {
            surface.draw(" ↓ more ", x: inner.maxX - 8, y: inner.maxY, Style(.faint))
        }
    }

    private func message(_ found: FoundTexts) -> SafeText {
        if let error = found.error { return SafeText(error) }
        if found.query.isEmpty {
            return
                "Messages, tool calls and results, state, logs and bodies of webhooks. All words must occur; \"quotes\" keep words together."
        }
        return found.shown == found.query && found.next == nil ? "Nothing was found." : ""
    }

    private func line(of result: FoundText, place: Int, isSelected: Bool) -> StyledLine {
        let age = Format.age(model.now.subtractingReportingOverflow(result.at).partialValue)
        let spot = Self.spot(of: result).cut(to: place / 2)
        let session = Self.session(of: result).cutInside(
            to: max(1, place - spot.width),
            keeping: result.agent.count + 5
        )
        return StyledLine(isSelected ? "▸ " : "  ", Style(.accent))
            .adding((session + spot).filled(to: place + 1), Style(.lasting))
            .adding(SafeText(age).filled(to: 5), Style(.faint))
            .adding(SafeText(result.line), isSelected ? Style(.strong) : .text)
    }

    private static func place(of result: FoundText) -> SafeText { session(of: result) + spot(of: result) }

    private static func session(of result: FoundText) -> SafeText {
        SafeText(result.session.map { "\(result.agent)/\($0)" } ?? result.agent)
    }

    /// The event, or the webhook.
    private static func spot(of result: FoundText) -> SafeText {
        switch result.place {
        case .event(let seq, _): SafeText(" #\(seq)")
        case .exchange(_, let hook): SafeText(" ⚓\(hook)")
        }
    }
}
