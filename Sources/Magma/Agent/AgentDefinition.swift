/// What an agent is made of, beside its code.
public struct AgentDefinition<A: Agent>: Sendable {
    public var fields: [StateField<A>]
    public var tools: [Tool<A>]
    public var hooks: [Hook<A>]
    public var jobs: [Job<A>]
    public var middleware: [Middleware<A>]
    /// What happens to a message that arrives while a turn runs.
    public var policy: TurnPolicy
    /// How many of the last messages go to the model.
    public var messageContext: Int
    /// The model of this agent; `nil` for the runtime's.
    public var provider: (any Provider)?

    public init(
        fields: [StateField<A>] = [],
        tools: [Tool<A>] = [],
        hooks: [Hook<A>] = [],
        jobs: [Job<A>] = [],
        middleware: [Middleware<A>] = [],
        policy: TurnPolicy = .interrupt,
        messageContext: Int = 20,
        provider: (any Provider)? = nil
    ) {
        self.fields = fields
        self.tools = tools
        self.hooks = hooks
        self.jobs = jobs
        self.middleware = middleware
        self.policy = policy
        self.messageContext = messageContext
        self.provider = provider
    }
}

/// What happens to a message that arrives while a turn of its session runs.
public enum TurnPolicy: String, Sendable, Hashable {
    /// The newer turn aborts the one in flight.
    case interrupt
    /// One after another; at most 64 wait.
    case queue
    /// The newer message is refused.
    case reject
}
