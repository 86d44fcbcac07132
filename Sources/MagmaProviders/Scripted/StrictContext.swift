internal import Magma
internal import SessionModel

/// Refuses, with a `400`, every conversation that at least one real model server refuses.
enum StrictContext {
    /// - Throws: ``ProviderError``.
    static func check(_ request: CompletionRequest, for provider: String) throws(ProviderError) {
        let messages = request.messages
        func refuse(_ words: String, _ index: Int) -> ProviderError {
            ProviderError(provider, .status(400), "messages[\(index)]: \(words)")
        }
        if messages.isEmpty { throw ProviderError(provider, .status(400), "there must be at least one message") }
        if request.isPlainText || messages.arePlainText { return }
        var ids: Set<ExactString> = []
        var open: [String] = []
        for (index, message) in messages.enumerated() {
            if open.isEmpty, message.isPlainText { continue }
            let results = message.toolResults.map(\.id)
            if !open.isEmpty || !results.isEmpty {
                // Every call is answered by the next message, and nothing else is.
                guard
                    results.sorted(by: { $0.precedes($1) }).elementsEqual(
                        open.sorted(by: { $0.precedes($1) }),
                        by: { $0.isExactly($1) }
                    )
                else {
                    throw refuse(
                        "the tool calls \(open) must be answered by the next message, which answers \(results)",
                        index
                    )
                }
            }
            open = message.role == .assistant ? message.toolCalls.map(\.id) : []
            for call in message.toolCalls {
                if message.role != .assistant { throw refuse("only the assistant calls tools", index) }
                if call.id.isEmpty || call.name.isEmpty { throw refuse("a tool call needs an id and a name", index) }
                if !ids.insert(ExactString(call.id)).inserted {
                    throw refuse("the id '\(call.id)' of a tool call must be unique", index)
                }
            }
            for case .text(let text, _) in message.blocks where text.isBlank {
                throw refuse("text must not be blank", index)
            }
            if message.blocks.isEmpty { throw refuse("a message must not be empty", index) }
        }
        if !open.isEmpty { throw refuse("the tool calls \(open) have no results", messages.count - 1) }
    }
}
