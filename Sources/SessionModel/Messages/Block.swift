/// A part of a message.
public enum Block: Sendable, Hashable {
    /// Text; `cache` marks the end of what a provider may keep for the next prompt.
    case text(String, cache: Bool = false)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
    /// What the model thought before it answered.
    case reasoning(String, redacted: Bool = false, signature: String? = nil)
    /// A picture: base64 data (or an address) and its media type.
    case image(data: String, type: String)
}

/// A model's wish to have a tool run.
public struct ToolCall: Sendable, Hashable {
    public var id: String
    public var name: String
    /// The arguments, as the model wrote them.
    public var arguments: JSON

    public init(id: String, name: String, arguments: JSON) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// What a tool gave back; `id` is the call's.
public struct ToolResult: Sendable, Hashable {
    public var id: String
    public var name: String
    public var result: JSON
    public var isError: Bool

    public init(id: String, name: String, result: JSON, isError: Bool = false) {
        self.id = id
        self.name = name
        self.result = result
        self.isError = isError
    }
}
