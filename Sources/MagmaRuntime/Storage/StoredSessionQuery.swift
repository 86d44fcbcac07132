package import SessionModel

/// Sessions that sleep or have ended, as the list asks for them.
package struct StoredSessionQuery: Sendable {
    package var agent: String?
    package var kinds: [String]?
    /// Lower-case text that ids or agents hold.
    package var text: String?
    package var sort: SessionsQuery.Sort
    package var descending: Bool
    package var offset: Int
    package var limit: Int
    /// What else must hold; `nil` for nothing.
    package var matcher: SessionMatcher?

    package init(
        agent: String? = nil,
        kinds: [String]? = nil,
        text: String? = nil,
        sort: SessionsQuery.Sort = .created,
        descending: Bool = true,
        offset: Int = 0,
        limit: Int,
        matcher: SessionMatcher? = nil
    ) {
        self.agent = agent
        self.kinds = kinds
        self.text = text
        self.sort = sort
        self.descending = descending
        self.offset = offset
        self.limit = limit
        self.matcher = matcher
    }

    /// Whether it asks for no more than an agent, or for everything.
    package var isOfAgents: Bool { kinds == nil && text?.isEmpty != false && matcher == nil }

    /// Whether a row fits, all in all.
    package func matches(_ entry: SessionEntry) -> Bool {
        let key = entry.summary.key
        if let agent, !key.agent.isExactly(agent) { return false }
        if let kinds, !kinds.contains(entry.summary.kind.rawValue) { return false }
        if let text, !key.session.lowercased().holdsExactly(text), !key.agent.lowercased().holdsExactly(text) {
            return false
        }
        return matcher?.matches(entry.summary, state: entry.state) ?? true
    }
}
