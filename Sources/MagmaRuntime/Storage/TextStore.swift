package import SessionModel

/// Finds what may have certain words, newest first, among the texts that inspectors may see (``ShownTexts``).
package protocol TextStore: Sendable {
    /// - Throws: ``RuntimeError`` `cursor_invalid`.
    func texts(_ query: TextQuery) async throws -> TextPage
}

/// Words, and where they are searched for.
package struct TextQuery: Sendable {
    package var words: SearchWords
    package var agent: String?
    package var session: String?
    /// Where the page before ended; `nil` for the newest.
    package var cursor: String?

    package init(words: SearchWords, agent: String? = nil, session: String? = nil, cursor: String? = nil) {
        self.words = words
        self.agent = agent
        self.session = session
        self.cursor = cursor
    }

    /// Whether a session is one of those that are searched.
    package func takes(_ key: SessionKey) -> Bool {
        (agent.map(key.agent.isExactly) ?? true) && (session.map(key.session.isExactly) ?? true)
    }
}

extension RuntimeError {
    package static let cursorInvalid = RuntimeError(
        .malformed,
        "cursor_invalid",
        "The cursor is not one of this search; leave it out to begin with the newest."
    )
}

/// What may have the words: the caller looks at each, for an index knows words and not where they are.
package struct TextPage: Sendable {
    package enum Content: Sendable {
        case event(SessionKey, SessionEvent)
        case exchange(Exchange)

        /// What can be found of it.
        package var texts: [String] {
            switch self {
            case .event(_, let event): event.searchTexts
            case .exchange(let exchange): exchange.searchTexts
            }
        }

        /// Whether it comes before another one, the newest first.
        package func isNewer(than other: Content) -> Bool {
            guard at == other.at, case .event(_, let event) = self, case .event(_, let otherEvent) = other else {
                return at > other.at
            }
            return event.seq > otherEvent.seq
        }

        /// When it happened, in milliseconds since 1970.
        package var at: Int64 {
            switch self {
            case .event(_, let event): event.at
            case .exchange(let exchange): exchange.received
            }
        }
    }

    /// Newest first.
    package var contents: [Content]
    /// Where the next page begins; `nil` after the last one.
    package var next: String?
    /// Bytes that were looked at for it, about.
    package var bytes: Int

    package init(contents: [Content], next: String?, bytes: Int) {
        self.contents = contents
        self.next = next
        self.bytes = bytes
    }
}
