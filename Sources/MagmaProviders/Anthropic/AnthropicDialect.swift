internal import Magma
internal import SessionModel

/// Requests in the form of Anthropic's messages API.
struct AnthropicDialect: ModelDialect {
    /// The API requires a limit on the answer's tokens; this one applies where the turn sets none.
    static let defaultMaxTokens = 8192
    /// The API refuses more cache marks than this; only the last ones are sent.
    static let maximumCacheMarks = 4

    let model: String
    let streams: Bool

    func answer(to request: CompletionRequest) -> AnthropicAnswer { AnthropicAnswer(fallbackID: request.newCallID) }

    var defaults: ModelOptions { ModelOptions(temperature: true) }

    func body(of request: CompletionRequest, _ options: ModelOptions) -> JSON {
        let settings = request.settings
        let thinking = settings.reasoning.map(Self.budget)
        let answer = settings.maxTokens ?? Self.defaultMaxTokens
        var body: JSON.Object = [
            "model": .string(settings.model ?? model), "max_tokens": .int(answer + (thinking ?? 0)),
            "messages": .array(Self.messages(request.messages)), "stream": .bool(streams),
        ]
        if !request.system.isBlank { body["system"] = .string(request.system) }
        if !request.tools.isEmpty {
            body["tools"] = .array(request.tools.map(Self.tool))
            body["tool_choice"] = Self.choice(settings.toolChoice)
        }
        if let thinking { body["thinking"] = ["type": "enabled", "budget_tokens": .int(thinking)] }
        // A model that thinks accepts no temperature but its own.
        if let temperature = settings.temperature, thinking == nil, options.temperature ?? true {
            body["temperature"] = .double(temperature)
        }
        return .object(body)
    }

    private static func budget(_ effort: ReasoningEffort) -> Int {
        switch effort {
        case .low: 2048
        case .medium: 8192
        case .high: 24_576
        }
    }

    private static func tool(_ tool: ToolDescription) -> JSON {
        ["name": .string(tool.name), "description": .string(tool.description), "input_schema": tool.parameters]
    }

    private static func choice(_ choice: ToolChoice) -> JSON? {
        switch choice {
        case .automatic: nil
        case .none: ["type": "none"]
        case .required: ["type": "any"]
        case .tool(let name): ["type": "tool", "name": .string(name)]
        }
    }

    // MARK: Messages

    /// The API wants a user's message first; a window may begin with the assistant's.
    private static func messages(_ window: [Message]) -> [JSON] {
        var marks = CacheMarks(in: window, atMost: maximumCacheMarks)
        let messages = window.compactMap { message($0, &marks) }
        guard window.first?.role == .assistant else { return messages }
        return [["role": "user", "content": "(Earlier messages are left out.)"]] + messages
    }

    /// The API has no system role inside a conversation: system messages are sent as the user's.
    private static func message(_ message: Message, _ marks: inout CacheMarks) -> JSON? {
        let content = message.blocks.compactMap { block($0, &marks) }
        if content.isEmpty { return nil }
        return ["role": message.role == .assistant ? "assistant" : "user", "content": .array(content)]
    }

    private static func block(_ block: Block, _ marks: inout CacheMarks) -> JSON? {
        switch block {
        case .text(let text, let cache):
            let isKept = cache && marks.next()
            // Blank text is refused.
            if text.isBlank { return nil }
            return .members([
                "type": "text", "text": .string(text), "cache_control": isKept ? ["type": "ephemeral"] : nil,
            ])
        case .toolCall(let call):
            return [
                "type": "tool_use", "id": .string(Self.id(call.id)), "name": .string(call.name),
                "input": call.sentArguments,
            ]
        case .toolResult(let result):
            return .members([
                "type": "tool_result", "tool_use_id": .string(Self.id(result.id)),
                "content": .string(result.result.string ?? result.result.text), "is_error": result.isError ? true : nil,
            ])
        case .reasoning(let text, let isRedacted, let signature, _): return thinking(text, isRedacted, signature)
        case .image(let data, let type): return ["type": "image", "source": source(data, type)]
        }
    }

    /// The API allows letters, digits, `_` and `-` in ids; other models' ids may contain more.
    private static func id(_ id: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
        }
        if id.utf8.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "_") }) { return id }
        // Other bytes are written as hexadecimal numbers, so that different ids stay different.
        return id.utf8.reduce(into: "call_") { text, byte in
            if isPlain(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "_\(String(byte, radix: 16))"
            }
        }
    }

    /// Only thoughts that the model itself has signed may go back to it.
    private static func thinking(_ text: String, _ isRedacted: Bool, _ signature: String?) -> JSON? {
        if isRedacted { return ["type": "redacted_thinking", "data": .string(text)] }
        guard let signature else { return nil }
        return ["type": "thinking", "thinking": .string(text), "signature": .string(signature)]
    }

    private static func source(_ data: String, _ type: String) -> JSON {
        if data.isWebAddress { return ["type": "url", "url": .string(data)] }
        return ["type": "base64", "media_type": .string(type), "data": .string(data)]
    }
}

/// Which of the marked blocks of a window keep their mark: the last few.
private struct CacheMarks {
    private var skipped: Int

    init(in window: [Message], atMost limit: Int) {
        let marks = window.reduce(0) { count, message in
            count
                + message.blocks.count {
                    if case .text(_, cache: true) = $0 { true } else { false }
                }
        }
        skipped = max(0, marks - limit)
    }

    /// Whether the next mark counts.
    mutating func next() -> Bool {
        if skipped == 0 { return true }
        skipped -= 1
        return false
    }
}
