internal import Inspection
internal import SessionModel
internal import Terminal

/// The list of sessions: a window on what the runtime has.
///
/// The selection is a session's id, and only the person changes it: a session that leaves the list stays selected.
/// After the first key press, the list scrolls when rows above the selection come or go, so that it keeps its screen
/// line.
struct SessionList: Sendable {
    static let margin = 40
    static let sorts: [SessionsQuery.Sort] = [
        .created, .active, .session, .agent, .kind, .status, .messages, .tokens, .seq, .doing, .nextTick,
    ]

    var watch = ListWatch()
    var page: SessionsPage?
    /// The first row of ``page``, as asked for.
    var offset = 0
    var sort = SessionsQuery.Sort.created
    /// Whether the order is reversed.
    var isReversed = false
    var filter = FilterInput()
    var selected: SessionKey? { didSet { if selected != oldValue { lastRow = selectedRow } } }
    /// The row that the selected session had last: moving goes on from there when it has left the list.
    private(set) var lastRow: Int?
    var marks = Marks()
    /// The row on the first line; below 0 while rows that were there have gone.
    var top = 0
    /// Whether a key has been pressed since it was last laid out; before, it shows its beginning.
    var isHeld = false

    var rows: [SessionSummary] { page?.rows ?? [] }
    var total: Int { page?.total ?? 0 }

    /// The row number of the selected session, if it is in the window.
    var selectedRow: Int? { rows.firstIndex { $0.key == selected }.map { $0 + offset } }

    func query(agent: String?, height: Int) -> SessionsQuery {
        var query = SessionsQuery(
            filter: filter.input.isEmpty ? nil : filter.input.text,
            sort: sort,
            descending: Self.isDescending(sort) != isReversed,
            offset: max(0, top - Self.margin),
            limit: height + 2 * Self.margin
        )
        query.agent = agent
        return query
    }

    /// Names from the first, numbers and times from the largest.
    private static func isDescending(_ sort: SessionsQuery.Sort) -> Bool {
        ![.session, .agent, .kind, .status, .nextTick].contains(sort)
    }

    /// Takes a new window in; the selected session stays on its line.
    ///
    /// - Parameter canSelect: whether another may be selected when it is not among the rows.
    mutating func show(_ page: SessionsPage, from offset: Int, height: Int, canSelect: Bool = false) {
        let before = selectedRow
        let line = before.map { $0 - top }
        self.page = page
        self.offset = offset
        if isHeld, let line, let row = selectedRow { top = row - line }
        // The list does not scroll beyond its last row.
        top = min(max(0, top), max(0, page.total - height))
        // Also before a key was pressed it stays where it can be seen.
        if !isHeld, selected != nil, let row = selectedRow, row >= top + height {
            top = row - height + 1
        }
        let isFound = !filter.shown.isEmpty || page.total <= rows.count
        if selected == nil || (canSelect && isFound && selectedRow == nil) {
            selected = page.rows.first?.key
            if isHeld, let row = selectedRow { scroll(to: row, height: height) }
        }
        lastRow = selectedRow ?? lastRow
    }

    /// Scrolls to the beginning and stays there until a key moves.
    mutating func showBeginning() {
        top = 0
        isHeld = false
    }

    /// Selects the row so many further down, and brings it into view.
    mutating func move(by rows: Int, height: Int) {
        // If the selected session has left the list, the next one has its line.
        let from = selectedRow ?? lastRow.map { rows > 0 ? $0 - 1 : $0 } ?? max(0, top)
        select(row: from + rows, height: height)
    }

    /// Selects the neighbour that takes the place of the selected session when it goes.
    mutating func selectNeighbour() {
        guard let row = selectedRow else {
            let place = min(max(0, (lastRow ?? 0) - offset), rows.count - 1)
            return selected = rows.indices.contains(place) ? rows[place].key : nil
        }
        let places = [row - offset + 1, row - offset - 1]
        selected = places.first(where: rows.indices.contains).map { rows[$0].key }
    }

    mutating func select(row: Int, height: Int) {
        guard total > 0 else { return }
        isHeld = true
        let row = min(max(0, row), total - 1)
        if marks.isRange { mark(from: selectedRow ?? row, to: row) }
        if self.rows.indices.contains(row - offset) { selected = self.rows[row - offset].key }
        scroll(to: row, height: height)
    }

    /// Marks what is known of a range of rows.
    private mutating func mark(from first: Int, to last: Int) {
        for row in min(first, last)...max(first, last) where rows.indices.contains(row - offset) {
            marks.keys.insert(rows[row - offset].key)
        }
    }

    private mutating func scroll(to row: Int, height: Int) {
        if row < top { top = row }
        if row >= top + height { top = row - height + 1 }
        top = max(0, top)
    }

    /// Whether rows that are on the screen are not in the window.
    func needsWindow(height: Int) -> Bool {
        let last = min(total, max(0, top) + height)
        return max(0, top) < offset || last > offset + rows.count
    }
}

extension SessionsQuery.Sort {
    /// The column's name on the screen.
    var words: String { self == .nextTick ? "next tick" : rawValue }
}
