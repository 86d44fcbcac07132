/// Tokens that a completion took, by kind.
public struct Usage: Sendable, Hashable {
    public var input: Int
    public var output: Int
    public var cacheWrite: Int
    public var cacheRead: Int

    public init(input: Int = 0, output: Int = 0, cacheWrite: Int = 0, cacheRead: Int = 0) {
        self.input = input
        self.output = output
        self.cacheWrite = cacheWrite
        self.cacheRead = cacheRead
    }

    public static func + (left: Usage, right: Usage) -> Usage {
        Usage(
            input: left.input + right.input,
            output: left.output + right.output,
            cacheWrite: left.cacheWrite + right.cacheWrite,
            cacheRead: left.cacheRead + right.cacheRead
        )
    }

    package var json: JSON {
        [
            "input_tokens": .int(input), "output_tokens": .int(output),
            "cache_write_tokens": .int(cacheWrite), "cache_read_tokens": .int(cacheRead),
        ]
    }

    package init(json: JSON) {
        self.init(
            input: json["input_tokens"]?.int ?? 0,
            output: json["output_tokens"]?.int ?? 0,
            cacheWrite: json["cache_write_tokens"]?.int ?? 0,
            cacheRead: json["cache_read_tokens"]?.int ?? 0
        )
    }
}

/// Why a model stopped.
public enum StopReason: String, Sendable, Hashable {
    case natural
    case toolCall = "tool_call"
    case contentFilter = "content_filter"
    case maxTokens = "max_tokens"
    case unsupported
    case unknown
}
