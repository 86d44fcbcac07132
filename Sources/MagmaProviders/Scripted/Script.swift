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

    /// Says what the user said last.
    public static let echo = Script { request in
        [.text(request.messages.last { $0.role == .user }?.text ?? "")]
    }
}

extension CompletionRequest {
    /// The results of the tools that the last message brings; empty when it is no such message.
    public var freshResults: [ToolResult] { messages.last?.toolResults ?? [] }

    /// An id for a tool call that no other call of the session has: it follows the message that is answered.
    public var newCallID: String { "call_\(messages.last?.id ?? "")" }

    /// The text of the last user message that is not a tool's result.
    public var lastUserText: String {
        messages.last { $0.role == .user && $0.toolResults.isEmpty }?.text ?? ""
    }
}
