internal import Magma
internal import SessionModel

/// Learns from a server's refusal which option of a request it does not accept.
enum RefusedOption {
    /// What to leave out from now on; `nil` when the message names nothing that was sent and can be left out.
    static func lesson(from error: ProviderError, _ body: JSON, _ options: ModelOptions) -> ModelOptions? {
        guard case .status(let status) = error.reason, [400, 404, 415, 422].contains(status) else { return nil }
        let words = error.words.lowercased()
        var lesson = ModelOptions()
        if words.contains("stream_options"), body["stream_options"] != nil {
            lesson.streamOptions = false
        } else if words.contains("temperature"), body["temperature"] != nil {
            lesson.temperature = false
        } else if words.contains("max_completion_tokens"), body["max_tokens"] != nil, options.limitName != nil {
            lesson.limitName = "max_completion_tokens"
        } else if words.contains("max_tokens") || words.contains("max_completion_tokens"),
            body["max_completion_tokens"] != nil
        {
            lesson.limitName = "max_tokens"
        } else if speaksOfRoles(words), options.repeatedRoles == true || options.systemInside == true {
            (lesson.systemInside, lesson.repeatedRoles) = (false, false)
        } else {
            return nil
        }
        return lesson
    }

    /// Template errors about the order of roles: «Conversation roles must alternate user/assistant», «System message
    /// must be at the beginning», «Unexpected role 'system' after role 'user'».
    private static func speaksOfRoles(_ words: String) -> Bool {
        words.contains("alternate") || (words.contains("role") && words.contains("system"))
            || words.contains("system message") || (words.contains("unexpected role") || words.contains("after role"))
    }
}
