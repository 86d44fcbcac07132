package import Foundation
package import Magma
package import SessionModel

/// An agent's type as the runtime knows it: what it has, and how an instance is made. All its sessions share one.
package final class AgentBlueprint: Sendable {
    package struct Hook: Sendable {
        package let name: String
        package let description: String
        package let session: HookSession
        /// How it is checked who sends it; `nil` lets everybody in.
        package let verification: HookVerification?
        /// What the agent's setup is given when the hook creates the session.
        let setup: @Sendable (HookRequest) -> JSON
        /// The handler of a static hook.
        let runOnAgent: (@Sendable (HookRequest) async throws -> HookResponse?)?

        package var isStatic: Bool { runOnAgent != nil }
    }

    package struct Job: Sendable {
        package let name: String
        package let schedule: CronExpression
        package let timezone: TimeZone
        /// What becomes of ticks that were due while the runtime was down.
        package let missed: MissedTicks
        /// The work of a static job.
        let runOnAgent: (@Sendable () async throws -> Void)?

        package var isStatic: Bool { runOnAgent != nil }
    }

    struct MiddlewareSlot: Sendable {
        let index: Int
        let name: String
        let critical: Bool
    }

    package let id: String
    package let hooks: [Hook]
    package let jobs: [Job]
    package let toolNames: [String]
    package let middlewareNames: [String]
    package let fieldNames: [String]
    package let messageContext: Int
    package let policy: TurnPolicy
    let provider: (any Provider)?
    let middleware: [String: [MiddlewareSlot]]
    let make: @Sendable () -> any AgentInstance

    /// - Throws: ``RuntimeError`` when the id is not allowed, or two parts have one name.
    init(
        id: String,
        hooks: [Hook] = [],
        jobs: [Job] = [],
        toolNames: [String] = [],
        middlewareNames: [String] = [],
        fieldNames: [String] = [],
        messageContext: Int = .max,
        policy: TurnPolicy = .queue,
        provider: (any Provider)? = nil,
        middleware: [String: [MiddlewareSlot]] = [:],
        make: @escaping @Sendable () -> any AgentInstance
    ) throws {
        self.id = id
        self.hooks = hooks
        self.jobs = jobs
        self.toolNames = toolNames
        self.middlewareNames = middlewareNames
        self.fieldNames = fieldNames
        self.messageContext = messageContext
        self.policy = policy
        self.provider = provider
        self.middleware = middleware
        self.make = make
        try checkNames()
    }

    package func hook(_ name: String) -> Hook? { hooks.first { $0.name.isExactly(name) } }
    package func job(_ name: String) -> Job? { jobs.first { $0.name.isExactly(name) } }

    /// The names of jobs that run in each session.
    var sessionJobs: [String] { jobs.filter { !$0.isStatic }.map(\.name) }
}

extension AgentBlueprint {
    /// - Throws: ``RuntimeError`` when the id is not allowed, or two parts have one name.
    package convenience init<A: Agent>(_ type: A.Type) throws {
        let definition = A.definition
        let middleware = Dictionary(
            grouping: definition.middleware.enumerated(),
            by: { $0.element.trigger.rawValue }
        ).mapValues {
            $0.map { MiddlewareSlot(index: $0.offset, name: $0.element.name, critical: $0.element.critical) }
        }
        let type = LiveAgentType(definition)
        try self.init(
            id: A.id,
            hooks: definition.hooks.map(Hook.init),
            jobs: definition.jobs.map(Job.init),
            toolNames: definition.tools.map(\.name),
            middlewareNames: definition.middleware.map(\.name),
            fieldNames: definition.fields.map(\.name),
            messageContext: max(1, definition.messageContext),
            policy: definition.policy,
            provider: definition.provider,
            middleware: middleware,
            make: { LiveAgent(A(), type) }
        )
    }

    private func checkNames() throws {
        guard AgentID.isValid(id) else {
            throw RuntimeError(
                .malformed,
                "agent_id_invalid",
                "'\(id)' cannot be an agent's id: lower-case letters, digits and hyphens, and none of agents, chat, hooks, inspect."
            )
        }
        for (what, names) in [
            ("hooks", hooks.map(\.name)), ("jobs", jobs.map(\.name)), ("tools", toolNames), ("fields", fieldNames),
        ]
        where Set(names).count != names.count {
            throw RuntimeError(.malformed, "duplicate_name", "The agent '\(id)' has two \(what) of one name.")
        }
    }
}

extension AgentBlueprint.Hook {
    init<A>(_ hook: Hook<A>) {
        name = hook.name
        description = hook.description
        session = hook.session
        verification = hook.verification
        switch hook.action {
        case .onSession(let setup, _):
            self.setup = setup
            runOnAgent = nil
        case .onAgent(let run):
            setup = { _ in [:] }
            runOnAgent = run
        }
    }

    /// How the session is chosen, in a few words.
    package var selector: String {
        if isStatic { return "static" }
        return switch session {
        case .temporary: "temporary"
        case .body(let path): "body \(path)"
        case .query(let name): "query \(name)"
        case .headers(let name): "header \(name)"
        case .fixed(let id): "always \(id)"
        case .computed: "the agent's own rule"
        }
    }
}

extension AgentBlueprint.Job {
    init<A>(_ job: Job<A>) {
        name = job.name
        schedule = job.schedule
        timezone = job.timezone
        missed = job.missed
        if case .onAgent(let run) = job.action { runOnAgent = run } else { runOnAgent = nil }
    }
}
