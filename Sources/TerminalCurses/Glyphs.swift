internal import CNCurses
internal import Terminal

/// What is put into a cell, as ncurses takes it.
struct Glyphs {
    let isUTF8: Bool

    /// The scalars of a cell, ended by 0: one base and the marks on it.
    func scalars(of cell: Cell) -> [wchar_t] {
        if let ascii = cell.cluster.asciiValue { return [wchar_t(ascii), 0] }
        guard isUTF8 else { return [wchar_t(bitPattern: (Self.plain[cell.cluster] ?? "?").value), 0] }
        return cell.cluster.unicodeScalars.map { wchar_t(bitPattern: $0.value) } + [0]
    }

    /// What stands in place of a character that the C library does not know, or knows as wider or narrower.
    var refused: [wchar_t] { [isUTF8 ? 0xFFFD : 63, 0] }

    /// The mark's plain form, for locales without UTF-8.
    private static let plain: [Character: Unicode.Scalar] = [
        "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┄": "-", "├": "+", "┤": "+",
        "●": "*", "○": "o", "◌": "~", "✕": "x", "✓": "v", "✗": "x", "–": "-", "‖": "=", "▸": ">", "▾": "v", "❯": ">",
        "⚙": "%", "✎": "!", "⏱": "@", "✉": "m", "⚓": "&", "↳": ">", "…": ".", "⏎": "/", "·": ".", "•": "*", "«": "\"",
        "»": "\"", "‹": "<", "›": ">", "▏": "|", "◆": "*", "↑": "^", "↓": "v", "←": "<", "→": ">", "␡": "?",
        "↻": "@", "◇": "o", "≈": "~", "▣": "#", "⑂": "Y", "☞": "!", "◷": "@", "█": "#", "▒": "=", "−": "-",
        "▁": "_", "▂": "_", "▃": ".", "▄": "-", "▅": "-", "▆": "=", "▇": "#",
        "⠋": "|", "⠙": "/", "⠹": "-", "⠸": "\\", "⠼": "|", "⠴": "/", "⠦": "-", "⠧": "\\",
    ]
}
