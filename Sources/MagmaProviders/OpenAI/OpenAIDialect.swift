internal import Magma
internal import SessionModel

/// Requests in the form of OpenAI's chat completions.
struct OpenAIDialect: ModelDialect {
    let model: String
    let streams: Bool
    /// What the bound on the answer's tokens is called: OpenAI's newer models refuse `max_tokens`, most others know nothing else.
    let limitName: String

    func answer(to request: CompletionRequest) -> OpenAIAnswer {
        OpenAIAnswer(calls: ToolCallPieces(fallbackID: request.newCallID))
    }

    func body(of request: CompletionRequest) -> JSON {
        var messages: [JSON] = request.messages.flatMap(Self.messages)
        if !request.system.isEmpty {
            messages.insert(["role": "system", "content": .string(request.system)], at: 0)
        }
        let settings = request.settings
        var body: JSON.Object = [
            "model": .string(settings.model ?? model), "messages": .array(messages), "stream": .bool(streams),
        ]
        if streams { body["stream_options"] = ["include_usage": true] }
        if !request.tools.isEmpty {
            body["tools"] = .array(request.tools.map(Self.tool))
            body["tool_choice"] = Self.choice(settings.toolChoice)
        }
        if let limit = settings.maxTokens { body[limitName] = .int(limit) }
        if let temperature = settings.temperature { body["temperature"] = .double(temperature) }
        if let reasoning = settings.reasoning { body["reasoning_effort"] = .string(reasoning.rawValue) }
        return .object(body)
    }

    private static func tool(_ tool: ToolDescription) -> JSON {
        [
            "type": "function",
            "function": [
                "name": .string(tool.name), "description": .string(tool.description), "parameters": tool.parameters,
            ],
        ]
    }

    private static func choice(_ choice: ToolChoice) -> JSON? {
        switch choice {
        case .automatic: nil
        case .none: "none"
        case .required: "required"
        case .tool(let name): ["type": "function", "function": ["name": .string(name)]]
        }
    }

    // MARK: Messages

    /// One of ours may be several of theirs: each tool's result is a message of its own.
    private static func messages(_ message: Message) -> [JSON] {
        switch message.role {
        case .system: [["role": "system", "content": .string(message.text)]]
        case .assistant: [assistant(message)]
        case .user: message.toolResults.map(result) + user(message)
        }
    }

    private static func assistant(_ message: Message) -> JSON {
        let calls = message.toolCalls.map { call -> JSON in
            [
                "id": .string(call.id), "type": "function",
                "function": ["name": .string(call.name), "arguments": .string(call.arguments.text)],
            ]
        }
        let text = message.text
        return .members([
            "role": "assistant",
            "content": text.isEmpty && !calls.isEmpty ? .null : .string(text),
            "tool_calls": calls.isEmpty ? nil : .array(calls),
        ])
    }

    private static func result(_ result: ToolResult) -> JSON {
        ["role": "tool", "tool_call_id": .string(result.id), "content": .string(result.words)]
    }

    private static func user(_ message: Message) -> [JSON] {
        let pictures = message.blocks.compactMap(picture)
        let text = message.text
        if pictures.isEmpty { return text.isEmpty && !message.toolResults.isEmpty ? [] : [plain(text)] }
        let words: [JSON] = text.isEmpty ? [] : [["type": "text", "text": .string(text)]]
        return [["role": "user", "content": .array(words + pictures)]]
    }

    private static func plain(_ text: String) -> JSON { ["role": "user", "content": .string(text)] }

    private static func picture(_ block: Block) -> JSON? {
        guard case .image(let data, let type) = block else { return nil }
        let address = data.isWebAddress ? data : "data:\(type);base64,\(data)"
        return ["type": "image_url", "image_url": ["url": .string(address)]]
    }
}

extension ToolResult {
    /// The result as a model reads it: text as it is, all else as JSON.
    var words: String { (isError ? "Error: " : "") + (result.string ?? result.text) }
}
