internal import Inspection
internal import SessionModel
internal import Terminal

/// What the mouse does.
enum MouseInput {
    /// Milliseconds between two clicks that are one double click.
    private static let doubleClick: Int64 = 400
    /// Rows that a turn of the wheel scrolls.
    private static let wheel = 3

    static func update(_ mouse: Mouse, _ model: inout InspectorModel) -> [Effect] {
        guard !model.mode.isCovered else { return wheelInOverlay(mouse, &model) }
        switch mouse.kind {
        case .wheelUp: return scroll(at: mouse.at, by: -wheel, &model)
        case .wheelDown: return scroll(at: mouse.at, by: wheel, &model)
        case .press:
            model.screen.selection = nil
            model.screen.dragged = nil
            model.list.isHeld = true
            let isSecond =
                model.screen.lastPress.map { $0.at == mouse.at && model.now - $0.time <= doubleClick } ?? false
            model.screen.lastPress = isSecond ? nil : (mouse.at, model.now)
            return isSecond ? open(at: mouse.at, &model) : press(at: mouse.at, &model)
        case .drag:
            drag(to: mouse.at, &model)
            return []
        case .release:
            release(&model)
            return []
        }
    }

    private static func wheelInOverlay(_ mouse: Mouse, _ model: inout InspectorModel) -> [Effect] {
        switch mouse.kind {
        case .wheelUp: model.press(.up)
        case .wheelDown: model.press(.down)
        default: []
        }
    }

    private static func scroll(at point: Point, by rows: Int, _ model: inout InspectorModel) -> [Effect] {
        if let list = model.layout.list, list.contains(point) {
            model.list.isHeld = true
            return ListKeys.select(by: rows, &model)
        }
        if let pane = model.layout.detail, pane.contains(point) { return DetailKeys.move(by: rows, &model) }
        if let strip = model.layout.timeline, strip.contains(point) { return TimeTravel.go(by: rows / wheel, &model) }
        return []
    }

    /// Opens what the first click of two has selected.
    private static func open(at point: Point, _ model: inout InspectorModel) -> [Effect] {
        model.screen.dragged = nil
        if let list = model.layout.list, list.contains(point) {
            return list.y < point.y ? DetailKeys.focus(&model) : []
        }
        guard let pane = model.layout.detail, pane.contains(point), point.y > pane.y else { return [] }
        return DetailKeys.openSelected(&model)
    }

    private static func press(at point: Point, _ model: inout InspectorModel) -> [Effect] {
        let layout = model.layout
        if layout.footer.contains(point) {
            return FooterView(model: model).hint(atColumn: point.x).map { model.press($0) } ?? []
        }
        if let list = layout.list, let detail = layout.detail,
            (list.maxX - 1...list.maxX).contains(point.x),
            list.contains(point) || detail.contains(point)
        {
            model.screen.dragged = .border
            return []
        }
        if let list = layout.list, list.contains(point) {
            model.focus = .sessions
            let row = point.y - list.y - 1
            guard (0..<(list.height - 2)).contains(row), model.list.top + row < model.list.total else { return [] }
            return ListKeys.select(row: model.list.top + row, &model)
        }
        if let pane = layout.detail, pane.contains(point), model.detail != nil {
            model.focus = .detail
            if point.y == pane.y, let tab = DetailView(model: model).tab(atColumn: point.x, of: pane) {
                return DetailKeys.show(tab, &model)
            }
            model.screen.dragged = .text(point, pane)
            return press(row: point.y - pane.y - 1, &model)
        }
        if let side = layout.side, side.contains(point), let tab = model.companion {
            return pressBeside(tab, row: point.y - side.y - 1, &model)
        }
        if let strip = layout.timeline, strip.contains(point), let detail = model.detail {
            let seq = TimelineStrip(detail, width: strip.width, model: model).seq(atColumn: point.x - strip.x)
            return seq.map { TimeTravel.go(to: $0, &model) } ?? []
        }
        if layout.compose.contains(point), model.detail != nil { model.focus = .compose }
        return []
    }

    /// Selects what stands in that row of the tab.
    private static func press(row: Int, _ model: inout InspectorModel) -> [Effect] {
        if (0..<model.layout.detailHeight).contains(row) { model.changeTab { $0.select(row: row, in: $1) } }
        return []
    }

    /// Shows the tab that stands beside, with what was pressed there.
    private static func pressBeside(_ tab: TabID, row: Int, _ model: inout InspectorModel) -> [Effect] {
        let effects = DetailKeys.show(tab, &model)
        if (0..<model.layout.detailHeight).contains(row) { model.changeTab { $0.selectBeside(row: row, in: $1) } }
        return effects
    }

    private static func drag(to point: Point, _ model: inout InspectorModel) {
        switch model.screen.dragged {
        case .border:
            model.preferences.arrangement.listWidth = ScreenLayout.listWidths(of: model.screen.size).clamp(point.x + 1)
        case .text(let start, let pane):
            let inside = Rect(x: pane.x + 1, y: pane.y + 1, width: pane.width - 2, height: pane.height - 2)
            let end = Point(
                x: min(max(inside.x, point.x), inside.maxX - 1),
                y: min(max(inside.y, point.y), inside.maxY - 1)
            )
            model.screen.selection = Selection(from: start, to: end, pane: inside)
        case nil: break
        }
    }

    private static func release(_ model: inout InspectorModel) {
        defer { model.screen.dragged = nil }
        guard case .text = model.screen.dragged, let selection = model.screen.selection, selection.from != selection.to
        else { return }
        let surface = model.view()
        let rows = (0..<model.screen.size.height).compactMap { y in
            selection.columns(ofRow: y).map { columns in
                String(columns.compactMap { x in surface[x, y].width > 0 ? surface[x, y].cluster : nil })
            }
        }
        model.screen.selection?.text = rows.map { row in
            var row = row[...]
            while row.last == " " { row.removeLast() }
            return String(row)
        }.joined(separator: "\n")
        model.notices.say(
            .done,
            "Selected \(Format.count(model.screen.selection?.text?.count ?? 0, "character")); y copies.",
            at: model.now
        )
    }
}

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
