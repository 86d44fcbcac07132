package import SessionModel

/// What of the context goes to the model.
package enum ContextWindow {
    /// The index of the first message that the model sees: of the last `limit` ones, never starting on a tool result.
    package static func start(in messages: [Message], limit: Int) -> Int {
        var start = max(0, messages.count - limit)
        while start < messages.count, !messages[start].toolResults.isEmpty { start += 1 }
        return start
    }
}
