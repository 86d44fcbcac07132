internal import HTTPTypes
internal import Hummingbird
internal import Magma
internal import MagmaRuntime
internal import SessionModel

/// A chat's messages, on their way into a session.
struct ChatTurn: Sendable {
    let runtime: Runtime
    let agent: AgentBlueprint
    /// `nil` for a temporary one.
    let session: String?
    let messages: [Message]
    let key: RequestKey?

    /// Answers when the turn is stored.
    func answer() async throws -> Response {
        let answer = try await runtime.once(key) {
            let session = try await runtime.session(session, of: agent, origin: .chat)
            return StoredResponse(.success(try await start(in: session).reply), in: session)
        }
        return Response(chat: answer)
    }

    func start(in session: Session, listener: TurnListener? = nil) async throws -> TurnTicket {
        let request = key.map { key in KeptRequest.whenDone(key) { StoredResponse($0, in: session) } }
        return try await runtime.send(
            messages,
            to: session,
            request: request,
            isStoredFirst: false,
            listener: listener
        )
    }
}

extension StoredResponse {
    /// What a chat's turn came to.
    init(_ result: Result<TurnReply, RuntimeError>, in session: Session) {
        switch result {
        case .success(let reply):
            self.init(status: 200, body: reply.json(in: session), session: session.key.session)
        case .failure(let error):
            let error = APIError(error)
            self.init(status: error.status.code, body: error.json, session: session.key.session)
        }
    }
}

extension Response {
    init(chat answer: StoredResponse) {
        var fields = HTTPFields()
        if let session = answer.session { fields.name(session: session) }
        self.init(answer.body, status: HTTPResponse.Status(code: answer.status), fields: fields)
    }
}

extension TurnReply {
    /// The answer of a chat over HTTP.
    func json(in session: Session) -> JSON {
        [
            "id": .string(message.id), "role": "assistant", "content": .string(message.text),
            "blocks": message.json["blocks"] ?? [], "sessionId": .string(session.key.session),
            "temporary": .bool(session.kind == .temporary), "usage": usage.json,
            "stop_reason": .string(stopReason.rawValue),
        ]
    }
}
