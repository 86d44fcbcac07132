/// Settings of one turn for its model, besides what the agent always sends.
public struct TurnSettings: Sendable {
    /// Where the model is; `nil` for the agent's, else the runtime's.
    public var provider: (any Provider)?
    /// The model's name; `nil` for the provider's.
    public var model: String?
    /// The most tokens of one answer; `nil` for the provider's.
    public var maxTokens: Int?
    /// From 0, the likeliest words, to 2; `nil` for the model's.
    public var temperature: Double?
    /// Which tool the first completion has to call; later ones choose freely, or the turn would never end.
    public var toolChoice: ToolChoice
    /// How long the model thinks first; `nil` for the model's default.
    public var reasoning: ReasoningEffort?
    /// What the model's server accepts, where that differs from what is known.
    public var options: ModelOptions

    public init(
        provider: (any Provider)? = nil,
        model: String? = nil,
        maxTokens: Int? = nil,
        temperature: Double? = nil,
        toolChoice: ToolChoice = .automatic,
        reasoning: ReasoningEffort? = nil,
        options: ModelOptions = ModelOptions()
    ) {
        self.provider = provider
        self.model = model
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.toolChoice = toolChoice
        self.reasoning = reasoning
        self.options = options
    }
}

/// Whether a model may, must or must not call tools.
public enum ToolChoice: Sendable, Hashable {
    case automatic
    case none
    /// At least one, whichever.
    case required
    case tool(String)
}

public enum ReasoningEffort: String, Sendable, Hashable {
    case low, medium, high
}
