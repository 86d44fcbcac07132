public import SessionModel

/// The session that a handler serves, as its author sees it.
public struct SessionHandle: Sendable {
    /// Carries out what a handler asks of its session.
    package protocol Backend: Sendable {
        func send(_ data: JSON) async
        func log(_ level: String, _ text: String) async
        func messages() async -> [Message]
    }

    /// The event on whose behalf a handler runs, and its turn.
    package struct Cause: Sendable {
        package let event: Int?
        package let turn: String?

        package init(event: Int? = nil, turn: String? = nil) {
            self.event = event
            self.turn = turn
        }
    }

    public let id: String
    public let isTemporary: Bool
    package let cause: Cause
    private let backend: (any Backend)?

    @TaskLocal package static var current = SessionHandle(id: "", isTemporary: true, backend: nil)

    package init(id: String, isTemporary: Bool, cause: Cause = Cause(), backend: (any Backend)?) {
        self.id = id
        self.isTemporary = isTemporary
        self.cause = cause
        self.backend = backend
    }

    /// Sends data to every client that is connected to the session by WebSocket.
    public func send(_ data: JSON) async { await backend?.send(data) }

    /// Writes a line into the session's journal.
    public func log(_ text: String, level: String = "info") async { await backend?.log(level, text) }

    /// The context as it is now.
    public var messages: [Message] { get async { await backend?.messages() ?? [] } }
}
