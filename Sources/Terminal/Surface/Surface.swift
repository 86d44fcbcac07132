/// One cell of the screen. The right half of a wide cluster is a cell of width 0.
package struct Cell: Sendable, Hashable {
    /// A scalar with its combining marks; a letter with a part in a column of its own takes several cells.
    package var cluster: Character
    package var width: UInt8
    package var style: Style

    package static let blank = Cell(cluster: " ", width: 1, style: .text)
}

/// A grid of cells to draw on. Drawing outside of it is cut off; wide clusters are never halved.
package struct Surface: Sendable, Hashable {
    package let size: Size
    package private(set) var cells: [Cell]
    /// Where the cursor is to be shown, if anywhere.
    package var cursor: Point?

    package init(size: Size) {
        self.size = Size(width: max(0, size.width), height: max(0, size.height))
        cells = [Cell](repeating: .blank, count: self.size.width * self.size.height)
    }

    /// The cells of a row.
    package func row(_ y: Int) -> ArraySlice<Cell> { cells[(y * size.width)..<((y + 1) * size.width)] }

    package subscript(_ x: Int, _ y: Int) -> Cell { cells[y * size.width + x] }

    /// Draws a text from `x` on, at most up to `maxX`.
    ///
    /// - Returns: the column after the last one drawn.
    @discardableResult
    package mutating func draw(_ text: SafeText, x: Int, y: Int, _ style: Style = .text, maxX: Int? = nil) -> Int {
        let limit = min(maxX ?? size.width, size.width)
        guard y >= 0, y < size.height else { return x }
        var x = x
        let scalars = text.string.unicodeScalars
        var start = scalars.startIndex
        while start < scalars.endIndex {
            let (end, width) = SafeText.cell(of: scalars, at: start)
            guard x + width <= limit else { break }
            if x >= 0, width > 0 { put(SafeText.cluster(of: scalars, start, end), width, x, y, style) }
            x += width
            start = end
        }
        return x
    }

    private mutating func put(_ cluster: Character, _ width: Int, _ x: Int, _ y: Int, _ style: Style) {
        breakWide(x, y)
        if width == 2 { breakWide(x + 1, y) }
        let index = y * size.width + x
        cells[index] = Cell(cluster: cluster, width: UInt8(width), style: style)
        if width == 2 { cells[index + 1] = Cell(cluster: " ", width: 0, style: style) }
    }

    /// Drawing over half of a wide cluster leaves a space in place of the other half.
    private mutating func breakWide(_ x: Int, _ y: Int) {
        let index = y * size.width + x
        if cells[index].width == 0, x > 0 {
            cells[index - 1] = Cell(cluster: " ", width: 1, style: cells[index - 1].style)
        }
        if cells[index].width == 2, x + 1 < size.width {
            cells[index + 1] = Cell(cluster: " ", width: 1, style: cells[index + 1].style)
        }
    }

    /// Fills a part with spaces.
    package mutating func fill(_ rect: Rect, _ style: Style = .text) {
        let (left, right) = (max(0, rect.x), min(rect.maxX, size.width))
        guard left < right else { return }
        let blank = Cell(cluster: " ", width: 1, style: style)
        for y in max(0, rect.y)..<max(0, rect.y, min(rect.maxY, size.height)) {
            breakWide(left, y)
            breakWide(right - 1, y)
            let row = y * size.width
            cells.replaceSubrange((row + left)..<(row + right), with: repeatElement(blank, count: right - left))
        }
    }

    /// Changes the style of what is drawn in a part.
    package mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
        let (left, top) = (max(0, rect.x), max(0, rect.y))
        for y in top..<max(top, min(rect.maxY, size.height)) {
            for x in left..<max(left, min(rect.maxX, size.width)) { change(&cells[y * size.width + x].style) }
        }
    }

    /// The text of a row.
    package func text(row y: Int) -> String {
        (0..<size.width).reduce(into: "") { text, x in if self[x, y].width > 0 { text.append(self[x, y].cluster) } }
    }
}

extension Surface {
    /// Draws a border with a title in its upper edge.
    package mutating func box(
        _ rect: Rect,
        title: SafeText = .empty,
        _ style: Style = Style(.border),
        titleStyle: Style = Style(.title)
    ) {
        guard rect.width >= 2, rect.height >= 2 else { return }
        let line = SafeText("─") * (rect.width - 2)
        draw("╭" + line + "╮", x: rect.x, y: rect.y, style, maxX: rect.maxX)
        for y in (rect.y + 1)..<(rect.maxY - 1) {
            draw("│", x: rect.x, y: y, style)
            draw("│", x: rect.maxX - 1, y: y, style)
        }
        draw("╰" + line + "╯", x: rect.x, y: rect.maxY - 1, style, maxX: rect.maxX)
        if !title.isEmpty {
            draw(" " + title.cut(to: rect.width - 5) + " ", x: rect.x + 1, y: rect.y, titleStyle, maxX: rect.maxX - 1)
        }
    }
}
