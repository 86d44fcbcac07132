package import SessionModel

/// The order of the list; sessions that are alike go by agent and id, so that nothing jumps.
package struct SessionOrder: Hashable {
    private let sort: SessionsQuery.Sort
    private let descending: Bool

    package init(_ sort: SessionsQuery.Sort, descending: Bool) {
        self.sort = sort
        self.descending = descending
    }

    /// The rows from `offset` on, at most `limit`, of the sorted whole.
    package func window(_ entries: [SessionEntry], offset: Int, limit: Int) -> ArraySlice<SessionEntry> {
        guard offset < entries.count else { return [] }
        return entries.sorted(by: comesBefore)[offset...].prefix(limit)
    }

    func sorted(_ entries: [SessionEntry]) -> [SessionEntry] { entries.sorted(by: comesBefore) }

    /// Whether nothing that happens to a session changes its place.
    var isSteady: Bool { sort == .created || sort == .session || sort == .agent }

    private func comesBefore(_ left: SessionEntry, _ right: SessionEntry) -> Bool {
        let (a, b) = (left.summary, right.summary)
        switch compare(a, b) {
        case 0: return a.key < b.key
        case let order: return descending ? order > 0 : order < 0
        }
    }

    private func compare(_ a: SessionSummary, _ b: SessionSummary) -> Int {
        switch sort {
        case .active: order(a.times.active, b.times.active)
        case .session: order(ExactString(a.key.session), ExactString(b.key.session))
        case .agent: order(ExactString(a.key.agent), ExactString(b.key.agent))
        case .kind: order(a.kind.rawValue, b.kind.rawValue)
        case .status: order(a.status.rawValue, b.status.rawValue)
        case .created: order(a.times.created, b.times.created)
        case .seq: order(a.seq, b.seq)
        case .messages: order(a.messages, b.messages)
        case .tokens: order(a.tokens, b.tokens)
        case .doing: order(a.doing ?? "", b.doing ?? "")
        case .nextTick: order(a.times.nextTick ?? .max, b.times.nextTick ?? .max)
        case .expires: order(a.times.expires ?? .max, b.times.expires ?? .max)
        case .origin: order(a.origin.rawValue, b.origin.rawValue)
        }
    }

    private func order<Value: Comparable>(_ a: Value, _ b: Value) -> Int { a < b ? -1 : a > b ? 1 : 0 }
}
