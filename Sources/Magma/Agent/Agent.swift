public import SessionModel

/// What an author writes: an actor of which every session is one instance.
///
/// Its fields are the session's state; ``definition`` lists what it offers to models, webhooks and clocks.
/// Handlers of one session may interleave at an `await`, and never run at the same moment.
public protocol Agent: Actor {
    /// Makes the instance of a new session, or of one that wakes.
    init()

    /// Lower-case letters, digits and hyphens; by default the type's name without `Agent`.
    static var id: String { get }

    /// Fields, tools, hooks, jobs and middleware.
    static var definition: AgentDefinition<Self> { get }

    /// The system prompt, read before each completion; empty for none.
    var instructions: String { get }

    /// Runs once when the session is created, with the values that its creator gave (`{}` if none).
    func setup(_ input: JSON) async throws

    /// Receives a user's message before it goes into the context; what it returns is added to the context instead.
    func receive(_ message: Message) async throws -> Message

    /// The model settings of a turn, chosen by its last message: another model, a temperature, a tool
    /// that has to be called. If it throws, the turn fails.
    func settings(for message: Message) async throws -> TurnSettings

    /// Called with the tokens that each completion used.
    func onUsage(_ usage: Usage) async

    /// Called with the error of a turn, a hook or a job that failed; it cannot undo the failure.
    func onError(_ error: any Error) async

    /// Called when a client's WebSocket has closed, with the code and reason of RFC 6455.
    func onSocketClosed(code: Int, reason: String) async

    /// Runs when the session ends or goes to sleep.
    func onCleanup() async
}

extension Agent {
    public static var id: String { AgentID.from(typeName: String(describing: Self.self)) }
    public var instructions: String {
        DefaultCallbacks.of(Self.self).note(.instructions)
        return ""
    }
    public func setup(_ input: JSON) async throws {}
    public func receive(_ message: Message) async throws -> Message {
        DefaultCallbacks.of(Self.self).note(.receive)
        return message
    }
    public func settings(for message: Message) async throws -> TurnSettings {
        DefaultCallbacks.of(Self.self).note(.settings)
        return TurnSettings()
    }
    public func onUsage(_ usage: Usage) async { DefaultCallbacks.of(Self.self).note(.onUsage) }
    public func onError(_ error: any Error) async {}
    public func onSocketClosed(code: Int, reason: String) async {}
    public func onCleanup() async {}

    /// The session that is being served; outside a handler, one whose methods do nothing.
    public nonisolated var session: SessionHandle { SessionHandle.current }
}
