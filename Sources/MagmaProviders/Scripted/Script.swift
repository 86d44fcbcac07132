public import Magma
public import SessionModel

/// How a scripted model answers.
public struct Script: Sendable {
    /// The time between two words.
    public var pace: Duration
    let answer: @Sendable (CompletionRequest) throws -> [Block]

    /// - Parameter answer: text and tool calls for a window of messages; what it throws fails the completion.
    public init(pace: Duration = .zero, answer: @escaping @Sendable (CompletionRequest) throws -> [Block]) {
        self.pace = pace
        self.answer = answer
    }

    /// Repeats the user's last message.
    public static let echo = Script { request in
        [.text(request.messages.last { $0.role == .user }?.text ?? "")]
    }
}

extension CompletionRequest {
    /// The tool results in the last message; empty when it has none.
    public var freshResults: [ToolResult] { messages.last?.toolResults ?? [] }

    /// An id that no other tool call of the session has, derived from the message that is answered.
    public var newCallID: String { "call_\(messages.last?.id ?? "")" }

    /// The text of the last user message that is not a tool's result.
    public var lastUserText: String {
        messages.last { $0.role == .user && $0.toolResults.isEmpty }?.text ?? ""
    }
}
