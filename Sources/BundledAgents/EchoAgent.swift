public import Magma
internal import MagmaProviders

/// Answers with the last user message's text: for tests and measurements.
public actor EchoAgent: Agent {
    var turns = 0

    public init() {}

    public static var definition: AgentDefinition<EchoAgent> {
        AgentDefinition(
            fields: [StateField("turns", read: { $0.turns }, write: { $0.turns = $1 })],
            provider: ScriptedProvider()
        )
    }

    public func receive(_ message: Message) async throws -> Message {
        turns += 1
        return message
    }
}
