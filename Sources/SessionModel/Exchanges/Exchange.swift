/// One recorded request of a webhook and its response.
package struct Exchange: Sendable, Hashable {
    @ExactString package var id: String
    @ExactString package var agent: String
    @ExactString package var hook: String
    package var session: String?
    /// How the session was chosen, a sentence.
    package var why: String
    package var request: RecordedRequest
    package var response: RecordedResponse?
    package var received: Int64
    /// Milliseconds.
    package var duration: Double?
    package var replayOf: String?
    package var error: String?
    /// The first and last event that it caused in its session.
    package var changed: ClosedRange<Int>?

    package init(id: String, agent: String, hook: String, why: String, request: RecordedRequest, received: Int64) {
        self.id = id
        self.agent = agent
        self.hook = hook
        self.why = why
        self.request = request
        self.received = received
    }

    /// The session that it reached.
    package var key: SessionKey? { session.map { SessionKey(agent: agent, session: $0) } }

    /// Whether it has neither been answered nor failed so far.
    package var isOpen: Bool { response == nil && error == nil }

    /// As a list holds it: without headers and bodies.
    package var listed: Exchange {
        var exchange = self
        exchange.request = RecordedRequest(method: request.method)
        exchange.response = response.map { RecordedResponse(status: $0.status) }
        return exchange
    }
}
