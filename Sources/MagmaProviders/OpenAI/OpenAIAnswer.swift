internal import Magma
internal import SessionModel

/// An answer in the form of OpenAI's chat completions, whole or in chunks.
struct OpenAIAnswer: ModelAnswer {
    private var text = ""
    private var reasoning = ""
    /// The member of the answer that holds the reasoning.
    private var reasoningMember: String?
    private var calls: ToolCallPieces
    private var usage: Usage?
    private var stopReason: StopReason?
    private var isDone = false

    init(calls: ToolCallPieces) { self.calls = calls }

    var isWhole: Bool { isDone || stopReason != nil }
    /// After the stop reason, only token counts follow.
    var isOver: Bool { isDone || (stopReason != nil && usage != nil) }

    var completion: Completion {
        var blocks: [Block] = []
        if !reasoning.isEmpty { blocks.append(.reasoning(reasoning, member: reasoningMember)) }
        if !text.isEmpty { blocks.append(.text(text)) }
        blocks += calls.calls.map(Block.toolCall)
        let isCalling = !calls.calls.isEmpty && stopReason != .maxTokens
        return Completion(
            blocks: blocks,
            usage: usage ?? Usage(),
            stopReason: isCalling ? .toolCall : stopReason ?? .unknown
        )
    }

    mutating func end() { isDone = true }

    mutating func add(_ piece: JSON) throws(ModelAnswerProblem) -> String { try add(piece, part: "delta") }

    mutating func add(whole: JSON) throws(ModelAnswerProblem) -> String {
        guard whole["choices"]?.array?.isEmpty == false else { throw .malformed("the answer has no 'choices'") }
        let text = try add(whole, part: "message")
        isDone = true
        return text
    }

    private mutating func add(_ json: JSON, part: String) throws(ModelAnswerProblem) -> String {
        let choice = json["choices"]?.array?.first
        // Some servers send an empty reason from the first chunk on.
        if let reason = choice?["finish_reason"]?.string, !reason.isEmpty {
            if reason == "error" { throw .failed("it reports an error without details", isPassing: true) }
            stopReason = StopReason(openAI: reason)
        }
        // Counts in earlier chunks only cover what has arrived so far.
        if let usage = json["usage"], usage.object != nil,
            stopReason != nil || part == "message" || self.usage == nil && choice == nil
        {
            self.usage = Usage(openAI: usage)
        }
        // Some servers send a whole answer although a stream was requested.
        guard let part = choice?[part] ?? choice?["message"] else { return "" }
        think(part)
        for call in part["tool_calls"]?.array ?? [] { calls.add(call) }
        let piece = try content(of: part["content"]) + (part["refusal"]?.string ?? "")
        text += piece
        return piece
    }

    private mutating func think(_ part: JSON) {
        for member in ["reasoning_content", "reasoning"] {
            guard let piece = part[member]?.string, !piece.isEmpty else { continue }
            reasoning += piece
            reasoningMember = reasoningMember ?? member
            return
        }
    }

    /// The text of `content`: a string, or parts, some of which are reasoning.
    private mutating func content(of content: JSON?) throws(ModelAnswerProblem) -> String {
        guard let content, !content.isNull else { return "" }
        if let text = content.string { return text }
        guard let parts = content.array else { throw .malformed("'content' is neither a text nor a list of parts") }
        var text = ""
        for part in parts {
            switch part["type"]?.word {
            case "thinking", "reasoning":
                let thoughts = part["thinking"] ?? part["reasoning"] ?? part["text"]
                reasoning += thoughts?.string ?? (thoughts?.array ?? []).compactMap { $0["text"]?.string }.joined()
            default: text += part["text"]?.string ?? part["refusal"]?.string ?? part.string ?? ""
            }
        }
        return text
    }
}

extension Usage {
    /// Cached tokens count as `cacheRead`, and not again as input.
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
        case "stop", "eos", "end_turn", "stop_sequence": self = .natural
        case "tool_calls", "function_call": self = .toolCall
        case "length", "max_tokens", "model_length": self = .maxTokens
        case "content_filter": self = .contentFilter
        default: self = .unknown
        }
    }
}
