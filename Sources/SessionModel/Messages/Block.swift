/// A part of a message.
public enum Block: Sendable, Hashable {
    /// Text; `cache` marks the end of what a provider may keep for the next prompt.
    case text(String, cache: Bool = false)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
    /// The model's reasoning before its answer; `member` is its name in the answer, if it has to be sent back under
    /// that name.
    case reasoning(String, redacted: Bool = false, signature: String? = nil, member: String? = nil)
    /// A picture: base64 data (or an address) and its media type.
    case image(data: String, type: String)

    /// Whether it is a text that is not blank.
    var isVisibleText: Bool { if case .text(let text, _) = self { !text.isBlank } else { false } }

    /// Texts compare by their bytes.
    public static func == (left: Block, right: Block) -> Bool {
        switch (left, right) {
        case (.text(let a, let isCached), .text(let b, let isOtherCached)): a.isExactly(b) && isCached == isOtherCached
        case (.toolCall(let a), .toolCall(let b)): a == b
        case (.toolResult(let a), .toolResult(let b)): a == b
        case (
            .reasoning(let a, let isHidden, let mark, let name),
            .reasoning(let b, let isOtherHidden, let other, let otherName)
        ):
            a.isExactly(b) && isHidden == isOtherHidden && mark.isExactly(other) && name.isExactly(otherName)
        case (.image(let a, let type), .image(let b, let otherType)): a.isExactly(b) && type.isExactly(otherType)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .text(let text, _): hasher.combine(ExactString(text))
        case .toolCall(let call): hasher.combine(call)
        case .toolResult(let result): hasher.combine(result)
        case .reasoning(let text, _, _, _): hasher.combine(ExactString(text))
        case .image(let data, _): hasher.combine(ExactString(data))
        }
    }
}

/// A model's request to run a tool.
public struct ToolCall: Sendable, Hashable {
    @ExactString public var id: String
    @ExactString public var name: String
    /// The arguments, as the model wrote them; text that is not JSON becomes a string.
    public var arguments: JSON
    /// Other members that the model's server sent with the call, such as a signature of its reasoning; they go back
    /// unchanged.
    public var extra: JSON.Object

    public init(id: String, name: String, arguments: JSON, extra: JSON.Object = [:]) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.extra = extra
    }
}

/// The output of a tool; `id` is the call's.
public struct ToolResult: Sendable, Hashable {
    @ExactString public var id: String
    @ExactString public var name: String
    public var result: JSON
    public var isError: Bool

    public init(id: String, name: String, result: JSON, isError: Bool = false) {
        self.id = id
        self.name = name
        self.result = result
        self.isError = isError
    }
}
