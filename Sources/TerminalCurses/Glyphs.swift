internal import CNCurses
internal import Terminal

/// The content of a cell, in the form that ncurses takes.
struct Glyphs {
    let isUTF8: Bool

    /// The scalars of a cell, ended by 0: one base and the marks on it.
    func scalars(of cell: Cell) -> [wchar_t] {
        if let ascii = cell.cluster.asciiValue { return [wchar_t(ascii), 0] }
        guard isUTF8 else { return [wchar_t(bitPattern: (Self.plain[cell.cluster] ?? "?").value), 0] }
        return cell.cluster.unicodeScalars.map { wchar_t(bitPattern: $0.value) } + [0]
    }

    /// Replaces a character that the C library does not know, or counts as wider or narrower.
    var refused: [wchar_t] { [isUTF8 ? 0xFFFD : 63, 0] }

    /// ASCII forms of the symbols, for locales without UTF-8.
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
