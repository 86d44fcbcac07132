internal import MagmaRuntime
internal import SessionModel

/// The frames of a chat over WebSocket.
enum ChatFrame {
    /// What is wrong with a frame; it goes back to the client as an `error`.
    struct Problem: Error, Equatable {
        let text: String
    }

    /// The user's message in a frame `{"type":"message","data":{…}}`.
    static func message(in text: String) throws(Problem) -> Message {
        let json: JSON
        do { json = try JSON(parsing: text) } catch { throw Problem(text: "The frame is not JSON: \(error).") }
        guard let type = json["type"]?.string else { throw Problem(text: "A frame needs a 'type'.") }
        guard type.isExactly("message") else {
            throw Problem(text: "The type '\(type.prefix(bytes: 40))' is unknown; send 'message'.")
        }
        guard let data = json["data"] else { throw Problem(text: "A message frame needs 'data'.") }
        var message: Message
        do { message = try Message(received: data) } catch { throw Problem(text: "'data' is not a message: \(error).") }
        guard message.role == .user else { throw Problem(text: "'data' must have the role user.") }
        message.id = ""
        return message
    }

    static func loading(_ isLoading: Bool) -> JSON { ["type": "loading", "data": .bool(isLoading)] }
    static func error(_ text: String) -> JSON { ["type": "error", "data": .string(text)] }

    static func message(_ message: Message, agent: String) -> JSON {
        [
            "type": "message", "agent_id": .string(agent),
            "data": [
                "id": .string(message.id), "role": .string(message.role.rawValue), "content": .string(message.text),
                "blocks": message.json["blocks"] ?? [],
            ],
        ]
    }

    /// The frame that a client with `stream=true` receives while a turn runs.
    static func progress(_ progress: TurnProgress) -> JSON {
        switch progress {
        case .delta(let id, let delta, let buffer):
            ["type": "stream", "data": ["id": .string(id), "delta": .string(delta), "buffer": .string(buffer)]]
        case .toolCall(let call):
            [
                "type": "tool_call",
                "data": ["id": .string(call.id), "fn_name": .string(call.name), "fn_args": call.arguments],
            ]
        case .toolResult(let result):
            [
                "type": "tool_result",
                "data": ["id": .string(result.id), "result": result.result, "error": .bool(result.isError)],
            ]
        }
    }
}
