/// Tools, hooks, jobs and middleware that agents share; `@Utilities` makes a struct adopt it.
public protocol Utilities: Sendable {
    /// Makes the one value that serves all sessions of an agent.
    init()

    /// What it adds to an agent.
    static func parts<A: Agent>(for agent: A.Type) -> AgentDefinition<A>
}

extension Utilities {
    /// The session that is being served; outside a handler, one whose methods do nothing.
    public var session: SessionHandle { SessionHandle.current }
}

extension AgentDefinition {
    /// This definition with the parts of utilities after its own; two parts of one name are refused when the runtime
    /// starts.
    public func including(_ utilities: [any Utilities.Type]) -> AgentDefinition {
        utilities.reduce(into: self) { whole, type in
            let parts = type.parts(for: A.self)
            whole.tools += parts.tools
            whole.hooks += parts.hooks
            whole.jobs += parts.jobs
            whole.middleware += parts.middleware
        }
    }
}
