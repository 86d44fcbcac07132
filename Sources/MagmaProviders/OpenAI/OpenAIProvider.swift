public import Magma

/// A model behind the chat completions API of OpenAI, which Groq, Ollama, vLLM, llama.cpp and others speak too.
public struct OpenAIProvider: Provider {
    public static let defaultBaseURL = "https://api.openai.com/v1"

    public let name = "openai"
    public let model: String

    private let client: ModelClient<OpenAIDialect>

    /// - Parameters:
    ///   - key: sent as a bearer token; `nil` for servers that want none.
    ///   - baseURL: up to and including `/v1`.
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
        client = ModelClient(
            name: name,
            endpoint: baseURL.withoutSlash + "/chat/completions",
            headers: key.map { [("authorization", "Bearer \($0)")] } ?? [],
            dialect: OpenAIDialect(
                model: model,
                streams: streams,
                isOpenAI: baseURL.withoutSlash == Self.defaultBaseURL
            ),
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
