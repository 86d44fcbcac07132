internal import Magma
internal import SessionModel

/// Requests in the form of OpenAI's chat completions.
struct OpenAIDialect: ModelDialect {
    let model: String
    let streams: Bool
    /// OpenAI's newer models refuse `max_tokens`; most other servers accept nothing else.
    let isOpenAI: Bool

    func answer(to request: CompletionRequest) -> OpenAIAnswer {
        OpenAIAnswer(calls: ToolCallPieces(fallbackID: request.newCallID))
    }

    var defaults: ModelOptions {
        ModelOptions(
            temperature: true,
            streamOptions: true,
            systemInside: true,
            repeatedRoles: true,
            limitName: isOpenAI ? "max_completion_tokens" : "max_tokens"
        )
    }

    func body(of request: CompletionRequest, _ options: ModelOptions) -> JSON {
        var messages = Self.messages(request.messages, options)
        if !request.system.isBlank {
            messages.insert(["role": "system", "content": .string(request.system)], at: 0)
        }
        let settings = request.settings
        var body: JSON.Object = [
            "model": .string(settings.model ?? model), "messages": .array(messages), "stream": .bool(streams),
        ]
        if streams, options.streamOptions ?? true { body["stream_options"] = ["include_usage": true] }
        if !request.tools.isEmpty {
            body["tools"] = .array(request.tools.map(Self.tool))
            body["tool_choice"] = Self.choice(settings.toolChoice)
        }
        if let limit = settings.maxTokens { body[options.limitName ?? "max_tokens"] = .int(limit) }
        if let temperature = settings.temperature, options.temperature ?? true {
            body["temperature"] = .double(temperature)
        }
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

    /// One message may become several: each tool's result is a message of its own.
    private static func messages(_ messages: [Message], _ options: ModelOptions) -> [JSON] {
        // Thoughts are sent back until the turn ends: the model still has to consider what its tools returned.
        let turn = messages.lastIndex { $0.role == .user && $0.toolResults.isEmpty } ?? 0
        var sent: [JSON] = []
        for (index, message) in messages.enumerated() {
            switch message.role {
            case .system where options.systemInside ?? true:
                if !message.text.isBlank { sent.append(["role": "system", "content": .string(message.text)]) }
            case .assistant: if let words = assistant(message, isOfTurn: index > turn) { sent.append(words) }
            case .user, .system: sent += message.toolResults.map(result) + user(message)
            }
        }
        return options.repeatedRoles ?? true ? sent : alternating(sent)
    }

    /// Merges adjacent messages of one role; each tool's result stays separate.
    private static func alternating(_ messages: [JSON]) -> [JSON] {
        var sent: [JSON] = []
        for message in messages {
            // After a tool's result, the assistant must speak.
            if message["role"] == "user", sent.last?["role"] == "tool" {
                sent.append(["role": "assistant", "content": "(The answer is missing.)"])
            }
            guard let last = sent.last, let role = last["role"], role == message["role"],
                role == "user" || role == "assistant",
                last["tool_calls"] == nil
            else {
                sent.append(message)
                continue
            }
            var joined = message.object ?? [:]
            joined["content"] = joining(last["content"], message["content"])
            sent[sent.count - 1] = .object(joined)
        }
        return sent
    }

    private static func joining(_ first: JSON?, _ second: JSON?) -> JSON {
        switch (first, second) {
        case (nil, let only?), (.null?, let only?), (let only?, nil), (let only?, .null?): return only
        case (.string(let a)?, .string(let b)?): return .string(a + "\n\n" + b)
        default:
            func parts(_ content: JSON?) -> [JSON] {
                content?.array ?? content?.string.map { [["type": "text", "text": .string($0)]] } ?? []
            }
            return .array(parts(first) + parts(second))
        }
    }

    /// - Parameter isOfTurn: whether it belongs to the current turn.
    /// - Returns: `nil` for a message without text and tool calls.
    private static func assistant(_ message: Message, isOfTurn: Bool) -> JSON? {
        let calls = message.toolCalls.map { call -> JSON in
            var sent: JSON.Object = ["id": .string(call.id), "type": "function"]
            var function: JSON.Object = ["name": .string(call.name), "arguments": .string(call.sentArguments.text)]
            for (name, value) in call.extra {
                if name == "function" {
                    for (name, value) in value.object ?? [:] { function[name] = value }
                } else {
                    sent[name] = value
                }
            }
            sent["function"] = .object(function)
            return .object(sent)
        }
        let text = message.text
        if text.isBlank, calls.isEmpty { return nil }
        var sent: JSON.Object = ["role": "assistant", "content": text.isBlank ? .null : .string(text)]
        for case .reasoning(let thoughts, _, _, let member?) in message.blocks where isOfTurn && !calls.isEmpty {
            sent[member] = .string((sent[member]?.string ?? "") + thoughts)
        }
        if !calls.isEmpty { sent["tool_calls"] = .array(calls) }
        return .object(sent)
    }

    private static func result(_ result: ToolResult) -> JSON {
        ["role": "tool", "tool_call_id": .string(result.id), "content": .string(result.words)]
    }

    private static func user(_ message: Message) -> [JSON] {
        let pictures = message.blocks.compactMap(picture)
        let text = message.text
        if pictures.isEmpty { return text.isBlank ? [] : [plain(text)] }
        let words: [JSON] = text.isBlank ? [] : [["type": "text", "text": .string(text)]]
        return [["role": "user", "content": .array(words + pictures)]]
    }

    private static func plain(_ text: String) -> JSON { ["role": "user", "content": .string(text)] }

    private static func picture(_ block: Block) -> JSON? {
        guard case .image(let data, let type) = block else { return nil }
        let address = data.isWebAddress ? data : "data:\(type);base64,\(data)"
        return ["type": "image_url", "image_url": ["url": .string(address)]]
    }
}

extension ToolCall {
    /// The arguments as an object, since servers accept nothing else; other arguments are wrapped as text.
    var sentArguments: JSON {
        if arguments.object != nil { return arguments }
        return arguments.isNull ? [:] : ["malformed_arguments": .string(arguments.string ?? arguments.text)]
    }
}

extension ToolResult {
    /// The result as a model reads it: text as it is, all else as JSON.
    var words: String { (isError ? "Error: " : "") + (result.string ?? result.text) }
}
