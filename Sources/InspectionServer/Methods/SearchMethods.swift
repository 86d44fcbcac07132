internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// Finding texts in all sessions: `sessions.search`.
struct SearchMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.search, pace: .slow, run: SearchMethods.search)
    ]

    let shared: InspectionMethods

    /// Pages of a store that are looked at for one answer, also where what they hold is hidden from inspectors.
    private static let mostPages = 16

    func search(_ peer: InspectorState, _ params: SearchParams) async throws -> MethodAnswer<SearchPage> {
        guard let words = SearchWords(params.text) else {
            throw RPCError.invalidParams(
                "'text' must have 1 to \(SearchWords.mostPhrases) words, and at most \(SearchWords.longest) bytes."
            )
        }
        let agent = try params.agent.map { try runtime.agent($0).id }
        var query = TextQuery(words: words, agent: agent, session: params.session, cursor: params.cursor)
        let limit = params.limit ?? 50
        return try await shared.reads.run(.asked) {
            var page = SearchPage(results: [], next: nil)
            for _ in 0..<Self.mostPages {
                let found = try await runtime.texts(query)
                for content in found.contents {
                    try Task.checkCancellation()
                    if let result = result(content, words) { page.results.append(result) }
                }
                page.next = found.next
                guard let next = found.next, page.results.count < limit else { break }
                query.cursor = next
            }
            return MethodAnswer(page)
        }
    }

    /// What is found as inspectors may see it: what is redacted or masked is not found.
    private func result(_ content: TextPage.Content, _ words: SearchWords) -> FoundText? {
        switch content {
        case .event(let key, let event):
            guard words.match(event.searchTexts.joined(separator: "\n")),
                let shown = SessionEvent(json: redaction.redacted(event.json)),
                let line = line(shown.searchTexts, words)
            else { return nil }
            let place = FoundText.Place.event(seq: event.seq, kind: event.body.kind)
            return FoundText(agent: key.agent, session: key.session, place: place, at: event.at, line: line)
        case .exchange(let exchange):
            guard words.match(exchange.searchTexts.joined(separator: "\n")),
                let shown = Exchange(json: redaction.redacted(exchange.json)), let line = line(shown.searchTexts, words)
            else { return nil }
            let place = FoundText.Place.exchange(id: exchange.id, hook: exchange.hook)
            return FoundText(
                agent: exchange.agent,
                session: exchange.session,
                place: place,
                at: exchange.received,
                line: line
            )
        }
    }

    private func line(_ texts: [String], _ words: SearchWords) -> String? {
        words.match(texts.joined(separator: "\n")) ? words.line(of: texts) : nil
    }
}
