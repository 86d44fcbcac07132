internal import SessionModel
internal import Terminal

extension InspectorModel {
    /// The state in a pane of its own beside the context.
    func drawSide(_ detail: SessionDetail, _ rect: Rect, _ surface: inout Surface) {
        surface.box(rect, title: "State", Style(.border))
        let inner = Rect(x: rect.x + 2, y: rect.y + 1, width: rect.width - 4, height: rect.height - 2)
        let rows = detail.state.rows(of: detail.fold.state)
        if rows.isEmpty { return drawSentence("The agent has no state.", .faint, inner, &surface) }
        for (line, row) in rows.prefix(inner.height).enumerated() {
            let place = Rect(x: inner.x, y: inner.y + line, width: inner.width, height: 1)
            draw(row, detail, isSelected: false, place, &surface)
        }
        guard rows.count > inner.height else { return }
        let more = SafeText(" ↓ \(Format.count(rows.count - inner.height)) ")
        surface.draw(more, x: rect.maxX - more.width - 2, y: rect.maxY - 1, Style(.faint))
    }

    func drawState(_ detail: SessionDetail, _ rect: Rect, _ frame: Rect, _ surface: inout Surface) {
        let rows = detail.state.rows(of: detail.fold.state)
        guard !rows.isEmpty else { return drawSentence("The agent has no state.", .faint, rect, &surface) }
        let selected = rows.first { $0.path == detail.state.selected } ?? rows[0]
        let top = min(detail.state.top, max(0, rows.count - rect.height))
        for (line, row) in rows.dropFirst(top).prefix(rect.height).enumerated() {
            draw(
                row,
                detail,
                isSelected: row == selected,
                Rect(x: rect.x, y: rect.y + line, width: rect.width, height: 1),
                &surface
            )
        }
        let path = SafeText(" \(selected.path.description) ")
        surface.draw(
            path.cut(to: frame.width - 4),
            x: frame.x + 2,
            y: frame.maxY - 1,
            Style(.faint),
            maxX: frame.maxX - 1
        )
    }

    /// Milliseconds for which what changed last stands out.
    static var freshFor: Int64 { 10_000 }

    /// Whether the last change is so young.
    func isFresh(_ detail: SessionDetail, for milliseconds: Int64 = freshFor) -> Bool {
        runtimeNow - (detail.lastChange.flatMap { detail.event($0)?.at } ?? 0) < milliseconds
    }

    private func draw(
        _ row: StateTree.Row,
        _ detail: SessionDetail,
        isSelected: Bool,
        _ rect: Rect,
        _ surface: inout Surface
    ) {
        let background: ColorRole? = isSelected ? (focus == .detail ? .selection : .selectionUnfocused) : nil
        if isSelected { surface.fill(rect, Style(.text, on: background)) }
        let field = row.path.pieces.first ?? ""
        let isChanged = detail.fold.blame[ExactString(field)] == detail.lastChange
        let isFresh = isChanged && isFresh(detail)
        let blame = row.depth == 0 ? detail.blame(of: field).map { SafeText($0) } : nil
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
