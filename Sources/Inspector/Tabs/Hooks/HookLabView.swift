internal import Inspection
internal import SessionModel
internal import Terminal

/// The hook lab: the form above (or at the left), the answers side by side below (or at the right).
struct HookLabView {
    let model: InspectorModel

    private var size: Size { model.screen.size }

    func draw(_ lab: HookLab, _ surface: inout Surface) {
        let screen = Rect(x: 0, y: 1, width: size.width, height: size.height - 2)
        surface.fill(screen, .text)
        let exchange = lab.original.exchange
        surface.box(
            screen,
            title: SafeText("Hook lab ─ \(exchange.hook) ─ \(exchange.id)").cut(to: screen.width - 8),
            Style(.borderFocused)
        )
        surface.cursor = nil
        let inner = Rect(x: screen.x + 2, y: screen.y + 1, width: screen.width - 4, height: screen.height - 3)
        let keys = StyledLine("Ctrl-S", Style(.key)).adding(" send  ", Style(.faint)).adding("Tab", Style(.key))
            .adding(" next field  ", Style(.faint)).adding("Ctrl-E", Style(.key)).adding(" editor  ", Style(.faint))
            .adding("PgDn", Style(.key)).adding(" answers  ", Style(.faint)).adding("Esc", Style(.key)).adding(
                " close",
                Style(.faint)
            )
        surface.draw(keys.cut(to: inner.width), x: inner.x, y: inner.maxY, maxX: inner.maxX)
        if inner.width >= 100 {
            let (left, right) = inner.splitLeft(inner.width * 2 / 5)
            drawForm(lab, Rect(x: left.x, y: left.y, width: left.width - 2, height: left.height), &surface)
            drawAnswers(lab, right, &surface)
        } else {
            let (above, below) = inner.splitTop(max(9, inner.height * 3 / 5))
            drawForm(lab, above, &surface)
            drawAnswers(lab, below, &surface)
        }
    }

    private func drawForm(_ lab: HookLab, _ rect: Rect, _ surface: inout Surface) {
        var y = rect.y
        let problem = lab.problem
        let headerRows = min(max(1, lab[.headers].split(separator: "\n").count), max(1, rect.height / 4))
        let bodyRows = max(1, rect.height - 6 - headerRows)
        for field in HookLab.Field.allCases {
            let isFocused = lab.field == field
            let rows = field == .headers ? headerRows : field == .body ? bodyRows : 1
            let name = SafeText(field.title).filled(to: 9)
            surface.draw(isFocused ? "▸" : " ", x: rect.x, y: y, Style(.accent))
            surface.draw(
                name,
                x: rect.x + 1,
                y: y,
                Style(problem?.field == field ? .bad : isFocused ? .accent : .faint)
            )
            let available = Rect(x: rect.x + 10, y: y, width: rect.width - 10, height: rows)
            (lab.inputs[field] ?? TextInput()).draw(in: available, hasCursor: isFocused, &surface)
            if field == .target, isFocused {
                let hints: [SafeText] = ["same, fork or an id; ↑↓ changes", "or an id; ↑↓ changes", "↑↓ changes"]
                let used = SafeText(lab[.target]).width + 2
                if let hint = hints.first(where: { used + $0.width <= available.width }) {
                    surface.draw(hint, x: available.maxX - hint.width, y: y, Style(.faint), maxX: available.maxX)
                }
            }
            y += rows
            guard y < rect.maxY else { return }
        }
        let (text, role): (String, ColorRole) =
            problem.map { ("\($0.field.title): \($0.text)", .bad) }
            ?? (lab[.target] == "same"
                ? ("Would be routed to \(lab.resolved ?? "…")", .faint)
                : (
                    lab[.target] == "fork"
                        ? "Into a fork of the session as it was before"
                        : "Into \(lab[.target]); a new id creates the session", .faint
                ))
        for (index, line) in SafeText(text).wrapped(to: max(1, rect.width)).prefix(max(0, rect.maxY - y)).enumerated() {
            surface.draw(line, x: rect.x, y: y + index, Style(role), maxX: rect.maxX)
        }
    }

    private func drawAnswers(_ lab: HookLab, _ rect: Rect, _ surface: inout Surface) {
        let half = (rect.width - 3) / 2
        let title = lab.isSending ? model.spinner + " sending" : lab.replay == nil ? "Replay: not sent yet" : "Replay"
        surface.draw("Original", x: rect.x, y: rect.y, Style(.title), maxX: rect.x + half)
        let end = surface.draw(SafeText(title.string), x: rect.x + half + 3, y: rect.y, Style(.title), maxX: rect.maxX)
        if let replay = lab.replay {
            let different = lab.original.differences(from: replay)
            let words =
                different.isEmpty
                ? "all equal" : "\(different.joined(separator: ", ")) \(different.count == 1 ? "differs" : "differ")"
            let style = Style(different.isEmpty ? .good : .warning)
            surface.draw(SafeText(": \(words)"), x: end, y: rect.y, style, maxX: rect.maxX)
        }
        let pairs =
            lab.replay.map { HookLab.pairs(lab.original.lines, $0.lines) }
            ?? lab.original.lines.map { HookLab.Pair(old: $0) }
        let top = min(lab.top, max(0, pairs.count - rect.height + 1))
        for (index, pair) in pairs.dropFirst(top).prefix(max(0, rect.height - 1)).enumerated() {
            let y = rect.y + 1 + index
            let isMarked = lab.replay != nil && !pair.isSame
            surface.draw(
                SafeText((isMarked && pair.old != nil ? "− " : "  ") + (pair.old ?? "")).cut(to: half),
                x: rect.x,
                y: y,
                Style(isMarked ? .bad : .text)
            )
            surface.draw("│", x: rect.x + half + 1, y: y, Style(.border))
            surface.draw(
                SafeText((isMarked && pair.new != nil ? "+ " : "  ") + (pair.new ?? "")).cut(to: half),
                x: rect.x + half + 3,
                y: y,
                Style(isMarked ? .good : .text),
                maxX: rect.maxX
            )
        }
    }
}
