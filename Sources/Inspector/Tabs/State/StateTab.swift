internal import Inspection
internal import SessionModel
internal import Terminal

/// The state as a tree that folds, with what changed each field.
struct StateTab: DetailTab {
    static let id = TabID.state

    var tree = StateTree()

    init() {}

    // MARK: Asking the runtime

    /// What changed the fields that are on the screen, and what brought that about.
    func neededEvents(in pane: DetailPane) -> [Int] {
        neededEvents(of: tree.rows(of: pane.detail.fold.state).dropFirst(tree.top).prefix(pane.height), pane.detail)
    }

    /// The same of the rows that are shown beside another tab.
    func neededEventsBeside(_ pane: DetailPane) -> [Int] {
        neededEvents(of: tree.rows(of: pane.detail.fold.state).prefix(pane.height), pane.detail)
    }

    private func neededEvents(of rows: some Sequence<StateTree.Row>, _ detail: SessionDetail) -> [Int] {
        let fields = Set(rows.compactMap(\.path.pieces.first).map(ExactString.init(_:)))
        return fields.flatMap { field -> [Int] in
            guard let seq = detail.fold.blame[field] else { return [] }
            return [seq, detail.event(seq)?.cause].compactMap { $0 }
        }
    }

    func neededView(in pane: DetailPane) -> (any Hashable & Sendable)? { tree }

    // MARK: Moving about

    mutating func move(by rows: Int, in pane: DetailPane) {
        tree.move(by: rows, in: pane.detail.fold.state, height: pane.height)
    }

    mutating func select(row: Int, in pane: DetailPane) {
        let rows = tree.rows(of: pane.detail.fold.state)
        let place = tree.top + row
        if rows.indices.contains(place) { tree.selected = rows[place].path }
    }

    /// Beside another tab it always shows its beginning.
    mutating func selectBeside(row: Int, in pane: DetailPane) {
        tree.showBeginning()
        select(row: row, in: pane)
    }

    /// Folds a branch; of a value it shows what changed it.
    static func openSelected(_ model: inout InspectorModel) -> [Effect] {
        guard let state = model.detail?.shown.fold.state, let tree = model.detail?.state.tree else { return [] }
        let path = tree.current(in: state)
        guard let value = try? state.value(at: path), value.isBranch else { return jumpToBlame(&model) }
        model.detail?.state.tree.selected = path
        model.detail?.state.tree.toggle(in: state)
        return []
    }

    func openingTitle(in pane: DetailPane) -> String { "show cause" }

    // MARK: Reading

    func places(in pane: DetailPane) -> [SearchPlace] {
        tree.rows(of: pane.detail.fold.state).enumerated().map { line, row in
            SearchPlace("\(row.path) \(row.value.isBranch ? "" : row.value.text)", item: "\(row.path)", line: line)
        }
    }

    mutating func go(to place: SearchPlace, in pane: DetailPane) {
        let rows = tree.rows(of: pane.detail.fold.state)
        guard rows.indices.contains(place.line) else { return }
        tree.selected = rows[place.line].path
        move(by: 0, in: pane)
    }

    func selection(in pane: DetailPane) -> SelectedThing? {
        let path = tree.current(in: pane.detail.fold.state)
        guard let value = try? pane.detail.fold.state.value(at: path) else { return nil }
        return SelectedThing("the field \(path)", text: value.string ?? value.pretty, json: value)
    }

    /// The event that changed the selected field last.
    func selectedEvent(in pane: DetailPane) -> Int? {
        let field = tree.current(in: pane.detail.fold.state).pieces.first
        return field.flatMap { pane.detail.fold.blame[ExactString($0)] }
    }

    // MARK: Drawing

    func draw(_ pane: DetailPane, _ surface: inout Surface) {
        let rows = tree.rows(of: pane.detail.fold.state)
        guard !rows.isEmpty else { return pane.draw(sentence: "The agent has no state.", &surface) }
        let selected = rows.first { $0.path == tree.selected } ?? rows[0]
        let top = min(tree.top, max(0, rows.count - pane.rect.height))
        let view = StateRowView(pane)
        for (line, row) in rows.dropFirst(top).prefix(pane.rect.height).enumerated() {
            view.draw(row, line: line, isSelected: row == selected, &surface)
        }
        let frame = pane.frame
        let path = SafeText(" \(selected.path.description) ").cut(to: frame.width - 4)
        surface.draw(path, x: frame.x + 2, y: frame.maxY - 1, Style(.faint), maxX: frame.maxX - 1)
    }

    func drawBeside(_ pane: DetailPane, _ surface: inout Surface) {
        surface.box(pane.frame, title: "State", Style(.border))
        let rows = tree.rows(of: pane.detail.fold.state)
        if rows.isEmpty { return pane.draw(sentence: "The agent has no state.", &surface) }
        let view = StateRowView(pane)
        for (line, row) in rows.prefix(pane.rect.height).enumerated() {
            view.draw(row, line: line, isSelected: false, &surface)
        }
        guard rows.count > pane.rect.height else { return }
        let more = SafeText(" ↓ \(Format.count(rows.count - pane.rect.height)) ")
        surface.draw(more, x: pane.frame.maxX - more.width - 2, y: pane.frame.maxY - 1, Style(.faint))
    }

    /// What changed last stands out for a while.
    func isStill(in pane: DetailPane) -> Bool { !StateRowView(pane).isFresh(for: 2 * StateRowView.freshFor) }
}
