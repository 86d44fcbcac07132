/// One entry of a session's context.
public struct Message: Sendable, Hashable {
    public enum Role: String, Sendable, Hashable, Codable {
        case system, user, assistant
    }

    /// Unique within the session; given by the runtime when it is empty.
    @ExactString public var id: String
    public var role: Role
    public var blocks: [Block]

    public init(id: String = "", role: Role, blocks: [Block]) {
        self.id = id
        self.role = role
        self.blocks = blocks
    }

    /// A message of one text block.
    public init(id: String = "", role: Role, text: String) {
        self.init(id: id, role: role, blocks: [.text(text)])
    }

    public static func user(_ text: String) -> Message { Message(role: .user, text: text) }
    public static func assistant(_ text: String) -> Message { Message(role: .assistant, text: text) }
    public static func system(_ text: String) -> Message { Message(role: .system, text: text) }

    /// The text blocks, one after another.
    public var text: String {
        if blocks.count == 1, case .text(let text, _) = blocks[0] { return text }
        return blocks.compactMap { if case .text(let text, _) = $0 { text } else { nil } }.joined()
    }

    /// Whether it is nothing but texts, none of them blank.
    package var isPlainText: Bool { !blocks.isEmpty && !blocks.contains { !$0.isVisibleText } }

    public var toolCalls: [ToolCall] {
        blocks.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
    }

    public var toolResults: [ToolResult] {
        blocks.compactMap { if case .toolResult(let result) = $0 { result } else { nil } }
    }
}

extension [Message] {
    /// Whether all of them are, as most are.
    package var arePlainText: Bool { !contains { !$0.isPlainText } }
}
