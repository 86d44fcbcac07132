package import SessionModel
internal import Synchronization

/// What the list knows of a session.
package struct SessionEntry: Sendable {
    package var summary: SessionSummary
    package var state: JSON
    package var pausedJobs: [String]
    /// Of a session in memory: the uptime of its last traffic, and at which a temporary one has had none for its time.
    var used = 0.0
    var ends: Double?
}

/// All sessions as rows: what lists, filters and counts are answered from, without asking any session.
package final class SessionIndex: Sendable {
    /// An entry by reference, so that the table's free places are small.
    private final class Row: Sendable {
        let entry: SessionEntry

        init(_ entry: SessionEntry) { self.entry = entry }
    }

    private struct State {
        var rows: [SessionKey: Row] = [:]
        var version = 0
        var counts = SessionCounts()
        /// How often a session has come or gone.
        var membership = 0
        /// All keys in an order that no event changes; valid until a session comes or goes.
        var orders: [Order: (membership: Int, keys: [SessionKey])] = [:]
    }

    /// An order of all sessions, or of those of an agent.
    private struct Order: Hashable {
        let order: SessionOrder
        let agent: String?
    }

    /// Orders that are remembered at once.
    private static let rememberedOrders = 8

    private let changes = Broadcast<Void>(.dropOldest(1))
    private let state = Mutex(State())

    func update(_ entry: SessionEntry) {
        let row = Row(entry)
        // What it replaces goes after the lock.
        _ = state.withLock { state -> Row? in
            let old = state.rows.updateValue(row, forKey: entry.summary.key)
            if let old { state.counts.add(old.entry.summary, -1) }
            state.counts.add(entry.summary)
            if old?.entry.summary.times.created != entry.summary.times.created { state.membership += 1 }
            state.version += 1
            return old
        }
        changes.send(())
    }

    func remove(_ key: SessionKey) {
        state.withLock { state in
            guard let old = state.rows.removeValue(forKey: key) else { return }
            state.counts.add(old.entry.summary, -1)
            state.membership += 1
            state.version += 1
        }
        changes.send(())
    }

    package func entry(_ key: SessionKey) -> SessionEntry? { state.withLock { $0.rows[key] }?.entry }

    /// Has those who look at the list read it again.
    func touch() { changes.send(()) }

    /// How many watchers there are.
    package var watchers: Int { changes.count }

    /// How many changes there have been.
    package var version: Int { state.withLock { $0.version } }

    /// Runs `body` with a stream of change signals; unread signals are coalesced. The first signal is sent at once,
    /// for what has changed since the listener last looked.
    package func withChanges<Value>(_ body: (AsyncStream<Void>) async throws -> Value) async rethrows -> Value {
        let listener = changes.listen()
        defer { changes.leave(listener.id) }
        changes.send((), to: listener.id)
        return try await body(listener.elements)
    }

    /// Counts all sessions by status and kind.
    package var counts: SessionCounts { state.withLock(\.counts) }

    /// The entries that `include` lets through.
    func entries(where include: (SessionEntry) -> Bool) -> [SessionEntry] {
        state.withLock { Array($0.rows.values) }.lazy.map(\.entry).filter(include)
    }

    /// The first entries of all in an order, and how many there are. While no session comes or goes this costs no more
    /// than what is asked for.
    func first(_ limit: Int, in order: SessionOrder, of agent: String?) -> (entries: [SessionEntry], total: Int) {
        let requested = Order(order: order, agent: agent)
        let (known, membership, all) = state.withLock { state in
            let known = state.orders[requested].flatMap { $0.membership == state.membership ? $0.keys : nil }
            return (known, state.membership, known == nil ? Array(state.rows.values) : [])
        }
        let entries = all.map(\.entry).filter { agent == nil || $0.summary.key.agent == agent }
        let keys = known ?? order.sorted(entries).map(\.summary.key)
        return state.withLock { state in
            if known == nil {
                if state.orders.count >= Self.rememberedOrders { state.orders = [:] }
                state.orders[requested] = (membership, keys)
            }
            return (keys.prefix(limit).compactMap { state.rows[$0]?.entry }, keys.count)
        }
    }
}

extension SessionCounts {
    func adding(_ right: SessionCounts) -> SessionCounts {
        var sum = self
        sum.awake += right.awake
        sum.asleep += right.asleep
        sum.temporary += right.temporary
        sum.ended += right.ended
        sum.troubled += right.troubled
        return sum
    }

    mutating func add(_ summary: SessionSummary, _ number: Int = 1) {
        if summary.status == .awake, summary.trouble != nil { troubled += number }
        switch (summary.status, summary.kind) {
        case (.ended, _): ended += number
        case (_, .temporary): temporary += number
        case (.awake, _): awake += number
        case (.asleep, _): asleep += number
        }
    }
}
