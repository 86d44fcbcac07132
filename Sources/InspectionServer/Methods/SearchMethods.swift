internal import Inspection
internal import MagmaRuntime
internal import SessionModel

/// Finding texts in all sessions: `sessions.search`.
struct SearchMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.search, pace: .oneByOne, run: SearchMethods.search)
    ]

    let shared: InspectionMethods

    /// Pages of a store that are looked at for one answer, and bytes of them.
    private static let (mostPages, mostBytes) = (16, 1 << 20)

    func search(_ peer: InspectorState, _ params: SearchParams) async throws -> MethodAnswer<SearchPage> {
        guard let words = SearchWords(params.text) else {
            throw RPCError.invalidParams(
                "'text' must have 1 to \(SearchWords.mostWords) words, and at most \(SearchWords.longest) bytes."
            )
        }
        let agent = try params.agent.map { try runtime.agentID($0) }
        var query = TextQuery(words: words, agent: agent, session: params.session, cursor: params.cursor)
        let limit = params.limit ?? 50
        return try await shared.reads.run(.asked) {
            var (page, bytes) = (SearchPage(results: [], next: nil), 0)
            for _ in 0..<Self.mostPages {
                let found = try await runtime.texts(query)
                bytes += found.bytes
                for content in found.contents {
                    try Task.checkCancellation()
                    if let result = result(content, words) { page.results.append(result) }
                }
                page.next = found.next
                guard let next = found.next, page.results.count < limit, bytes < Self.mostBytes else { break }
                query.cursor = next
            }
            return MethodAnswer(page)
        }
    }

    /// What is found as inspectors may see it: what is redacted or masked is not found.
    private func result(_ content: TextPage.Content, _ words: SearchWords) -> FoundText? {
        guard words.match(content.texts.joined(separator: "\n")) else { return nil }
        switch content {
        case .event(let key, let event):
            guard let shown = SessionEvent(json: redaction.redacted(event.json)),
                let line = line(shown.searchTexts, words)
            else { return nil }
            let place = FoundText.Place.event(seq: event.seq, kind: event.body.kind)
            return FoundText(agent: key.agent, session: key.session, place: place, at: event.at, line: line)
        case .exchange(let exchange):
            guard let shown = Exchange(json: redaction.redacted(exchange.json)),
                let line = line(shown.searchTexts, words)
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
