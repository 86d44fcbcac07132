/// Texts of which something can be found by its words.
extension SessionEvent {
    /// Of messages, tool calls and results, state, logs, errors and what was sent; empty for other events.
    package var searchTexts: [String] {
        switch body {
        case .messageAdded(let message), .messageChanged(let message): message.searchTexts
        case .sessionForked(.from(_, _, _, let picture)), .sessionRestored(_, _, let picture):
            picture.messages.flatMap(\.searchTexts) + picture.state.leaves
        // Small numbers of a state count something: nobody searches for them.
        case .stateChanged(let patch): patch.steps.flatMap(\.leaves).filter { $0.utf8.count > 2 }
        case .log(_, let text): [text]
        case .sent(let data): data.leaves
        case .turnFinished(let result): [result.error].compactMap(\.self)
        case .completionFinished(_, _, _, let error), .middlewareFinished(_, _, _, let error),
            .hookAnswered(_, _, _, _, let error), .tickFinished(_, _, _, _, let error):
            [error].compactMap(\.self)
        default: []
        }
    }
}

extension Message {
    fileprivate var searchTexts: [String] {
        blocks.flatMap { block -> [String] in
            switch block {
            case .text(let text, _): [text]
            case .toolCall(let call): [call.name] + call.arguments.leaves
            case .toolResult(let result): result.result.leaves
            default: []
            }
        }
    }
}

extension Exchange {
    /// Of the bodies and the error.
    package var searchTexts: [String] {
        [request.body, response?.body].flatMap { body -> [String] in
            guard let body, body.encoding != .base64 else { return [] }
            return body.value.leaves
        } + [error].compactMap(\.self)
    }
}

extension JSONPatch.Step {
    fileprivate var leaves: [String] {
        switch self {
        case .add(_, let value), .replace(_, let value): value.leaves
        default: []
        }
    }
}

extension JSON {
    /// Its texts and numbers, without the names of members.
    fileprivate var leaves: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let items): items.flatMap(\.leaves)
        case .object(let members): members.flatMap { $0.value.leaves }
        case .bool, .null: []
        default: [text]
        }
    }
}

extension [String] {
    /// As one text for an index that splits words at spaces and punctuation: what is not ASCII as the words that
    /// ``SearchWords`` takes it for, so that both agree.
    package var indexText: String {
        let text = joined(separator: "\n")
        return text.utf8.allSatisfy { $0 < 0x80 } ? text : SearchWords.words(of: text).joined(separator: " ")
    }
}
