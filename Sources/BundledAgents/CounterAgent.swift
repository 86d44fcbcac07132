internal import Foundation
public import Magma
internal import MagmaProviders

/// Counts: by chat, by hooks of every kind, and by the clock.
@Agent
public actor CounterAgent {
    var count = 0
    var ticks = 0
    var lastBy: String?

    public var instructions: String {
        "You keep a count, which is \(count) now. Use the tool add when the user wants to change it."
    }

    /// Adds an amount, which may be negative, to the count
    /// - Parameter amount: How much to add
    @Tool
    func add(amount: Int) throws -> [String: Int] { ["count": try bump(amount, by: "chat")] }

    func bump(_ amount: Int, by: String) throws -> Int {
        let (sum, overflows) = count.addingReportingOverflow(amount)
        guard !overflows else { throw ToolError("\(count) and \(amount) are too much for this counter.") }
        count = sum
        lastBy = by
        return count
    }

    // MARK: Jobs

    @Job("* * * * * *")
    func tick() { ticks = ticks == .max ? ticks : ticks + 1 }

    @Job("* * * * *", timezone: "America/New_York")
    func minute() async { await session.log("A minute has gone by.") }

    @Job("*/5 * * * * *")
    static func sweep() {}

    // MARK: Hooks

    @Hook("bump", session: .body("user.id"), description: "Adds 'by' to the count")
    func bumpBody(_ request: HookRequest) throws -> HookResponse { try bump(request, "bump") }

    @Hook("bump-query", session: .query("sessionId"), description: "Adds 'by' to the count")
    func bumpQuery(_ request: HookRequest) throws -> HookResponse { try bump(request, "bump-query") }

    @Hook("bump-header", session: .headers("x-session-id"), description: "Adds 'by' to the count")
    func bumpHeader(_ request: HookRequest) throws -> HookResponse { try bump(request, "bump-header") }

    @Hook("bump-default", session: .fixed("default"), description: "Adds 'by' to the count")
    func bumpDefault(_ request: HookRequest) throws -> HookResponse { try bump(request, "bump-default") }

    @Hook("bump-anyone", description: "Adds 'by' to the count")
    func bumpAnyone(_ request: HookRequest) throws -> HookResponse { try bump(request, "bump-anyone") }

    @Hook("bump-computed", session: .computed(CounterAgent.userName), description: "Adds 'by' to the count")
    func bumpComputed(_ request: HookRequest) throws -> HookResponse { try bump(request, "bump-computed") }

    @Hook("fail", description: "Always throws")
    func fail() throws -> HookResponse { throw ToolError("This hook fails on purpose.") }

    @Hook("slow", description: "Waits as many seconds as the query says")
    func slow(_ request: HookRequest) async throws -> HookResponse {
        let seconds = request.query("seconds").flatMap(Double.init) ?? 1
        try await Task.sleep(for: .seconds(max(0, min(seconds, 3600))))
        return .json(["waited": .double(seconds)])
    }

    @Hook("about", description: "Says which agent this is")
    static func about() -> HookResponse { .json(["agent": "counter"]) }
}

extension CounterAgent {
    /// Adds `by` from the body or the query, 1 if there is none.
    private func bump(_ request: HookRequest, _ hook: String) throws -> HookResponse {
        guard let amount = Self.amount(in: request) else {
            return .json(["message": "'by' must be a whole number", "code": "by_invalid"], status: 400)
        }
        return .json(["sessionId": .string(session.id), "count": .int(try bump(amount, by: hook))])
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
            let call = ToolCall(id: request.newCallID, name: "add", arguments: ["amount": .int(amount)])
            return [.toolCall(call)]
        }
        let count = request.system.split(separator: " ").lazy.compactMap { Int($0) }.first ?? 0
        return [.text("The count is \(count).")]
    }
}
