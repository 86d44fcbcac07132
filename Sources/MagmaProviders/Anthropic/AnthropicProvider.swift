public import Magma

/// A model behind Anthropic's messages API.
public struct AnthropicProvider: Provider {
    public static let defaultBaseURL = "https://api.anthropic.com"

    public let name = "anthropic"
    public let model: String

    private let client: ModelClient<AnthropicDialect>

    /// - Parameters:
    ///   - key: sent as `x-api-key`.
    ///   - baseURL: with or without `/v1`.
    ///   - streams: whether to request a streamed answer.
    ///   - options: what the server accepts, where that differs from what is known of the model.
    public init(
        model: String,
        key: String? = nil,
        baseURL: String = defaultBaseURL,
        streams: Bool = true,
        limits: ModelLimits = ModelLimits(),
        options: ModelOptions = ModelOptions()
    ) {
        self.init(model: model, key: key, baseURL: baseURL, streams: streams, limits: limits, options: options) {
            try await Task.sleep(for: $0)
        }
    }

    init(
        model: String,
        key: String?,
        baseURL: String,
        streams: Bool,
        limits: ModelLimits,
        options: ModelOptions = ModelOptions(),
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.model = model
        let base = baseURL.withoutSlash
        client = ModelClient(
            name: name,
            endpoint: base.hasSuffix("/v1") ? base + "/messages" : base + "/v1/messages",
            headers: [("anthropic-version", "2023-06-01")] + (key.map { [("x-api-key", $0)] } ?? []),
            dialect: AnthropicDialect(model: model, streams: streams),
            streams: streams,
            limits: limits,
            options: options,
            pause: pause
        )
    }

    public func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        try await client.complete(request, onDelta: onDelta)
    }
}
