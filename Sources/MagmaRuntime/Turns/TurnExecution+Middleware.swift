internal import Magma
internal import SessionModel

/// What a middleware threw, and which one it was.
struct MiddlewareFailure: Error {
    static let maximumTries = 5

    let name: String
    let isCritical: Bool
    let text: String
}

extension TurnExecution {
    /// Sends a message through the middleware of a trigger, in order.
    ///
    /// - Returns: what came out; `nil` when there is no middleware.
    /// - Throws: ``MiddlewareFailure``, or `CancellationError`.
    func passMiddleware(
        _ trigger: MiddlewareTrigger,
        _ message: Message,
        cause: Int,
        on session: isolated Session
    ) async throws -> Message? {
        guard let slots = session.blueprint.middleware[trigger.rawValue] else { return nil }
        var message = message
        for slot in slots {
            message = try await pass(slot, trigger.rawValue, message, cause: cause, on: session)
        }
        return message
    }

    private func pass(
        _ slot: AgentBlueprint.MiddlewareSlot,
        _ trigger: String,
        _ message: Message,
        cause: Int,
        on session: isolated Session
    ) async throws -> Message {
        let started = session.record(
            .middlewareStarted(trigger: trigger, name: slot.name, before: message.json),
            cause: cause,
            turn: turn.id
        )
        do {
            let agent = session.agent
            let scope = session.handle(because: SessionHandle.Cause(event: started, turn: turn.id))
            let handled = await SessionHandle.$current.withValue(scope) {
                await agent.runMiddleware(at: slot.index, message)
            }
            var changed = try await handled.value(recordedIn: session)
            try Task.checkCancellation()
            try changed.checkNesting()
            changed.id = message.id
            session.record(
                .middlewareFinished(trigger: trigger, name: slot.name, after: changed.json, error: nil),
                cause: started,
                turn: turn.id
            )
            return changed
        } catch {
            session.record(
                .middlewareFinished(trigger: trigger, name: slot.name, after: nil, error: "\(error)"),
                cause: started,
                turn: turn.id
            )
            if Task.isCancelled { throw CancellationError() }
            throw MiddlewareFailure(name: slot.name, isCritical: slot.critical, text: "\(error)")
        }
    }

    /// onToolExecution: what it throws becomes the result, marked as an error.
    func passToolMiddleware(_ result: ToolResult, cause: Int, on session: isolated Session) async -> ToolResult {
        let message = Message(role: .user, blocks: [.toolResult(result)])
        do {
            return try await passMiddleware(.onToolExecution, message, cause: cause, on: session)?.toolResults.first
                ?? result
        } catch let error as MiddlewareFailure {
            return ToolResult(id: result.id, name: result.name, result: .string(error.text), isError: true)
        } catch {
            return result
        }
    }
}
