internal import Inspection
internal import SessionModel
internal import Terminal

/// Text that is selected with the mouse.
struct Selection: Sendable, Hashable {
    let from: Point
    var to: Point
    /// The pane that it stays in.
    let pane: Rect
    /// What it holds, once the button has been let go.
    var text: String?

    /// The columns of a row that are selected.
    func columns(ofRow y: Int) -> Range<Int>? {
        let (first, last) = (from.y, from.x) <= (to.y, to.x) ? (from, to) : (to, from)
        guard (first.y...last.y).contains(y) else { return nil }
        let start = y == first.y ? first.x : pane.x
        let end = y == last.y ? last.x + 1 : pane.maxX
        return start < end ? start..<end : nil
    }
}

extension InspectorModel {
    /// Milliseconds between two clicks that are one double click.
    private static let doubleClick: Int64 = 400
    /// Rows that a turn of the wheel scrolls.
    private static let wheel = 3

    mutating func update(_ mouse: Mouse) -> [Effect] {
        guard !mode.isCovered else { return wheelInOverlay(mouse) }
        switch mouse.kind {
        case .wheelUp: return scroll(at: mouse.at, by: -Self.wheel)
        case .wheelDown: return scroll(at: mouse.at, by: Self.wheel)
        case .press:
            selection = nil
            dragged = nil
            list.isHeld = true
            let isSecond = lastPress.map { $0.at == mouse.at && now - $0.time <= Self.doubleClick } ?? false
            lastPress = isSecond ? nil : (mouse.at, now)
            return isSecond ? open(at: mouse.at) : press(at: mouse.at)
        case .drag:
            drag(to: mouse.at)
            return []
        case .release:
            release()
            return []
        }
    }

    private mutating func wheelInOverlay(_ mouse: Mouse) -> [Effect] {
        switch mouse.kind {
        case .wheelUp: press(.up)
        case .wheelDown: press(.down)
        default: []
        }
    }

    private mutating func scroll(at point: Point, by rows: Int) -> [Effect] {
        if let list = layout.list, list.contains(point) {
            self.list.isHeld = true
            return selectSession(by: rows)
        }
        if let pane = layout.detail, pane.contains(point) { return moveInDetail(by: rows) }
        if let strip = layout.timeline, strip.contains(point) { return travel(by: rows / Self.wheel) }
        return []
    }

    /// Opens what the first click of two has selected.
    private mutating func open(at point: Point) -> [Effect] {
        dragged = nil
        if let list = layout.list, list.contains(point) { return list.y < point.y ? focusDetail() : [] }
        guard let pane = layout.detail, pane.contains(point), point.y > pane.y else { return [] }
        return openInDetail()
    }

    private mutating func press(at point: Point) -> [Effect] {
        let layout = layout
        if layout.footer.contains(point) {
            return FooterView(model: self).hint(atColumn: point.x).map { press($0) } ?? []
        }
        if let list = layout.list, let detail = layout.detail,
            (list.maxX - 1...list.maxX).contains(point.x),
            list.contains(point) || detail.contains(point)
        {
            dragged = .border
            return []
        }
        if let list = layout.list, list.contains(point) {
            focus = .sessions
            let row = point.y - list.y - 1
            guard (0..<(list.height - 2)).contains(row), self.list.top + row < self.list.total else { return [] }
            return selectSession(row: self.list.top + row)
        }
        if let pane = layout.detail, pane.contains(point), detail != nil {
            focus = .detail
            if point.y == pane.y, let tab = DetailView(model: self).tab(atColumn: point.x, of: pane) {
                return show(tab)
            }
            dragged = .text(point, pane)
            return press(row: point.y - pane.y - 1)
        }
        if let side = layout.side, side.contains(point), let tab = companion {
            return pressBeside(tab, row: point.y - side.y - 1)
        }
        if let strip = layout.timeline, strip.contains(point), let detail {
            let seq = TimelineStrip(detail, width: strip.width, model: self).seq(atColumn: point.x - strip.x)
            return seq.map { travel(to: $0) } ?? []
        }
        if layout.compose.contains(point), detail != nil { focus = .compose }
        return []
    }

    /// Selects what stands in that row of the tab.
    private mutating func press(row: Int) -> [Effect] {
        if (0..<layout.detailHeight).contains(row) { changeTab { $0.select(row: row, in: $1) } }
        return []
    }

    /// Shows the tab that stands beside, with what was pressed there.
    private mutating func pressBeside(_ tab: TabID, row: Int) -> [Effect] {
        let effects = show(tab)
        if (0..<layout.detailHeight).contains(row) { changeTab { $0.selectBeside(row: row, in: $1) } }
        return effects
    }

    private mutating func drag(to point: Point) {
        switch dragged {
        case .border: arrangement.listWidth = ScreenLayout.listWidths(of: size).clamp(point.x + 1)
        case .text(let start, let pane):
            let inside = Rect(x: pane.x + 1, y: pane.y + 1, width: pane.width - 2, height: pane.height - 2)
            let end = Point(
                x: min(max(inside.x, point.x), inside.maxX - 1),
                y: min(max(inside.y, point.y), inside.maxY - 1)
            )
            selection = Selection(from: start, to: end, pane: inside)
        case nil: break
        }
    }

    private mutating func release() {
        defer { dragged = nil }
        guard case .text = dragged, let selection, selection.from != selection.to else { return }
        let surface = view()
        let rows = (0..<size.height).compactMap { y in
            selection.columns(ofRow: y).map { columns in
                String(columns.compactMap { x in surface[x, y].width > 0 ? surface[x, y].cluster : nil })
            }
        }
        self.selection?.text = rows.map { row in
            var row = row[...]
            while row.last == " " { row.removeLast() }
            return String(row)
        }.joined(separator: "\n")
        notices.say(
            .done,
            "Selected \(Format.count(self.selection?.text?.count ?? 0, "character")); y copies.",
            at: now
        )
    }
}

/// What the mouse holds while its button is down.
enum Dragged: Sendable, Hashable {
    /// The border between list and detail.
    case border
    case text(Point, Rect)
}

extension Rect {
    func contains(_ point: Point) -> Bool { (x..<maxX).contains(point.x) && (y..<maxY).contains(point.y) }
}

extension ClosedRange {
    func clamp(_ value: Bound) -> Bound { Swift.min(Swift.max(lowerBound, value), upperBound) }
}
