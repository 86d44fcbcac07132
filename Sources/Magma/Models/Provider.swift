public import SessionModel

/// A model, wherever it runs.
public protocol Provider: Sendable {
    /// Such as `openai`; shown in journals and errors.
    var name: String { get }
    var model: String { get }

    /// Asks the model for one message. Cancelling the task ends the request.
    ///
    /// - Parameter onDelta: called with each piece of the answer's text as it arrives.
    func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion
}

/// What a model is asked.
public struct CompletionRequest: Sendable {
    /// The agent that asks.
    public var agent: String
    public var system: String
    public var messages: [Message] {
        didSet { isPlainText = false }
    }
    public var tools: [ToolDescription]
    public var settings: TurnSettings
    /// Whether the messages are known to be nothing but texts, none of them blank.
    package var isPlainText = false

    public init(
        agent: String,
        system: String,
        messages: [Message],
        tools: [ToolDescription],
        settings: TurnSettings = TurnSettings()
    ) {
        self.agent = agent
        self.system = system
        self.messages = messages
        self.tools = tools
        self.settings = settings
    }
}

/// What a model answered.
public struct Completion: Sendable, Hashable {
    public var blocks: [Block]
    public var usage: Usage
    public var stopReason: StopReason

    public init(blocks: [Block], usage: Usage, stopReason: StopReason) {
        self.blocks = blocks
        self.usage = usage
        self.stopReason = stopReason
    }
}
