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
        defer { session.finishNow("tool:\(call.name)") }
        try await session.store()
        let begin = session.services.time.uptime
        var result = await outcome(of: call, cause: started, on: session)
        // What was recorded has passed it.
        let isRecorded = turn.conditions?.tools != nil
        let passed = isRecorded ? result : await passToolMiddleware(result, cause: started, on: session)
        result = within(session.services.limits.result, passed)
        if let refusal = session.ledger.refusal(of: started) {
            result.result = .string("\(refusal.message) It is as it was before.")
            result.isError = true
        }
        session.record(
            .toolFinished(result, duration: session.services.time.uptime - begin),
            cause: started,
            turn: turn.id
        )
        return result
    }

    /// The result, or that it is too large: what stands in the context is sent to the model with every turn.
    private func within(_ limit: Int, _ result: ToolResult) -> ToolResult {
        let size = result.result.size
        guard size > limit else { return result }
        var refused = result
        refused.result = .string(
            "The result of the tool '\(result.name)' takes \(size) bytes, more than the limit of \(limit)."
        )
        refused.isError = true
        return refused
    }

    /// The outcome of a call. A thrown error or a timeout becomes the result that the model sees.
    private func outcome(of call: ToolCall, cause: Int, on session: isolated Session) async -> ToolResult {
        if let recorded = turn.conditions?.tools {
            return await session.repeated(call, from: recorded, cause: cause, turn: turn.id)
        }
        let limit = session.services.limits.handlers.tool
        let problem: String
        do {
            let value = try await session.run(for: cause, turn: turn.id, within: limit) {
                await $0.runTool(call.name, call.arguments)
            }
            let result = try value.shallow("The result of the tool '\(call.name)'")
            return ToolResult(id: call.id, name: call.name, result: result)
        } catch let exceeded as TimeLimitExceeded {
            problem = "The tool '\(call.name)' \(exceeded.words(limit: limit))."
        } catch {
            problem = "\(error)"
        }
        return ToolResult(id: call.id, name: call.name, result: .string(problem), isError: true)
    }
}
