internal import MagmaRuntime
internal import SessionModel

/// The rows of a list that a query asks for, of many that come in any order: no more are kept than it needs.
struct SessionWindow {
    private(set) var total = 0
    private var best: [SessionEntry] = []
    private let query: StoredSessionQuery
    private let order: SessionOrder

    init(_ query: StoredSessionQuery) {
        self.query = query
        order = SessionOrder(query.sort, descending: query.descending)
    }

    private var most: Int { query.offset + query.limit }

    mutating func add(_ entry: SessionEntry) {
        total += 1
        best.append(entry)
        if best.count > 2 * most + 1000 { best = Array(order.window(best, offset: 0, limit: most)) }
    }

    var entries: [SessionEntry] { Array(order.window(best, offset: query.offset, limit: query.limit)) }
}
