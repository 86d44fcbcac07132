internal import Foundation
package import Magma
package import SessionModel
internal import Synchronization
internal import WorkPool

/// One live agent of whatever type.
package protocol AgentInstance: AnyObject, Sendable {
    func readState() async throws -> JSON
    func writeState(_ state: JSON.Object) async throws
    /// Restores the values of fields that still have the value of `now`, so that no other change is lost.
    func putBack(_ before: JSON.Object, from now: JSON.Object) async throws
    /// Reads the state for ``takeReadings()``. Tools, hooks, jobs and middleware do so themselves when they end, before
    /// anything else of the agent can run.
    func noteState(cause: Int?, turn: String?) async
    /// What was read since the last call, in that order.
    func takeReadings() -> [StateReading]
    /// Whether a callback is the protocol's default, which does nothing and need not be called.
    func leavesOut(_ callback: DefaultCallbacks.Callback) -> Bool
    func instructions() async -> String
    func setup(_ input: JSON) async throws
    func receive(_ message: Message) async throws -> Message
    func settings(for message: Message) async throws -> TurnSettings
    func heard(_ usage: Usage) async
    func failed(_ error: any Error) async
    func socketClosed(code: Int, reason: String) async
    func cleanUp() async
    func enabledTools() async -> [ToolDescription]
    func runTool(_ name: String, _ arguments: JSON) async -> Handled<JSON>
    func runHook(_ name: String, _ request: HookRequest) async -> Handled<HookResponse?>
    func runJob(_ name: String) async -> Handled<Void>
    func runMiddleware(at index: Int, _ message: Message) async -> Handled<Message>
}

/// An agent's state at one moment, and on whose behalf it was read.
package struct StateReading: Sendable {
    let state: Result<JSON, any Error>
    let cause: Int?
    let turn: String?
}

/// What all instances of an agent's type share.
final class LiveAgentType<A: Agent>: Sendable {
    let definition: AgentDefinition<A>
    let defaults = DefaultCallbacks.of(A.self)

    init(_ definition: AgentDefinition<A>) { self.definition = definition }
}

/// An author's agent behind ``AgentInstance``. Its code runs on the pool, for it may block.
final class LiveAgent<A: Agent>: AgentInstance {
    private let agent: A
    private let type: LiveAgentType<A>
    private let readings = Mutex<[StateReading]>([])

    init(_ agent: A, _ type: LiveAgentType<A>) {
        self.agent = agent
        self.type = type
    }

    func readState() async throws -> JSON { try await apart { try await agent.readState(type.definition.fields) } }

    func noteState(cause: Int?, turn: String?) async { await apart { await note(cause, turn, on: agent) } }

    func takeReadings() -> [StateReading] {
        readings.withLock { readings in
            defer { readings = [] }
            return readings
        }
    }

    private func apart<Value>(_ work: () async throws -> Value) async rethrows -> Value {
        if WorkPool.isPreferred { return try await work() }
        return try await withTaskExecutorPreference(WorkPool.shared) { try await work() }
    }

    private func note(_ cause: Int?, _ turn: String?, on agent: isolated A) {
        let state = Result { try agent.readState(type.definition.fields) }
        readings.withLock { $0.append(StateReading(state: state, cause: cause, turn: turn)) }
    }

    /// Runs a handler on the agent and reads the state while the agent still stands where the handler left it.
    private func run<Value: Sendable>(
        on agent: isolated A,
        _ handler: (A) async throws -> Value
    ) async -> Handled<Value> {
        let result: Result<Value, any Error>
        do { result = .success(try await handler(agent)) } catch { result = .failure(error) }
        let cause = SessionHandle.current.cause
        note(cause.event, cause.turn, on: agent)
        return Handled(result)
    }

    func putBack(_ before: JSON.Object, from now: JSON.Object) async throws {
        try await apart { try await putBack(before, from: now, on: agent) }
    }

    private func putBack(_ before: JSON.Object, from now: JSON.Object, on agent: isolated A) throws {
        let state = try agent.readState(type.definition.fields)
        let unchanged = before.filter { state[$0.name] == now[$0.name] }
        try agent.writeState(JSON.Object(unchanged.map { ($0.name, $0.value) }), type.definition.fields)
    }

    func writeState(_ state: JSON.Object) async throws {
        try await apart { try await agent.writeState(state, type.definition.fields) }
    }
    func leavesOut(_ callback: DefaultCallbacks.Callback) -> Bool { type.defaults.contains(callback) }
    func instructions() async -> String { await apart { await agent.instructions } }
    func setup(_ input: JSON) async throws { try await apart { try await agent.setup(input) } }
    func receive(_ message: Message) async throws -> Message {
        try await apart { try await agent.receive(message) }
    }
    func settings(for message: Message) async throws -> TurnSettings {
        try await apart { try await agent.settings(for: message) }
    }
    func heard(_ usage: Usage) async { await apart { await agent.onUsage(usage) } }
    func failed(_ error: any Error) async { await apart { await agent.onError(error) } }
    func socketClosed(code: Int, reason: String) async {
        await apart { await agent.onSocketClosed(code: code, reason: reason) }
    }
    func cleanUp() async { await apart { await agent.onCleanup() } }

    func enabledTools() async -> [ToolDescription] {
        var enabled: [ToolDescription] = []
        for tool in type.definition.tools where await apart({ await tool.isEnabled(agent) }) {
            enabled.append(ToolDescription(name: tool.name, description: tool.description, parameters: tool.parameters))
        }
        return enabled
    }

    func runTool(_ name: String, _ arguments: JSON) async -> Handled<JSON> {
        guard let tool = type.definition.tools.first(where: { $0.name.isExactly(name) }),
            await apart({ await tool.isEnabled(agent) })
        else {
            let tools = type.definition.tools.map(\.name).joined(separator: ", ")
            return Handled(.failure(ToolError("There is no tool '\(name)'; the tools are \(tools).")))
        }
        return await apart { await run(on: agent) { try await tool.run($0, arguments) } }
    }

    func runHook(_ name: String, _ request: HookRequest) async -> Handled<HookResponse?> {
        guard case .onSession(_, let run) = type.definition.hooks.first(where: { $0.name == name })?.action else {
            return Handled(.success(nil))
        }
        return await apart {
            await self.run(on: agent) { agent in try await self.tellingFailures { try await run(agent, request) } }
        }
    }

    func runJob(_ name: String) async -> Handled<Void> {
        guard case .onSession(let run) = type.definition.jobs.first(where: { $0.name == name })?.action else {
            return Handled(.success(()))
        }
        return await apart {
            await self.run(on: agent) { agent in try await self.tellingFailures { try await run(agent) } }
        }
    }

    private func tellingFailures<Value>(_ run: () async throws -> Value) async throws -> Value {
        do { return try await run() } catch {
            await agent.onError(error)
            throw error
        }
    }

    func runMiddleware(at index: Int, _ message: Message) async -> Handled<Message> {
        await apart { await run(on: agent) { try await type.definition.middleware[index].run($0, message) } }
    }
}
