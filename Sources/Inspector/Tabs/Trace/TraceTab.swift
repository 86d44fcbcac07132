internal import Inspection
internal import SessionModel
internal import Terminal

/// Turns as waterfalls: a turn or a part of one is selected, and some parts are open.
struct TraceTab: DetailTab {
    static let id = TabID.trace

    /// The first event of the selected row; `nil` for the newest turn.
    private(set) var selected: Int?
    private var opened: Set<Int> = []
    /// Lines above the first one on the screen.
    private var top = 0

    init() {}

    private func layout(_ pane: DetailPane) -> TraceLayout { TraceLayout(pane, opened: opened) }

    /// The line at the top of the screen; while nothing is selected the end is shown.
    private func top(_ layout: TraceLayout, _ pane: DetailPane) -> Int {
        let last = max(0, layout.lines.count - pane.height)
        return selected == nil ? last : min(top, last)
    }

    // MARK: Asking the runtime

    /// Whether it shows the first of the turns that are known, or none.
    func needsOlderEvents(in pane: DetailPane) -> Bool {
        guard pane.detail.turnsReach > 1 else { return false }
        guard let oldest = TurnTrace.turns(of: pane.detail.known.turnEvents.prefix(256)).first else { return true }
        return (selected ?? .max) <= oldest.seq + 64 || layout(pane).lines.count < pane.height
    }

    // MARK: Moving about

    mutating func move(by rows: Int, in pane: DetailPane) {
        let layout = layout(pane)
        guard let current = layout.row(of: selected),
            let place = layout.places.firstIndex(where: { $0.seq == current.seq })
        else { return }
        var top = selected == nil ? self.top(layout, pane) : top
        let next = layout.places[min(max(0, place + rows), layout.places.count - 1)]
        let end = layout.places.first { $0.line > next.line }?.line ?? layout.lines.count
        if end > top + pane.height { top = min(next.line, end - pane.height) }
        if next.line < top { top = next.line }
        selected = next.seq
        self.top = max(0, top)
    }

    mutating func select(row: Int, in pane: DetailPane) {
        let layout = layout(pane)
        let top = top(layout, pane)
        guard let place = layout.places.last(where: { $0.line <= top + row }) else { return }
        selected = place.seq
        self.top = top
    }

    /// Opens or closes a part; of a turn its first event.
    static func openSelected(_ model: inout InspectorModel) -> [Effect] {
        guard let pane = model.pane, let tab = model.detail?.trace else { return [] }
        let layout = tab.layout(pane)
        guard let row = layout.row(of: tab.selected) else { return [] }
        model.detail?.trace.selected = row.seq
        if layout.turns.contains(where: { $0.seq == row.seq }) { return EventCards.view(row.seq, &model) }
        model.detail?.trace.toggle(row.seq, in: pane)
        return []
    }

    private mutating func toggle(_ part: Int, in pane: DetailPane) {
        if opened.remove(part) == nil { opened.insert(part) }
        move(by: 0, in: pane)
    }

    // MARK: Reading

    /// A turn, or a part of one.
    private struct Row {
        let turn: TurnTrace
        let span: TurnTrace.Span?
        var seq: Int { span?.seq ?? turn.seq }
    }

    private func rows(_ detail: SessionDetail) -> [Row] {
        TurnTrace.turns(of: detail.known.turnEvents).flatMap { turn in
            [Row(turn: turn, span: nil)] + turn.spans.map { Row(turn: turn, span: $0) }
        }
    }

    func places(in pane: DetailPane) -> [SearchPlace] {
        rows(pane.detail).map { row in
            let text = row.span.map { "\($0.name) \($0.given.text) \($0.got?.text ?? "")" } ?? row.turn.id
            return SearchPlace(text, item: row.turn.id, line: row.seq)
        }
    }

    mutating func go(to place: SearchPlace, in pane: DetailPane) {
        selected = place.line
        move(by: 0, in: pane)
    }

    func selection(in pane: DetailPane) -> SelectedThing? {
        let rows = rows(pane.detail)
        guard let row = rows.first(where: { $0.seq == selected }) ?? rows.last else { return nil }
        guard let span = row.span else {
            return SelectedThing("the turn's id", text: row.turn.id, json: .string(row.turn.id))
        }
        let json: JSON = .members(["name": .string(span.name), "input": span.given, "output": span.got])
        return SelectedThing("the output of \(span.name)", text: (span.got ?? .null).pretty, json: json)
    }

    func selectedEvent(in pane: DetailPane) -> Int? { selected }

    /// Selects the part that an event belongs to.
    static func show(_ event: SessionEvent, _ model: inout InspectorModel) -> [Effect]? {
        switch event.body {
        case .turnStarted, .turnFinished, .completionStarted, .completionFinished, .toolStarted, .toolFinished,
            .middlewareStarted, .middlewareFinished:
            guard let detail = model.detail else { return [] }
            let rows = detail.trace.rows(detail.shown).filter { $0.turn.id == event.turn }
            model.detail?.trace.selected = (rows.last { $0.span != nil && $0.seq <= event.seq } ?? rows.first)?.seq
            return []
        default: return nil
        }
    }

    // MARK: Drawing

    func draw(_ pane: DetailPane, _ surface: inout Surface) {
        let layout = layout(pane)
        guard !layout.lines.isEmpty else {
            let isLoading = pane.detail.turnsReach > 1 && pane.detail.past == nil
            let none = "No turn yet. What the model and its tools did shows here."
            return pane.draw(sentence: isLoading ? pane.model.loading() : none, &surface)
        }
        let selected = layout.row(of: selected)
        let first = top(layout, pane)
        for (index, line) in layout.lines.dropFirst(first).prefix(pane.rect.height).enumerated() {
            let isSelected = first + index == selected?.line
            pane.draw(line, row: index, isSelected: isSelected, &surface)
            let style = Style(.accent, on: pane.selectionColor)
            if isSelected { surface.draw("▸", x: pane.rect.x, y: pane.rect.y + index, style) }
        }
    }

    /// Bars of what goes on grow in it.
    func isStill(in pane: DetailPane) -> Bool { false }
}
