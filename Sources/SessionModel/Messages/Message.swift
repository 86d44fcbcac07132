/// One entry of a session's context.
public struct Message: Sendable, Hashable {
    public enum Role: String, Sendable, Hashable, Codable {
        case system, user, assistant
    }

    /// Unique within the session; given by the runtime when it is empty.
    @ExactString public var id: String
    private var content: Content
    public var role: Role

    public init(id: String = "", role: Role, blocks: [Block]) {
        self.id = id
        self.role = role
        content = Content(blocks)
    }

    /// A message of one text block.
    public init(id: String = "", role: Role, text: String) {
        self.id = id
        self.role = role
        content = .text(ExactString(text))
    }

    public var blocks: [Block] {
        get { content.blocks }
        set { content = Content(newValue) }
        // In place, so that changing each of many blocks copies them once.
        _modify {
            var blocks = content.blocks
            content = .blocks([])
            defer { content = Content(blocks) }
            yield &blocks
        }
    }

    public static func user(_ text: String) -> Message { Message(role: .user, text: text) }
    public static func assistant(_ text: String) -> Message { Message(role: .assistant, text: text) }
    public static func system(_ text: String) -> Message { Message(role: .system, text: text) }

    /// The text blocks, one after another.
    public var text: String {
        switch content {
        case .text(let text): text.wrappedValue
        case .blocks(let blocks): blocks.compactMap { if case .text(let text, _) = $0 { text } else { nil } }.joined()
        }
    }

    /// Whether it is nothing but texts, none of them blank.
    package var isPlainText: Bool {
        switch content {
        case .text(let text): !text.wrappedValue.isBlank
        case .blocks(let blocks): !blocks.isEmpty && !blocks.contains { !$0.isVisibleText }
        }
    }

    public var toolCalls: [ToolCall] {
        content.others.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
    }

    public var toolResults: [ToolResult] {
        content.others.compactMap { if case .toolResult(let result) = $0 { result } else { nil } }
    }
}

/// What a message holds. Most are one text, for which no array is kept; no other message of one text is kept as blocks.
private enum Content: Sendable, Hashable {
    case text(ExactString)
    case blocks([Block])

    init(_ blocks: [Block]) {
        self =
            if blocks.count == 1, case .text(let text, cache: false) = blocks[0] { .text(ExactString(text)) } else {
                .blocks(blocks)
            }
    }

    var blocks: [Block] {
        switch self {
        case .text(let text): [.text(text.wrappedValue)]
        case .blocks(let blocks): blocks
        }
    }

    /// The blocks, unless all there is is one text.
    var others: [Block] { if case .blocks(let blocks) = self { blocks } else { [] } }
}

extension [Message] {
    /// Whether all of them are, as most are.
    package var arePlainText: Bool { !contains { !$0.isPlainText } }
}
