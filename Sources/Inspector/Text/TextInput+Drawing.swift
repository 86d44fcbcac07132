internal import SessionModel
internal import Terminal

extension TextInput {
    /// Shows the lines around the cursor, and of its line the part around it.
    ///
    /// - Parameter hasCursor: whether the terminal's cursor stands in it.
    func draw(in rect: Rect, hasCursor: Bool, style: Style = .text, _ surface: inout Surface) {
        let (lines, row) = lines(atMost: rect.height)
        // Of a line that is much longer only what may be seen is looked at.
        let available = max(1, rect.width) * 32
        let before = SafeText(lineHead.suffix(bytes: available))
        let skipped = max(0, before.width - rect.width + 1)
        for (y, line) in lines.enumerated() {
            let text =
                y == row
                ? before.dropFirst(skipped) + SafeText(lineTail.prefix(bytes: available))
                : SafeText(line.prefix(bytes: available))
            surface.draw(text.prefix(rect.width), x: rect.x, y: rect.y + y, style)
        }
        guard hasCursor else { return }
        let shown = before.dropFirst(skipped).width
        surface.cursor = Point(x: rect.x + min(shown, rect.width - 1), y: rect.y + row)
    }
}
