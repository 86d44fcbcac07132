import Foundation
import Magma
import TestSupport
import Testing

@testable import MagmaRuntime

/// An agent whose model, tools, hooks and jobs do what a test tells them to.
actor ProbeAgent: Agent {
    var count = 0
    var note: String?

    static let id = "probe"

    /// What the test of this task tells it.
    final class Plan: Sendable {
        let gate = Gate()
        let model: @Sendable (CompletionRequest) async throws -> [Block]
        let policy: TurnPolicy
        let middleware: [Middleware<ProbeAgent>]
        let setup: @Sendable () async throws -> Void

        init(
            policy: TurnPolicy = .interrupt,
            middleware: [Middleware<ProbeAgent>] = [],
            setup: @escaping @Sendable () async throws -> Void = {},
            model: @escaping @Sendable (CompletionRequest) async throws -> [Block] = {
                [.text("re: \($0.messages.last?.text ?? "")")]
            }
        ) {
            self.policy = policy
            self.middleware = middleware
            self.setup = setup
            self.model = model
        }
    }

    @TaskLocal static var plan = Plan()

    private let plan = ProbeAgent.plan

    static var definition: AgentDefinition<ProbeAgent> {
        let plan = plan
        return AgentDefinition(
            fields: [
                StateField("count", read: { $0.count }, write: { $0.count = $1 }),
                StateField("note", read: { $0.note }, write: { $0.note = $1 }),
            ],
            tools: [
                Tool("add", description: "adds") { agent, arguments in .int(await agent.add(arguments["n"]?.int ?? 1))
                },
                Tool("break", description: "throws") { _, _ in throw ToolError("it broke") },
                Tool("note", description: "writes") { agent, arguments in
                    await agent.write(String(repeating: "x", count: arguments["n"]?.int ?? 1))
                    return "written"
                },
                Tool("chatter", description: "logs") { _, arguments in
                    for line in 0..<(arguments["n"]?.int ?? 1) {
                        await SessionHandle.current.log("line \(line)")
                    }
                    return "logged"
                },
                Tool("repeat", description: "answers what it is told") { _, arguments in arguments["text"] ?? nil },
                Tool("nest", description: "answers a list in a list") { _, arguments in
                    (0..<(arguments["n"]?.int ?? 1)).reduce(.null) { inner, _ in [inner] }
                },
                Tool("send", description: "sends little, and much") { _, arguments in
                    await SessionHandle.current.send("little")
                    let much = String(repeating: "x", count: arguments["n"]?.int ?? 1)
                    await SessionHandle.current.send(.string(much))
                    return "sent"
                },
                Tool("stall", description: "waits") { _, _ in
                    try await plan.gate.pass()
                    return "let go"
                },
            ],
            hooks: [
                Hook("bump", session: .body("user.id")) { agent, _ in .json(["count": .int(await agent.add(1))]) },
                Hook("note", session: .body("user.id")) { agent, request in
                    guard case .json(let body) = request.body else { return .status(400) }
                    await agent.write(String(repeating: "x", count: body["n"]?.int ?? 1))
                    return .text("noted")
                },
                Hook("silent", session: .query("s")) { _, _ in nil },
                Hook("stuck", session: .fixed("fixed")) { _, _ in
                    try await plan.gate.pass()
                    return nil
                },
                Hook("picky", session: .computed { _ in throw ToolError("not you") }) { _, _ in nil },
                Hook("broken", session: .headers("X-Who")) { _, _ in throw ToolError("hook broke") },
                .onAgent("about") { _ in .text("static") },
            ],
            jobs: jobs(plan),
            middleware: plan.middleware,
            policy: plan.policy,
            provider: PlannedProvider(plan: plan)
        )
    }

    private static func jobs(_ plan: Plan) -> [Job<ProbeAgent>] {
        do {
            return [
                Job("count", try CronExpression("* * * * * *")) { agent in _ = await agent.add(1) },
                Job("grow", try CronExpression("0 0 1 1 *")) { agent in
                    await agent.write(String(repeating: "x", count: 2000))
                },
                Job("stuck", try CronExpression("0 * * * *")) { _ in try await plan.gate.pass() },
                .onAgent("sweep", try CronExpression("30 * * * * *")) { throw ToolError("sweep broke") },
            ]
        } catch {
            preconditionFailure("\(error)")
        }
    }

    func setup(_ input: JSON) async throws {
        try await plan.setup()
        note = input["note"]?.string
    }

    func write(_ text: String) { note = text }

    func add(_ number: Int) -> Int {
        count += number
        return count
    }
}

private struct PlannedProvider: Provider {
    let plan: ProbeAgent.Plan
    var name: String { "planned" }
    var model: String { "plan" }

    func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        let blocks = try await plan.model(request)
        for case .text(let text, _) in blocks { onDelta(text) }
        return Completion(blocks: blocks, usage: Usage(input: 3, output: 2), stopReason: .natural)
    }
}

/// A runtime of the probe on a clock that the test moves, for as long as `body` runs.
func withRuntime(
    _ plan: ProbeAgent.Plan = ProbeAgent.Plan(),
    limits: RuntimeLimits = RuntimeLimits(),
    _ body: (Runtime, ManualTime, AgentBlueprint) async throws -> Void
) async throws {
    let time = ManualTime()
    let runtime = try await ProbeAgent.$plan.withValue(plan) {
        try await Runtime(
            agents: [AgentBlueprint(ProbeAgent.self)],
            provider: PlannedProvider(plan: plan),
            limits: limits,
            time: time,
            ids: CountingIDs()
        )
    }
    try await ProbeAgent.$plan.withValue(plan) {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run() }
            defer { group.cancelAll() }
            try await eventually("the scheduler waits") { time.sleeping >= 4 }
            try await body(runtime, time, try runtime.agent(nil))
        }
    }
}

extension Runtime {
    func say(_ text: String, to session: Session) async throws -> TurnReply {
        try await send([.user(text)], to: session.key).reply
    }

    func journal(_ session: Session) async throws -> [SessionEvent] {
        try await store.events(of: session.key, after: 0, limit: .max)
    }

    func kinds(_ session: Session) async throws -> [String] { try await journal(session).map(\.body.kind) }

    func state(_ session: Session) async throws -> JSON { SessionFold(try await journal(session)).state }
}
