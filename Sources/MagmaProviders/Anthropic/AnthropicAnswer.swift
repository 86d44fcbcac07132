internal import Magma
internal import SessionModel

/// An answer in the form of Anthropic's messages API, whole or in events.
struct AnthropicAnswer: ModelAnswer {
    /// A content block that is still coming in.
    private enum Part {
        case text(String)
        case call(id: String, name: String, input: JSON, pieces: String)
        case thinking(String, signature: String?)
        case redacted(String)
        /// A kind that this reader does not know: left out.
        case other
    }

    /// The prefix of ids that are made up where the provider gives none.
    let fallbackID: String
    private var parts: [Int: Part] = [:]
    private var usage = Usage()
    private var stopReason: StopReason?
    private(set) var isOver = false

    init(fallbackID: String) { self.fallbackID = fallbackID }

    var completion: Completion {
        let blocks = parts.sorted { $0.key < $1.key }.compactMap { block($0.value, at: $0.key) }
        return Completion(blocks: blocks, usage: usage, stopReason: stopReason ?? .unknown)
    }

    /// Some servers end the stream after the stop reason, without `message_stop`.
    var isWhole: Bool { isOver || stopReason != nil }

    mutating func end() { isOver = true }

    mutating func add(_ json: JSON) throws(ModelAnswerProblem) -> String {
        guard let type = json["type"]?.word else {
            throw .malformed("an event of the stream has no type: \(json.text.prefix(bytes: 80))")
        }
        switch type {
        case "message_start": read(usage: json["message"]?["usage"])
        case "content_block_start": return start(json["content_block"] ?? [:], at: json.count("index") ?? 0)
        case "content_block_delta": return add(json["delta"] ?? [:], at: json.count("index") ?? 0)
        case "message_delta":
            stopReason = reason(in: json["delta"]) ?? stopReason
            read(usage: json["usage"])
        case "message_stop": isOver = true
        default: break
        }
        return ""
    }

    /// An empty `stop_reason` counts as none.
    private func reason(in json: JSON?) -> StopReason? {
        json?["stop_reason"]?.string.flatMap { $0.isEmpty ? nil : StopReason(anthropic: $0) }
    }

    mutating func add(whole: JSON) throws(ModelAnswerProblem) -> String {
        guard let content = whole["content"]?.array else { throw .malformed("the answer has no 'content'") }
        let text = content.enumerated().map { start($1, at: $0) }.joined()
        stopReason = reason(in: whole)
        read(usage: whole["usage"])
        isOver = true
        return text
    }

    // MARK: Blocks

    private mutating func start(_ block: JSON, at index: Int) -> String {
        switch block["type"]?.word {
        case "text":
            let text = block["text"]?.string ?? ""
            parts[index] = .text(text)
            return text
        case "tool_use":
            parts[index] = .call(
                id: block["id"]?.string ?? "",
                name: block["name"]?.string ?? "",
                input: block["input"] ?? [:],
                pieces: ""
            )
        case "thinking":
            parts[index] = .thinking(block["thinking"]?.string ?? "", signature: block["signature"]?.string)
        case "redacted_thinking": parts[index] = .redacted(block["data"]?.string ?? "")
        default: parts[index] = .other
        }
        return ""
    }

    private mutating func add(_ delta: JSON, at index: Int) -> String {
        // Removed first, so that the delta is appended in place and not to a copy.
        switch parts.removeValue(forKey: index) {
        case .text(var text):
            let piece = delta["text"]?.string ?? ""
            text += piece
            parts[index] = .text(text)
            return piece
        case .call(let id, let name, let input, var pieces):
            pieces += delta["partial_json"]?.string ?? ""
            parts[index] = .call(id: id, name: name, input: input, pieces: pieces)
        case .thinking(var text, let signature):
            text += delta["thinking"]?.string ?? ""
            parts[index] = .thinking(text, signature: delta["signature"]?.string ?? signature)
        case let other: parts[index] = other
        }
        return ""
    }

    private func block(_ part: Part, at index: Int) -> Block? {
        switch part {
        case .text(let text): text.isEmpty ? nil : .text(text)
        case .call(let id, let name, let input, let pieces):
            .toolCall(
                ToolCall(
                    id: id.isEmpty ? "\(fallbackID)_\(index)" : id,
                    name: name,
                    arguments: pieces.isEmpty ? input : (try? JSON(parsing: pieces)) ?? .string(pieces)
                )
            )
        case .thinking(let text, let signature):
            .reasoning(text, signature: signature?.isEmpty == true ? nil : signature)
        case .redacted(let data): .reasoning(data, redacted: true)
        case .other: nil
        }
    }

    /// Later events repeat the counts that have grown.
    private mutating func read(usage json: JSON?) {
        guard let json else { return }
        usage.input = json.count("input_tokens") ?? usage.input
        usage.output = json.count("output_tokens") ?? usage.output
        usage.cacheWrite = json.count("cache_creation_input_tokens") ?? usage.cacheWrite
        usage.cacheRead = json.count("cache_read_input_tokens") ?? usage.cacheRead
    }
}

extension StopReason {
    fileprivate init(anthropic reason: String) {
        switch reason {
        case "end_turn", "stop_sequence": self = .natural
        case "tool_use": self = .toolCall
        case "max_tokens", "model_context_window_exceeded": self = .maxTokens
        case "refusal": self = .contentFilter
        case "pause_turn": self = .unsupported
        default: self = .unknown
        }
    }
}
