internal import Inspection
internal import SessionModel
internal import Terminal

/// The snapshots of a session, and which of them are compared.
struct SnapshotsTab: DetailTab {
    static let id = TabID.snapshots

    var rows: [SnapshotSummary] = []
    var isLoaded = false
    /// The name of the selected one.
    var selected: String?
    /// The one that others are compared with, in place of now.
    var base: String?
    private var top = 0

    init() {}

    var current: SnapshotSummary? { rows.first { $0.name == selected } ?? rows.first }

    mutating func show(_ rows: [SnapshotSummary]) {
        self.rows = rows
        isLoaded = true
        if !rows.contains(where: { $0.name == base }) { base = nil }
    }

    // MARK: Following the session

    func past(at seq: Int, _ time: Int64) -> SnapshotsTab {
        var past = self
        past.rows.removeAll { $0.seq > seq }
        return past
    }

    static func mustLoad(after event: SessionEvent) -> Bool {
        if case .snapshotTaken = event.body { true } else { false }
    }

    static func load(_ model: inout InspectorModel) -> [Effect] {
        guard let key = model.detail?.key, model.link.isUp else { return [] }
        return [
            model.request(Methods.listSnapshots, SessionName(key), refused: InspectorModel.ignore) { model, result in
                guard model.detail?.key == key else { return [] }
                model.detail?.snapshots.show(result.snapshots)
                return []
            }
        ]
    }

    // MARK: Moving about

    mutating func move(by distance: Int, in pane: DetailPane) {
        let shown = pane.detail.snapshots
        select((shown.rows.firstIndex { $0.name == shown.current?.name } ?? 0) + distance, in: pane)
    }

    /// Selects one by its place, the nearest where there is none, and brings it into view.
    private mutating func select(_ place: Int, in pane: DetailPane) {
        let rows = pane.detail.snapshots.rows
        guard !rows.isEmpty else { return }
        let place = min(max(0, place), rows.count - 1)
        selected = rows[place].name
        top = min(max(top, place - pane.height + 1), place)
    }

    mutating func select(row: Int, in pane: DetailPane) {
        let rows = pane.detail.snapshots.rows
        if rows.indices.contains(top + row) { selected = rows[top + row].name }
    }

    func openingTitle(in pane: DetailPane) -> String { "compare" }

    // MARK: Reading

    func places(in pane: DetailPane) -> [SearchPlace] { rows.map { SearchPlace($0.name, item: $0.name) } }

    mutating func go(to place: SearchPlace, in pane: DetailPane) {
        if let row = pane.detail.snapshots.rows.firstIndex(where: { $0.name == place.item }) { select(row, in: pane) }
    }

    func selection(in pane: DetailPane) -> SelectedThing? {
        current.map { SelectedThing("the snapshot's name", text: $0.name, json: .string($0.name)) }
    }

    var selectedMoment: (moment: Moment, words: String)? {
        current.map { (.snapshot($0.name), "the snapshot '\($0.name)'") }
    }

    // MARK: Drawing

    func draw(_ pane: DetailPane, _ surface: inout Surface) {
        guard isLoaded else { return pane.draw(sentence: pane.model.loading(), &surface) }
        guard !rows.isEmpty else {
            return pane.draw(
                sentence:
                    "No snapshots yet. Press S to take one of the shown moment, [ and ] to step through the journal.",
                &surface
            )
        }
        for (line, row) in rows.dropFirst(top).prefix(pane.rect.height).enumerated() {
            let isSelected = row.name == current?.name
            var text = StyledLine(isSelected ? "▸ " : "  ", Style(.accent))
            text.add(row.name == base ? "= " : "▣ ", Style(.accent))
            text.add(SafeText(row.name).filled(to: min(28, max(10, pane.rect.width / 3))), Style(.strong))
            text.add(" " + SafeText("#\(row.seq)").rightAligned(to: 7), Style(.text))
            text.add("  " + SafeText(Format.clock(row.at, in: pane.model.setup.zone)), Style(.faint))
            text.add("  " + SafeText("\(row.messages)✉").rightAligned(to: 5), Style(.faint))
            text.add("  " + SafeText(row.by).cut(to: max(1, pane.rect.width - text.width - 2)), Style(.faint))
            pane.draw(text, row: line, isSelected: isSelected, &surface)
        }
    }

    func isStill(in pane: DetailPane) -> Bool { isLoaded }
}
