internal import Terminal

/// A line of pieces, each in its style.
struct StyledLine: Sendable {
    private(set) var pieces: [(text: SafeText, style: Style)] = []

    init() {}

    init(_ text: SafeText, _ style: Style = .text) { pieces = [(text, style)] }

    var width: Int { pieces.reduce(0) { $0 + $1.text.width } }

    /// What stands in it.
    var text: String { pieces.map(\.text.string).joined() }

    mutating func add(_ text: SafeText, _ style: Style = .text) { pieces.append((text, style)) }

    mutating func add(_ line: StyledLine) { pieces += line.pieces }

    func adding(_ text: SafeText, _ style: Style = .text) -> StyledLine {
        var line = self
        line.add(text, style)
        return line
    }

    /// The line if it fits, otherwise its beginning and `…`.
    func cut(to columns: Int) -> StyledLine {
        guard width > columns else { return self }
        var line = StyledLine()
        for piece in pieces {
            let available = columns - line.width
            if piece.text.width >= available {
                line.add(
                    piece.text.width == available
                        ? piece.text.prefix(max(0, available - 1)) + "…" : piece.text.cut(to: available),
                    piece.style
                )
                break
            }
            line.add(piece.text, piece.style)
        }
        return line
    }

    /// Fills up with spaces, so that the next piece starts at that column.
    mutating func fill(to column: Int) {
        let missing = column - width
        if missing > 0 { add(SafeText(" ") * missing) }
    }
}

extension Surface {
    /// - Returns: the column after the last one drawn.
    @discardableResult
    mutating func draw(_ line: StyledLine, x: Int, y: Int, on background: ColorRole? = nil, maxX: Int) -> Int {
        var x = x
        for piece in line.pieces {
            x = draw(piece.text, x: x, y: y, background == nil ? piece.style : piece.style.on(background), maxX: maxX)
        }
        return x
    }
}
