internal import Foundation
internal import Magma
internal import SessionModel

extension AgentBlueprint {
    /// An agent of which only records are at hand: its sessions can be looked at, and do nothing.
    ///
    /// - Throws: ``RuntimeError`` when the id is not allowed.
    package convenience init(recorded id: String) throws { try self.init(id: id, make: { RecordedAgent() }) }
}

/// Takes any state, and does nothing.
private actor RecordedAgent: AgentInstance {
    private var state = JSON.Object()

    func readState() async throws -> JSON { .object(state) }
    func writeState(_ state: JSON.Object) async throws { self.state = state }
    func putBack(_ before: JSON.Object, from now: JSON.Object) async throws {}
    func noteState(cause: Int?, turn: String?) async {}
    nonisolated func takeReadings() -> [StateReading] { [] }
    nonisolated func leavesOut(_ callback: DefaultCallbacks.Callback) -> Bool { false }
    func instructions() async -> String { "" }
    func setup(_ input: JSON) async throws {}
    func receive(_ message: Message) async throws -> Message { throw Self.nobody }
    func settings(for message: Message) async throws -> TurnSettings { throw Self.nobody }
    func heard(_ usage: Usage) async {}
    func failed(_ error: any Error) async {}
    func socketClosed(code: Int, reason: String) async {}
    func cleanUp() async {}
    func enabledTools() async -> [ToolDescription] { [] }
    func runTool(_ name: String, _ arguments: JSON) async -> Handled<JSON> { Handled(.failure(Self.nobody)) }
    func runHook(_ name: String, _ request: HookRequest) async -> Handled<HookResponse?> {
        Handled(.failure(Self.nobody))
    }
    func runJob(_ name: String) async -> Handled<Void> { Handled(.failure(Self.nobody)) }
    func runMiddleware(at index: Int, _ message: Message) async -> Handled<Message> { Handled(.failure(Self.nobody)) }

    private static var nobody: ToolError { ToolError("Only the records of this agent are here, not the agent.") }
}
