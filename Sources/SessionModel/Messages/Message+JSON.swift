/// Why a value is not a message; the sentence names the member.
public struct MessageError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
}

extension Message: JSONDescribed {
    /// `{"id","role","blocks"}`.
    package var json: JSON { .object(object()) }

    package func describe(to members: inout some JSONMembers) {
        if !id.isEmpty { members.add("id", id) }
        members.add("role", role.rawValue)
        members.add("blocks", blocks)
    }

    /// Reads a message: a string is a user's text, an object has `blocks` or its shorthand `content`.
    ///
    /// - Throws: ``MessageError`` that says which member is wrong.
    package init(json: JSON) throws(MessageError) {
        if let text = json.string {
            self = .user(text)
            return
        }
        guard let members = json.object else { throw MessageError(description: "a message is a string or an object") }
        let role = try Self.role(members["role"])
        let id = members["id"]?.string ?? ""
        if let blocks = members["blocks"] {
            guard let items = blocks.array else { throw MessageError(description: "'blocks' must be an array") }
            var blocks: [Block] = []
            for item in items { blocks.append(try Block(json: item)) }
            self.init(id: id, role: role, blocks: blocks)
        } else if let text = members["content"]?.string {
            self.init(id: id, role: role, text: text)
        } else {
            throw MessageError(description: "a message needs 'content' (a string) or 'blocks' (an array)")
        }
    }

    /// Reads a message that a client or an inspector sends, by the rules that every model server has.
    ///
    /// - Throws: ``MessageError``.
    package init(received json: JSON) throws(MessageError) {
        try self.init(json: json)
        guard role == .assistant || toolCalls.isEmpty else {
            throw MessageError(description: "only the assistant calls tools; its 'role' is \(role.rawValue)")
        }
    }

    private static func role(_ value: JSON?) throws(MessageError) -> Role {
        guard let value, !value.isNull else { return .user }
        guard let role = value.word.flatMap(Role.init(rawValue:)) else {
            throw MessageError(description: "'role' must be user, assistant or system")
        }
        return role
    }
}

extension Block: JSONDescribed {
    package var json: JSON { .object(object()) }

    package func describe(to members: inout some JSONMembers) {
        switch self {
        case .text(let text, let cache):
            members.add("type", "text")
            members.add("text", text)
            if cache { members.add("cache", true) }
        case .toolCall(let call):
            members.add("type", "tool_call")
            members.add("tool_call", call)
        case .toolResult(let result):
            members.add("type", "tool_result")
            members.add("tool_result", result)
        case .reasoning(let text, let redacted, let signature, let member):
            members.add("type", "reasoning")
            members.add("reasoning", Reasoning(text: text, redacted: redacted, signature: signature, member: member))
        case .image(let data, let type):
            members.add("type", "image")
            members.add("image", ["data": .string(data), "type": .string(type)])
        }
    }

    private struct Reasoning: JSONDescribed {
        let text: String
        let redacted: Bool
        let signature: String?
        let member: String?

        func describe(to members: inout some JSONMembers) {
            members.add("reasoning", text)
            if redacted { members.add("redacted", true) }
            members.add("signature", ifAny: signature)
            members.add("member", ifAny: member)
        }
    }

    package init(json: JSON) throws(MessageError) {
        guard let type = json["type"]?.string else { throw MessageError(description: "a block needs a 'type'") }
        guard let block = json["type"]?.word.flatMap({ Self.read($0, json) }) else {
            throw MessageError(description: "a block of type '\(type.prefix(bytes: 40))' is unknown or lacks a member")
        }
        self = block
    }

    private static func read(_ type: String, _ json: JSON) -> Block? {
        switch type {
        case "text": json["text"]?.string.map { .text($0, cache: json["cache"]?.bool ?? false) }
        case "tool_call": json["tool_call"].flatMap(ToolCall.init(json:)).map(Block.toolCall)
        case "tool_result": json["tool_result"].flatMap(ToolResult.init(json:)).map(Block.toolResult)
        case "reasoning":
            json["reasoning"].flatMap { inner in
                inner["reasoning"]?.string.map {
                    .reasoning(
                        $0,
                        redacted: inner["redacted"]?.bool ?? false,
                        signature: inner["signature"]?.string,
                        member: inner["member"]?.string
                    )
                }
            }
        case "image":
            json["image"].flatMap { image in
                guard let data = image["data"]?.string, let type = image["type"]?.string else { return nil }
                return .image(data: data, type: type)
            }
        default: nil
        }
    }
}

extension ToolCall: JSONDescribed {
    package var json: JSON { .object(object()) }

    package func describe(to members: inout some JSONMembers) {
        members.add("id", id)
        members.add("fn_name", name)
        members.add("fn_args", arguments)
        if !extra.isEmpty { members.add("extra", .object(extra)) }
    }

    package init?(json: JSON) {
        guard let id = json["id"]?.string, let name = json["fn_name"]?.string else { return nil }
        self.init(id: id, name: name, arguments: json["fn_args"] ?? [:], extra: json["extra"]?.object ?? [:])
    }
}

extension ToolResult: JSONDescribed {
    package var json: JSON { .object(object()) }

    package func describe(to members: inout some JSONMembers) {
        members.add("id", id)
        members.add("fn_name", name)
        members.add("result", result)
        members.add("error", isError)
    }

    package init?(json: JSON) {
        guard let id = json["id"]?.string, let result = json["result"] else { return nil }
        self.init(id: id, name: json["fn_name"]?.string ?? "", result: result, isError: json["error"]?.bool ?? false)
    }
}
