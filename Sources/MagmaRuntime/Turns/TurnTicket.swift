package import SessionModel

/// A turn that was accepted: its user messages are stored.
package struct TurnTicket: Sendable {
    package let turn: String
    /// The event of its first message.
    package let seq: Int
    let task: Task<TurnReply, any Error>

    /// Waits until the turn is done and stored.
    ///
    /// - Throws: ``RuntimeError`` `superseded`, `cancelled` or `turn_failed`.
    package var reply: TurnReply { get async throws { try await task.value } }

    /// How the turn came out.
    package var result: Result<TurnReply, RuntimeError> {
        get async {
            do { return .success(try await reply) } catch {
                return .failure(error as? RuntimeError ?? .turnFailed("\(error)"))
            }
        }
    }
}

/// What a turn answered.
package struct TurnReply: Sendable, Hashable {
    package var message: Message
    package var usage: Usage
    package var stopReason: StopReason
}

/// What a client that streams hears while a turn runs.
package enum TurnProgress: Sendable, Hashable {
    /// A piece of the answer's text, the answer's id, and all of its text so far.
    case delta(id: String, String, buffer: String)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
}
