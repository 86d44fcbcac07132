/// Which sessions, in which order, and which part of them.
package struct SessionsQuery: Sendable, Hashable {
    package enum Sort: String, Sendable, Hashable, CaseIterable {
        case active, session, agent, kind, status, created, seq, messages, tokens, doing, nextTick, expires, origin
    }

    package var agent: String?
    package var kinds: [String]?
    package var query: String?
    package var filter: String?
    package var sort: Sort
    package var descending: Bool
    package var offset: Int
    package var limit: Int

    /// Maximum bytes of a filter, and of a plain query.
    package static let (longestFilter, longestQuery) = (4096, 256)

    /// Whether every session has to be examined to find those that match.
    package var looksAtAll: Bool { filter?.isEmpty == false || query?.isEmpty == false }

    package init(
        filter: String? = nil,
        sort: Sort = .active,
        descending: Bool = true,
        offset: Int = 0,
        limit: Int = 100
    ) {
        self.filter = filter
        self.sort = sort
        self.descending = descending
        self.offset = offset
        self.limit = limit
    }
}
