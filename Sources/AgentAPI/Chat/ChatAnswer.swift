internal import MagmaRuntime
internal import SessionModel

/// What a chat over HTTP is answered: the turn's reply, and its session.
struct ChatAnswer: JSONDescribed {
    private let reply: TurnReply
    private let session: String

    init(_ reply: TurnReply, in session: SessionKey) {
        self.reply = reply
        self.session = session.session
    }

    var json: JSON { .object(object()) }

    func describe(to members: inout some JSONMembers) {
        members.add("id", reply.message.id)
        members.add("role", "assistant")
        members.add("content", reply.message.text)
        members.add("blocks", reply.message.blocks)
        members.add("sessionId", session)
        members.add("temporary", SessionID.isTemporary(session))
        members.add("usage", reply.usage)
        members.add("stop_reason", reply.stopReason.rawValue)
    }
}
