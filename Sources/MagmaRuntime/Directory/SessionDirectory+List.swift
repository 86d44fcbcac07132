internal import Magma
internal import SessionModel

/// The list: sessions that are awake from memory, the others from the store.
extension SessionDirectory {
    var counts: SessionCounts {
        get async throws {
            var counts = index.counts.adding(try await services.store.storedSessionCounts)
            counts.awake += try await services.store.awakeElsewhere
            return counts
        }
    }

    /// Rows of a window, and how many sessions match in all.
    func rows(_ query: SessionsQuery, _ matcher: SessionMatcher) async throws -> (rows: [SessionEntry], total: Int) {
        var stored = StoredSessionQuery(
            agent: query.agent,
            kinds: query.kinds,
            text: query.query?.lowercased(),
            sort: query.sort,
            descending: query.descending,
            limit: query.offset + query.limit
        )
        if !matcher.filter.isEmpty { stored.matcher = matcher }
        let matches = stored
        let order = SessionOrder(query.sort, descending: query.descending)
        var (awake, awakeCount) = present(matches, order)
        let (elsewhere, elsewhereCount) = try await services.store.sessionsElsewhere(matches)
        awake += elsewhere
        awakeCount += elsewhereCount
        stored.offset = max(0, query.offset - awakeCount)
        stored.limit -= stored.offset
        let (rows, total) = try await services.store.storedSessions(stored)
        let keys = Set(awake.map { $0.summary.key })
        let asleep = rows.filter { !keys.contains($0.summary.key) }
        let all: [SessionEntry] = awake + asleep
        let window = order.window(all, offset: query.offset - stored.offset, limit: query.limit)
        // What is counted and what is read may be of two moments.
        let count = awakeCount + total - (rows.count - asleep.count)
        return (Array(window), window.isEmpty ? count : max(count, query.offset + window.count))
    }

    /// Sessions in memory that fit, as many as a window may need, and how many there are.
    private func present(_ query: StoredSessionQuery, _ order: SessionOrder) -> (entries: [SessionEntry], total: Int) {
        guard query.isOfAgents, order.isSteady else {
            let fitting = index.entries { query.matches($0) }
            return (fitting, fitting.count)
        }
        return index.first(query.limit, in: order, of: query.agent)
    }
}
