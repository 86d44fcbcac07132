internal import SessionModel
internal import Terminal

/// Draws rows of the state: the name, the value by its type, and what changed it.
struct StateRowView {
    /// Milliseconds for which what changed last stands out.
    static let freshFor: Int64 = 10_000

    private let pane: DetailPane
    private let lastChange: Int?

    init(_ pane: DetailPane) {
        self.pane = pane
        lastChange = pane.detail.lastChange
    }

    /// Whether the last change is so young.
    func isFresh(for milliseconds: Int64 = freshFor) -> Bool {
        pane.model.runtimeNow - (lastChange.flatMap { pane.detail.event($0)?.at } ?? 0) < milliseconds
    }

    func draw(_ row: StateTree.Row, line y: Int, isSelected: Bool, _ surface: inout Surface) {
        let rect = Rect(x: pane.rect.x, y: pane.rect.y + y, width: pane.rect.width, height: 1)
        let background = isSelected ? pane.selectionColor : nil
        if isSelected { surface.fill(rect, Style(.text, on: background)) }
        let field = row.path.pieces.first ?? ""
        let isChanged = pane.detail.fold.blame[ExactString(field)] == lastChange
        let isFresh = isChanged && isFresh()
        let blame = row.depth == 0 ? pane.detail.blame(of: field).map { SafeText($0) } : nil
        let blameWidth = min(blame.map { $0.width + 2 } ?? 0, rect.width / 3)
        var line = StyledLine(SafeText("  ") * row.depth)
        line.add(row.value.isBranch ? (row.isFolded ? "▸ " : "▾ ") : "  ", Style(.faint))
        line.add(SafeText(row.name), isFresh ? Style(.changed) : Style(.jsonKey))
        line.add(": ", Style(.faint))
        let available = max(1, rect.width - line.width - blameWidth - (isChanged ? 2 : 0))
        line.add(SafeText(row.value.short).cut(to: available), row.value.style)
        if isChanged, row.depth == 0 { line.add(" ✎", Style(isFresh ? .changed : .faint)) }
        surface.draw(line, x: rect.x, y: rect.y, on: background, maxX: rect.maxX - blameWidth)
        if let blame {
            let text = blame.cut(to: max(1, blameWidth - 1))
            surface.draw(text, x: rect.maxX - text.width, y: rect.y, Style(.faint, on: background), maxX: rect.maxX)
        }
    }
}

extension JSON {
    /// The value in one line; of a branch only how much is in it.
    fileprivate var short: String {
        switch self {
        case .object(let members): members.isEmpty ? "{}" : "{\(members.count)}"
        case .array(let items): items.isEmpty ? "[]" : "[\(items.count)]"
        default: text
        }
    }

    var style: Style {
        switch self {
        case .string: Style(.string)
        case .int, .double, .literal: Style(.number)
        case .bool: Style(.boolean)
        case .null: Style(.null)
        case .array, .object: Style(.faint)
        }
    }
}
