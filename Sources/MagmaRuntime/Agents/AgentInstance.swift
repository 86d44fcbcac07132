internal import Foundation
package import Magma
package import SessionModel
internal import Synchronization

/// One live agent of whatever type.
package protocol AgentInstance: Sendable {
    /// The state, and a number that tells later readings from earlier ones.
    func readState() async throws -> (state: JSON, reading: Int)
    func writeState(_ state: JSON.Object) async throws
    func instructions() async -> String
    func setup(_ input: JSON) async throws
    func receive(_ message: Message) async throws -> Message
    func settings(for message: Message) async throws -> TurnSettings
    func heard(_ usage: Usage) async
    func failed(_ error: any Error) async
    func socketClosed(code: Int, reason: String) async
    func cleanUp() async
    func enabledTools() async -> [ToolDescription]
    func runTool(_ name: String, _ arguments: JSON) async throws -> JSON
    func runHook(_ name: String, _ request: HookRequest) async throws -> HookResponse?
    func runJob(_ name: String) async throws
    func runMiddleware(at index: Int, _ message: Message) async throws -> Message
}

/// An author's agent behind ``AgentInstance``.
final class LiveAgent<A: Agent>: AgentInstance {
    private let agent: A
    private let definition: AgentDefinition<A>
    private let readings = Atomic(0)

    init(_ agent: A, _ definition: AgentDefinition<A>) {
        self.agent = agent
        self.definition = definition
    }

    func readState() async throws -> (state: JSON, reading: Int) { try await read(on: agent) }

    /// The number is drawn while the agent stands still, so it orders readings as they were made.
    private func read(on agent: isolated A) throws -> (state: JSON, reading: Int) {
        (try agent.readState(definition.fields), readings.add(1, ordering: .relaxed).newValue)
    }

    func writeState(_ state: JSON.Object) async throws { try await agent.writeState(state, definition.fields) }
    func instructions() async -> String { await agent.instructions }
    func setup(_ input: JSON) async throws { try await agent.setup(input) }
    func receive(_ message: Message) async throws -> Message { try await agent.receive(message) }
    func settings(for message: Message) async throws -> TurnSettings { try await agent.settings(for: message) }
    func heard(_ usage: Usage) async { await agent.onUsage(usage) }
    func failed(_ error: any Error) async { await agent.onError(error) }
    func socketClosed(code: Int, reason: String) async { await agent.onSocketClosed(code: code, reason: reason) }
    func cleanUp() async { await agent.onCleanup() }

    func enabledTools() async -> [ToolDescription] {
        var enabled: [ToolDescription] = []
        for tool in definition.tools where await tool.isEnabled(agent) {
            enabled.append(ToolDescription(name: tool.name, description: tool.description, parameters: tool.parameters))
        }
        return enabled
    }

    func runTool(_ name: String, _ arguments: JSON) async throws -> JSON {
        guard let tool = definition.tools.first(where: { $0.name == name }), await tool.isEnabled(agent) else {
            throw ToolError(
                "There is no tool '\(name)'; the tools are \(definition.tools.map(\.name).joined(separator: ", "))."
            )
        }
        return try await tool.run(agent, arguments)
    }

    func runHook(_ name: String, _ request: HookRequest) async throws -> HookResponse? {
        guard case .onSession(_, let run) = definition.hooks.first(where: { $0.name == name })?.action else {
            return nil
        }
        return try await tellingFailures { try await run(agent, request) }
    }

    func runJob(_ name: String) async throws {
        guard case .onSession(let run) = definition.jobs.first(where: { $0.name == name })?.action else { return }
        try await tellingFailures { try await run(agent) }
    }

    private func tellingFailures<Value: Sendable>(_ run: () async throws -> Value) async throws -> Value {
        do { return try await run() } catch {
            await agent.onError(error)
            throw error
        }
    }

    func runMiddleware(at index: Int, _ message: Message) async throws -> Message {
        try await definition.middleware[index].run(agent, message)
    }
}
