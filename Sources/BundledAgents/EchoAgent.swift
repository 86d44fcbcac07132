public import Magma
internal import MagmaProviders

/// Answers with the last user message's text: for tests and measurements.
@Agent(provider: ScriptedProvider())
public actor EchoAgent {
    var turns = 0

    public func receive(_ message: Message) async throws -> Message {
        turns = turns == .max ? turns : turns + 1
        return message
    }
}
