package import SessionModel

/// What was answered to a request with an idempotency key.
package struct StoredResponse: Sendable, Hashable {
    package var status: Int
    package var body: JSON
    /// Other members of the answer, such as the session's id.
    package var session: String?
    /// Of the request that was answered so; only the same one is answered so again.
    package var fingerprint: String?

    package init(status: Int, body: JSON, session: String?) {
        self.status = status
        self.body = body
        self.session = session
    }

    /// What `session.send` answers when the messages are accepted.
    package static func accepted(_ turn: String, seq: Int) -> StoredResponse {
        StoredResponse(status: 200, body: ["turn": .string(turn), "seq": .int(seq)], session: nil)
    }

    /// The same as the answer to that request.
    func answering(_ request: RequestKey) -> StoredResponse {
        var answer = self
        answer.fingerprint = request.fingerprint
        return answer
    }
}
