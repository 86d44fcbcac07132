internal import Magma
internal import SessionModel

/// An answer in the form of OpenAI's chat completions, whole or in chunks.
struct OpenAIAnswer: ModelAnswer {
    private var text = ""
    private var reasoning = ""
    private var calls: ToolCallPieces
    private var usage = Usage()
    private var stopReason: StopReason?
    private var isDone = false

    init(calls: ToolCallPieces) { self.calls = calls }

    var isWhole: Bool { isDone || stopReason != nil }

    var completion: Completion {
        var blocks: [Block] = []
        if !reasoning.isEmpty { blocks.append(.reasoning(reasoning)) }
        if !text.isEmpty { blocks.append(.text(text)) }
        blocks += calls.calls.map(Block.toolCall)
        let isCalling = !calls.calls.isEmpty && stopReason != .maxTokens
        return Completion(blocks: blocks, usage: usage, stopReason: isCalling ? .toolCall : stopReason ?? .unknown)
    }

    mutating func add(_ event: ServerSentEvents.Event) throws(ModelAnswerProblem) -> String {
        if event.data == "[DONE]" {
            isDone = true
            return ""
        }
        guard let chunk = try? JSON(parsing: event.data), chunk.object != nil else {
            throw .malformed("a chunk of the stream is not JSON: \(event.data.prefix(bytes: 80))")
        }
        return try add(chunk, part: "delta")
    }

    mutating func add(whole: JSON) throws(ModelAnswerProblem) -> String {
        guard whole["choices"]?.array?.isEmpty == false || whole["error"] != nil else {
            throw .malformed("the answer has no 'choices'")
        }
        let text = try add(whole, part: "message")
        isDone = true
        return text
    }

    private mutating func add(_ json: JSON, part: String) throws(ModelAnswerProblem) -> String {
        if let error = json["error"], !error.isNull {
            throw .failed(error["message"]?.string ?? error.string ?? error.text)
        }
        if let usage = json["usage"], !usage.isNull { self.usage = Usage(openAI: usage) }
        guard let choice = json["choices"]?.array?.first else { return "" }
        if let reason = choice["finish_reason"]?.string { stopReason = StopReason(openAI: reason) }
        guard let part = choice[part] else { return "" }
        reasoning += part["reasoning_content"]?.string ?? part["reasoning"]?.string ?? ""
        for call in part["tool_calls"]?.array ?? [] {
            calls.add(
                index: call.count("index"),
                id: call["id"]?.string,
                name: call["function"]?["name"]?.string,
                arguments: call["function"]?["arguments"]
            )
        }
        let piece = part["content"]?.string ?? part["refusal"]?.string ?? ""
        text += piece
        return piece
    }
}

extension Usage {
    /// Tokens that came from the cache are counted there, and not as input again.
    fileprivate init(openAI usage: JSON) {
        let cached = usage["prompt_tokens_details"]?.count("cached_tokens") ?? 0
        self.init(
            input: max(0, (usage.count("prompt_tokens") ?? 0) - cached),
            output: usage.count("completion_tokens") ?? 0,
            cacheRead: cached
        )
    }
}

extension StopReason {
    fileprivate init(openAI reason: String) {
        switch reason {
        case "stop": self = .natural
        case "tool_calls", "function_call": self = .toolCall
        case "length": self = .maxTokens
        case "content_filter": self = .contentFilter
        default: self = .unknown
        }
    }
}
