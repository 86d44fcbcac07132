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

    /// Sums stop at the largest count.
    public static func + (left: Usage, right: Usage) -> Usage {
        Usage(
            input: left.input.addingCount(right.input),
            output: left.output.addingCount(right.output),
            cacheWrite: left.cacheWrite.addingCount(right.cacheWrite),
            cacheRead: left.cacheRead.addingCount(right.cacheRead)
        )
    }

    package var json: JSON { .object(object()) }

    package init(json: JSON) {
        self.init(
            input: json.count("input_tokens") ?? 0,
            output: json.count("output_tokens") ?? 0,
            cacheWrite: json.count("cache_write_tokens") ?? 0,
            cacheRead: json.count("cache_read_tokens") ?? 0
        )
    }
}

extension Usage: JSONDescribed {
    package func describe(to members: inout some JSONMembers) {
        members.add("input_tokens", input)
        members.add("output_tokens", output)
        members.add("cache_write_tokens", cacheWrite)
        members.add("cache_read_tokens", cacheRead)
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
