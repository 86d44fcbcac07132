internal import Inspection
internal import SessionModel
internal import Terminal

extension InspectorModel {
    func drawComposer(_ rect: Rect, _ surface: inout Surface) {
        guard let detail else { return }
        let isFocused = focus == .compose
        let prompt = SafeText(" \(detail.key.session)").cut(to: max(8, rect.width / 4)) + " ❯ "
        let start = surface.draw(prompt, x: rect.x, y: rect.y, Style(isFocused ? .accent : .faint))
        let input = composer.input(detail.key)
        if input.isEmpty, !isFocused {
            let hint = reasonNotToSend ?? "Press i to write a message"
            surface.draw(SafeText(hint).cut(to: rect.maxX - start - 1), x: start, y: rect.y, Style(.faint))
            return
        }
        draw(
            input,
            in: Rect(x: start, y: rect.y, width: rect.maxX - start - 1, height: rect.height),
            isFocused,
            &surface
        )
    }

    /// Shows the lines around the cursor, and of its line the part around it.
    func draw(
        _ input: TextInput,
        in rect: Rect,
        _ isFocused: Bool,
        _ surface: inout Surface,
        isOnOverlay: Bool = false,
        style: Style = .text
    ) {
        let (lines, row) = input.lines(atMost: rect.height)
        // Of a line that is much longer only what may be seen is looked at.
        let available = max(1, rect.width) * 32
        let before = SafeText(input.lineHead.suffix(bytes: available))
        let skipped = max(0, before.width - rect.width + 1)
        for (y, line) in lines.enumerated() {
            let text =
                y == row
                ? before.dropFirst(skipped) + SafeText(input.lineTail.prefix(bytes: available))
                : SafeText(line.prefix(bytes: available))
            surface.draw(text.prefix(rect.width), x: rect.x, y: rect.y + y, style)
        }
        guard isFocused, overlay == nil || isOnOverlay else { return }
        let shown = before.dropFirst(skipped).width
        surface.cursor = Point(x: rect.x + min(shown, rect.width - 1), y: rect.y + row)
    }
}
