internal import Foundation
public import Magma
internal import MagmaProviders

/// Counts: by chat, by hooks of every kind, and by the clock.
public actor CounterAgent: Agent {
    var count = 0
    var ticks = 0
    var lastBy: String?

    public init() {}

    public var instructions: String {
        "You keep a count, which is \(count) now. Use the tool add when the user wants to change it."
    }

    public static var definition: AgentDefinition<CounterAgent> {
        AgentDefinition(
            fields: [
                StateField("count", read: { $0.count }, write: { $0.count = $1 }),
                StateField("ticks", read: { $0.ticks }, write: { $0.ticks = $1 }),
                StateField("lastBy", read: { $0.lastBy }, write: { $0.lastBy = $1 }),
            ],
            tools: [addTool],
            hooks: hooks,
            jobs: jobs
        )
    }

    func add(_ amount: Int, by: String) throws -> Int {
        let (sum, overflows) = count.addingReportingOverflow(amount)
        guard !overflows else { throw ToolError("\(count) and \(amount) are too much for this counter.") }
        count = sum
        lastBy = by
        return count
    }

    func tick() { ticks += 1 }
}

extension CounterAgent {
    private static var addTool: Tool<CounterAgent> {
        Tool(
            "add",
            description: "Adds an amount to the count, which may be negative",
            parameters: [
                "type": "object",
                "properties": ["amount": ["type": "integer", "description": "How much to add"]],
                "required": ["amount"],
            ]
        ) { agent, arguments in
            guard let amount = arguments["amount"]?.int else { throw ToolError("'amount' must be a whole number.") }
            return ["count": .int(try await agent.add(amount, by: "chat"))]
        }
    }

    private static var hooks: [Hook<CounterAgent>] {
        [
            bump("bump", session: .body("user.id")),
            bump("bump-query", session: .query("sessionId")),
            bump("bump-header", session: .headers("x-session-id")),
            bump("bump-default", session: .fixed("default")),
            bump("bump-anyone", session: .temporary),
            bump("bump-computed", session: .computed(userName)),
            Hook("fail", description: "Always throws") { _, _ in throw ToolError("This hook fails on purpose.") },
            Hook("slow", description: "Waits as many seconds as the query says") { _, request in
                let seconds = request.query("seconds").flatMap(Double.init) ?? 1
                try await Task.sleep(for: .seconds(max(0, min(seconds, 3600))))
                return .json(["waited": .double(seconds)])
            },
            .onAgent("about", description: "Says which agent this is") { _ in .json(["agent": "counter"]) },
        ]
    }

    /// A hook that adds `by` from the body or the query, 1 if there is none.
    private static func bump(_ name: String, session: HookSession) -> Hook<CounterAgent> {
        Hook(name, session: session, description: "Adds 'by' to the count") { agent, request in
            guard let amount = amount(in: request) else {
                return .json(["message": "'by' must be a whole number", "code": "by_invalid"], status: 400)
            }
            let count = try await agent.add(amount, by: name)
            return .json(["sessionId": .string(agent.session.id), "count": .int(count)])
        }
    }

    private static func amount(in request: HookRequest) -> Int? {
        if let value = request.json?["by"] { return value.int ?? value.string.flatMap { Int($0) } }
        if let text = request.query("by") { return Int(text) }
        return 1
    }

    @Sendable private static func userName(_ request: HookRequest) async throws -> String? {
        guard let user = request.body("user"), user.object != nil else { throw ToolError("'user' must be an object.") }
        return user["name"]?.string?.lowercased()
    }

    private static var jobs: [Job<CounterAgent>] {
        do {
            return [
                Job("tick", try CronExpression("* * * * * *")) { agent in await agent.tick() },
                Job("minute", try CronExpression("* * * * *"), timezone: BundledAgents.newYork) { agent in
                    await agent.session.log("A minute has gone by.")
                },
                .onAgent("sweep", try CronExpression("*/5 * * * * *")) {},
            ]
        } catch {
            preconditionFailure("A schedule above is wrong: \(error)")
        }
    }
}

extension CounterAgent {
    /// Adds when it is told to, and says the count.
    static let script = Script { request in
        if let result = request.freshResults.last {
            if result.isError { return [.text("That did not work: \(result.result.string ?? result.result.text)")] }
            return [.text("The count is \(result.result["count"]?.int ?? 0).")]
        }
        let words = request.lastUserText.lowercased().split(whereSeparator: \.isWhitespace)
        if words.count >= 2, words[0] == "add", let amount = Int(words[1]) {
            return [
                .toolCall(
                    ToolCall(id: "call_\(request.messages.count)", name: "add", arguments: ["amount": .int(amount)])
                )
            ]
        }
        let count = request.system.split(separator: " ").lazy.compactMap { Int($0) }.first ?? 0
        return [.text("The count is \(count).")]
    }
}
