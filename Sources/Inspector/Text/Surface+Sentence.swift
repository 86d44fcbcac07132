internal import Terminal

extension Surface {
    /// Draws a sentence in as many lines as it takes, with a space at each side.
    mutating func draw(sentence: String, _ role: ColorRole, _ rect: Rect) {
        for (index, line) in SafeText(sentence).wrapped(to: max(1, rect.width - 2)).prefix(rect.height).enumerated() {
            draw(line, x: rect.x + 1, y: rect.y + index, Style(role), maxX: rect.maxX)
        }
    }
}
