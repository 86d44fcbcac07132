internal import Magma
internal import SessionModel

extension TurnExecution {
    /// Runs the tools that a message calls, in order; their results go into the context as one message.
    mutating func runTools(of message: Message, on session: isolated Session) async throws {
        var results: [Block] = []
        for call in message.toolCalls {
            try Task.checkCancellation()
            turn.listener?(.toolCall(call))
            let result = try await run(call, on: session)
            turn.listener?(.toolResult(result))
            results.append(.toolResult(result))
        }
        let answer = Message(id: session.newMessageID(), role: .user, blocks: results)
        session.record(.messageAdded(answer), cause: seq, turn: turn.id)
        added.append(answer.id)
    }

    private func run(_ call: ToolCall, on session: isolated Session) async throws -> ToolResult {
        let started = session.record(.toolStarted(call), cause: seq, turn: turn.id)
        session.begin("tool:\(call.name)")
        defer { session.finish("tool:\(call.name)") }
        try await session.store()
        let begin = session.services.time.uptime
        var result = await Cause.$current.withValue(started) { await outcome(of: call, on: session.agent) }
        result = await session.passToolMiddleware(result, turn, cause: started)
        session.recordReadings()
        session.record(
            .toolFinished(result, duration: session.services.time.uptime - begin),
            cause: started,
            turn: turn.id
        )
        return result
    }

    /// What a tool throws goes back to the model.
    private func outcome(of call: ToolCall, on agent: any AgentInstance) async -> ToolResult {
        do {
            let value = try await agent.runTool(call.name, call.arguments)
            return ToolResult(id: call.id, name: call.name, result: value)
        } catch {
            return ToolResult(id: call.id, name: call.name, result: .string(words(of: error)), isError: true)
        }
    }
}
