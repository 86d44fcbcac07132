internal import CNCurses
internal import Terminal

/// What of a cluster a terminal can be trusted to put into one place.
struct Glyphs {
    let isUTF8: Bool

    /// What is put into a cell, and where what is drawn is narrower than it, into the one beside it.
    func pieces(of cell: Cell) -> [[wchar_t]] {
        let blank: [wchar_t] = [32, 0]
        return [scalars(of: cell)] + (!isUTF8 && cell.width == 2 ? [blank] : [])
    }

    /// The scalars of a cell, ended by 0: one base and the marks on it. Of an emoji that is joined from several, or has
    /// a skin tone, only the first is drawn, since terminals disagree on how many columns the others move; flags come as
    /// their letters.
    private func scalars(of cell: Cell) -> [wchar_t] {
        if let ascii = cell.cluster.asciiValue { return [wchar_t(ascii), 0] }
        guard isUTF8 else { return [wchar_t(bitPattern: UInt32(ascii(cell.cluster).value)), 0] }
        var scalars: [wchar_t] = []
        for scalar in cell.cluster.unicodeScalars.prefix(5) where scalars.isEmpty || Self.isMark(scalar) {
            scalars.append(wchar_t(bitPattern: scalar.value))
        }
        return scalars + [0]
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: scalar != "\u{FE0E}" && scalar != "\u{FE0F}"
        default: false
        }
    }

    /// The mark's plain form, for locales without UTF-8.
    private func ascii(_ cluster: Character) -> Unicode.Scalar {
        if let value = cluster.asciiValue { return Unicode.Scalar(value) }
        return Self.plain[cluster] ?? "?"
    }

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
