public import SessionModel

/// Code between the user, the model and the tools.
public struct Middleware<A: Agent>: Sendable {
    public let name: String
    public let trigger: MiddlewareTrigger
    /// Whether the turn fails if the middleware still throws at the fifth try.
    public let critical: Bool
    package let run: @Sendable (A, Message) async throws -> Message

    public init(
        _ name: String,
        on trigger: MiddlewareTrigger,
        critical: Bool = true,
        run: @escaping @Sendable (A, Message) async throws -> Message
    ) {
        self.name = name
        self.trigger = trigger
        self.critical = critical
        self.run = run
    }
}

/// When in a turn it runs.
public enum MiddlewareTrigger: String, Sendable, Hashable {
    /// Before the first completion, on the last user message.
    case preCompletion
    /// After each completion, on the assistant's message.
    case onCompletion
    /// Before tools run, on the message that calls them.
    case preToolExecution
    /// After a tool has run, on its result.
    case onToolExecution
    /// On the final reply; changes what is answered, not the history.
    case onMainFinish
}
