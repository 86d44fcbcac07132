internal import SessionModel

/// The body of a chat request: its messages, and the agent and session ids that it names.
struct ChatRequest: Sendable, Equatable {
    /// Maximum messages in one request.
    static let maximumMessages = 10_000

    var messages: [Message]
    var agent: String?
    var sessions: [NamedSession]

    /// - Throws: ``APIError`` that names the member which is wrong.
    init(parsing bytes: [UInt8]) throws(APIError) {
        guard let body = try RequestBody.ownJSON(bytes).object else {
            throw .malformed("body_invalid", "The body must be a JSON object.")
        }
        messages = try Self.messages(body)
        agent = try Self.text(body, "agent_id")
        if agent == nil { agent = try Self.text(body, "agentId") }
        sessions = []
        for name in ["sessionId", "session_id"] {
            if let id = try Self.text(body, name) { sessions.append(NamedSession(name: "body \(name)", id: id)) }
        }
    }

    private static func messages(_ body: JSON.Object) throws(APIError) -> [Message] {
        switch (body["message"], body["messages"]) {
        case (let one?, nil):
            let message = try read(one, "message")
            guard message.role == .user else { throw .malformed("role_invalid", "'message' must be a user's message.") }
            return [message]
        case (nil, let many?):
            guard let items = many.array, !items.isEmpty else {
                throw .malformed("messages_invalid", "'messages' must be an array with at least one message.")
            }
            guard items.count <= Self.maximumMessages else {
                throw .malformed(
                    "messages_too_many",
                    "'messages' has \(items.count) messages; at most \(Self.maximumMessages) are accepted at once."
                )
            }
            var messages: [Message] = []
            for (index, item) in items.enumerated() { messages.append(try read(item, "messages[\(index)]")) }
            guard messages.last?.role == .user else {
                throw .malformed("role_invalid", "The last of 'messages' must be a user's message.")
            }
            return messages
        case (nil, nil): throw .malformed("message_missing", "The body needs 'message' or 'messages'.")
        default: throw .malformed("message_ambiguous", "The body has both 'message' and 'messages'; send one of them.")
        }
    }

    private static func read(_ json: JSON, _ place: String) throws(APIError) -> Message {
        do {
            var message = try Message(received: json)
            message.id = ""
            return message
        } catch {
            throw .malformed("message_invalid", "'\(place)' is not a message: \(error).")
        }
    }

    private static func text(_ body: JSON.Object, _ name: String) throws(APIError) -> String? {
        guard let value = body[name], !value.isNull else { return nil }
        guard let text = value.string else { throw .malformed("type_invalid", "'\(name)' must be text.") }
        return text
    }
}
