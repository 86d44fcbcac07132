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
            let hint = obstacleToSending ?? "i writes a message"
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
        isOnOverlay: Bool = false
    ) {
        let lines = input.text.split(separator: "\n", omittingEmptySubsequences: false)
        let before = input.head.split(separator: "\n", omittingEmptySubsequences: false)
        let row = max(0, before.count - 1)
        let head = SafeText(before.last ?? "")
        let top = max(0, row - rect.height + 1)
        for (y, line) in lines.dropFirst(top).prefix(rect.height).enumerated() {
            let isCursorLine = top + y == row
            let skipped = isCursorLine ? max(0, head.width - rect.width + 1) : 0
            surface.draw(SafeText(line).dropping(skipped).prefix(rect.width), x: rect.x, y: rect.y + y)
        }
        guard isFocused, overlay == nil || isOnOverlay else { return }
        surface.cursor = Point(x: rect.x + min(head.width, rect.width - 1), y: rect.y + row - top)
    }
}

extension SafeText {
    /// The text without its first columns.
    fileprivate func dropping(_ columns: Int) -> SafeText {
        guard columns > 0 else { return self }
        return SafeText(string.dropFirst(prefix(columns).string.count))
    }
}
