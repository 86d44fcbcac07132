internal import SessionModel
internal import Synchronization

extension MemoryStore {
    /// Events and exchanges that are looked at for one page; all of them would hold the store for too long.
    private static let mostSeen = 20_000

    /// Looks through everything, from the newest on, a part at a time: `cursor` is the time up to which it was looked at.
    package func texts(_ query: TextQuery) async throws -> TextPage {
        let before = query.cursor.flatMap(Int64.init) ?? .max
        var seen = journals.withLock { journals in
            journals.sessions.flatMap { key, kept -> [TextPage.Content] in
                guard query.takes(key) else { return [] }
                return kept.events.reversed().lazy.filter { $0.at < before }.prefix(Self.mostSeen)
                    .map { .event(key, $0) }
            }
        }
        seen += exchanges.withLock { exchanges in
            exchanges.byID.values.lazy
                .filter { $0.received < before && query.takes($0.key ?? SessionKey(agent: $0.agent, session: "")) }
                .map { .exchange($0) }
        }
        seen.sort { $0.at > $1.at }
        guard seen.count > Self.mostSeen else { return TextPage(contents: seen.matching(query.words), next: nil) }
        // All of one time belong together, since the next page begins before it.
        let last = seen[Self.mostSeen].at
        let part = seen.prefix { $0.at >= last }
        return TextPage(contents: Array(part).matching(query.words), next: part.count < seen.count ? "\(last)" : nil)
    }
}

extension [TextPage.Content] {
    fileprivate func matching(_ words: SearchWords) -> [TextPage.Content] {
        filter { content in
            let texts =
                switch content {
                case .event(_, let event): event.searchTexts
                case .exchange(let exchange): exchange.searchTexts
                }
            return !texts.isEmpty && words.match(texts.joined(separator: "\n"))
        }
    }
}
