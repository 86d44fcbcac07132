internal import Magma
internal import MagmaRuntime
internal import NIOHTTP1
internal import SessionModel
internal import WebSocket

/// A chat's messages, on their way into a session.
struct ChatTurn: Sendable {
    let runtime: Runtime
    let agent: AgentBlueprint
    /// `nil` for a temporary one.
    let session: String?
    let messages: [Message]
    let key: RequestKey?

    /// Answers when the turn is stored.
    func answer() async throws -> ServerResponse {
        guard let key else {
            let place = try await place()
            let reply = try await start(in: place).reply
            return ServerResponse(json: ChatAnswer(reply, in: place.key).bytes, session: place.key.session)
        }
        let answer = try await runtime.requests.once(key) {
            let place = try await place()
            return StoredResponse(.success(try await start(in: place).reply), in: place.key)
        }
        return ServerResponse(
            json: answer.body.bytes,
            status: HTTPResponseStatus(statusCode: answer.status),
            session: answer.session
        )
    }

    /// The session that the messages go to.
    func place() async throws -> SessionPlace { try await runtime.place(session, of: agent) }

    func start(in place: SessionPlace, listener: TurnListener? = nil) async throws -> TurnTicket {
        try await runtime.send(
            messages,
            to: place,
            origin: .chat,
            request: key.map { key in .whenDone(key) { StoredResponse($0, in: place.key) } },
            acceptance: .storedSoon,
            listener: listener
        )
    }
}

extension StoredResponse {
    /// The result of a chat's turn.
    init(_ result: Result<TurnReply, RuntimeError>, in session: SessionKey) {
        switch result {
        case .success(let reply):
            self.init(status: 200, body: ChatAnswer(reply, in: session).json, session: session.session)
        case .failure(let error):
            let error = APIError(error)
            self.init(status: Int(error.status.code), body: error.json, session: session.session)
        }
    }
}
