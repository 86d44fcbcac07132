internal import AsyncHTTPClient
internal import Magma
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SessionModel
internal import Synchronization

/// What is specific to a provider's API: how to write a request and read an answer. No I/O.
protocol ModelDialect: Sendable {
    associatedtype Answer: ModelAnswer

    /// What its servers accept, unless more is known of the model or the server.
    var defaults: ModelOptions { get }
    /// The model to use when the request names none.
    var model: String { get }
    func body(of request: CompletionRequest, _ options: ModelOptions) -> JSON
    /// The reader of one answer.
    func answer(to request: CompletionRequest) -> Answer
}

extension ModelDialect {
    /// The options of a request. A turn's own come first, then those of the command line, then what the server has refused
    /// before, then what is known of the model.
    func options(
        of request: CompletionRequest,
        _ own: ModelOptions = ModelOptions(),
        _ learned: ModelOptions = ModelOptions()
    ) -> ModelOptions {
        let known = ModelCapabilities.options(of: request.settings.model ?? model).over(defaults)
        return request.settings.options.over(own).over(learned).over(known)
    }
}

/// An answer as it comes in.
protocol ModelAnswer: Sendable {
    /// Adds a chunk of the stream: an object that is not an error.
    ///
    /// - Returns: the text in it.
    mutating func add(_ piece: JSON) throws(ModelAnswerProblem) -> String
    /// Called when the stream announces its end.
    mutating func end() throws(ModelAnswerProblem)
    /// Adds the whole answer to a request that does not stream.
    mutating func add(whole: JSON) throws(ModelAnswerProblem) -> String
    /// Whether the answer is complete; more may follow, such as token counts.
    var isWhole: Bool { get }
    /// Whether nothing more follows.
    var isOver: Bool { get }
    var completion: Completion { get }
}

/// What is wrong with an answer.
enum ModelAnswerProblem: Error {
    case malformed(String)
    /// The provider says in its answer that it failed.
    ///
    /// - Parameter isPassing: whether asking again may help.
    case failed(String, isPassing: Bool)
}

/// Sends requests to a model over HTTP, and retries when that may help.
final class ModelClient<Dialect: ModelDialect>: Sendable {
    /// Maximum bytes of one answer, whole or streamed.
    private static var largestAnswer: Int { 32 << 20 }

    private let name: String
    private let endpoint: String
    private let headers: HTTPHeaders
    private let dialect: Dialect
    private let streams: Bool
    private let limits: ModelLimits
    private let pause: @Sendable (Duration) async throws -> Void
    private let client: HTTPClient
    private let own: ModelOptions
    /// What servers have refused, by model.
    private let lessons = Mutex<[String: ModelOptions]>([:])

    init(
        name: String,
        endpoint: String,
        headers: [(String, String)],
        dialect: Dialect,
        streams: Bool,
        limits: ModelLimits,
        options: ModelOptions,
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.name = name
        self.endpoint = endpoint
        self.headers = HTTPHeaders(
            headers + [
                ("content-type", "application/json"),
                ("accept", streams ? "text/event-stream" : "application/json"),
            ]
        )
        self.dialect = dialect
        self.streams = streams
        self.limits = limits
        own = options
        self.pause = pause
        let timeout = HTTPClient.Configuration.Timeout(
            connect: TimeAmount(limits.connect),
            read: TimeAmount(limits.silence)
        )
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: timeout)
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = StatusCheck.add
        configuration.connectionPool.retryConnectionEstablishment = false
        // Each request has a connection while the model answers, which may take minutes.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, limits.requests)
        client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }

    deinit { client.shutdown { _ in } }

    func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        let model = request.settings.model ?? dialect.model
        var options = dialect.options(of: request, own, lessons.withLock { $0[model] ?? ModelOptions() })
        var retry = 0
        var isAdapted = false
        while true {
            var said = false
            let body = dialect.body(of: request, options)
            do {
                return try await ask(body.text, dialect.answer(to: request)) { text in
                    said = true
                    onDelta(text)
                }
            } catch let error as ProviderError {
                // Retry once without the option that the server refused, and leave it out of later requests.
                if !said, !isAdapted, let lesson = RefusedOption.lesson(from: error, body, options) {
                    isAdapted = true
                    options = lesson.over(options)
                    lessons.withLock { $0[model] = lesson.over($0[model] ?? ModelOptions()) }
                    continue
                }
                guard !said, error.isPassing, retry < limits.retries,
                    let wait = limits.wait(before: retry, asked: error.retryAfter, chance: .random(in: 0...1))
                else { throw error }
                try await pause(wait)
                retry += 1
            }
        }
    }

    /// - Throws: ``ProviderError``, or `CancellationError`.
    private func ask(
        _ body: String,
        _ answer: Dialect.Answer,
        _ say: (String) -> Void
    ) async throws -> Completion {
        var request = HTTPClientRequest(url: endpoint)
        request.method = .POST
        request.headers = headers
        if let trace = TraceContext.current { request.headers.add(name: "traceparent", value: "\(trace.next())") }
        request.body = .bytes(ByteBuffer(string: body))
        do {
            let response = try await client.execute(request, timeout: TimeAmount(limits.answer))
            guard (200..<300).contains(response.status.code) else { throw await refusal(response) }
            return try await read(response, answer, say)
        } catch let error as ProviderError {
            // Keys are removed wherever the provider's message quotes them.
            throw ProviderError(error.provider, error.reason, withoutKeys(error.words), retryAfter: error.retryAfter)
        } catch let problem as ModelAnswerProblem {
            throw self.error(of: problem)
        } catch {
            try Task.checkCancellation()
            throw self.error(of: error)
        }
    }

    private func read(
        _ response: HTTPClientResponse,
        _ answer: Dialect.Answer,
        _ say: (String) -> Void
    ) async throws -> Completion {
        let body = ModelBody(response.body, limit: Self.largestAnswer)
        var reader = AnswerReader(answer)
        do {
            try await withTaskCancellationHandler {
                try await read(body, &reader, say)
            } onCancel: {
                body.cancel()
            }
        } catch  where reader.isWhole && !Task.isCancelled {
            // An error after a complete answer does not matter.
        } catch {
            body.cancel()
            throw error
        }
        body.drain()
        try Task.checkCancellation()
        return try reader.completion(of: name)
    }

    private func read(_ body: ModelBody, _ reader: inout AnswerReader<Dialect.Answer>, _ say: (String) -> Void)
        async throws
    {
        var isEnding = false
        for try await piece in body.pieces {
            try reader.add(piece.readableBytesView, say)
            if reader.isOver { return }
            if reader.isWhole, !isEnding {
                isEnding = true
                body.end(after: limits.afterEnd)
            }
        }
        try reader.finish(say)
    }
}

// MARK: Failures

extension ModelClient {
    private func refusal(_ response: HTTPClientResponse) async -> ProviderError {
        let bytes = (try? await response.body.collect(upTo: 64 << 10)).map { Array($0.readableBytesView) } ?? []
        return ProviderError(
            name,
            .status(Int(response.status.code)),
            withoutKeys(Self.words(of: bytes) ?? response.status.reasonPhrase),
            retryAfter: response.headers.first(name: "retry-after").flatMap { RetryAfter.seconds($0) }
        )
    }

    /// A provider's message without credentials, above all our own key: providers quote a key that they refuse, and
    /// their messages go into the journal and to the client.
    private func withoutKeys(_ words: String) -> String {
        let own = headers.filter { !publicHeaders.contains($0.name.lowercased()) }.map(\.value)
        let keys = own.flatMap { $0.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) } }
        return Credentials.removed(from: words, knowing: keys)
    }

    /// The message of `{"error":{"message":…}}`, `{"error":…}` or `{"message":…}`; else the text itself.
    private static func words(of bytes: [UInt8]) -> String? {
        guard let json = try? JSON(parsing: bytes) else {
            let text = String(decoding: bytes.prefix(300), as: UTF8.self)
            return text.unicodeScalars.allSatisfy(\.properties.isWhitespace) ? nil : text
        }
        return json["error"]?["message"]?.string ?? json["error"]?.string ?? json["message"]?.string ?? json.text
    }

    private func error(of problem: ModelAnswerProblem) -> ProviderError {
        switch problem {
        case .malformed(let words): ProviderError(name, .malformed, withoutKeys(words))
        case .failed(let words, true): ProviderError(name, .interrupted, withoutKeys(words))
        case .failed(let words, false): ProviderError(name, .refused, withoutKeys(words))
        }
    }

    private func error(of error: any Error) -> ProviderError {
        if error is ServerSentEvents.TooLong || error is NIOTooManyBytesError {
            return ProviderError(name, .malformed, "a piece of the answer is too long")
        }
        if let error = error as? StatusCheck.NoStatus {
            return ProviderError(name, .malformed, "\(error.code) is not an HTTP status")
        }
        return switch error as? HTTPClientError {
        case .readTimeout: ProviderError(name, .timeout, "it was silent for \(limits.silence.formatted)")
        case .deadlineExceeded:
            ProviderError(name, .timeout, "the answer was not complete after \(limits.answer.formatted)")
        case .connectTimeout:
            ProviderError(name, .connection, "no connection within \(limits.connect.formatted)")
        case .getConnectionFromPoolTimeout:
            ProviderError(
                name,
                .connection,
                "no connection within \(limits.connect.formatted); at most \(limits.requests) requests are sent at once"
            )
        case .remoteConnectionClosed: ProviderError(name, .interrupted, "it closed the connection")
        default: ProviderError(name, .connection, String(describing: error))
        }
    }
}

extension Duration {
    fileprivate var formatted: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}

/// Request headers whose values are not secret.
private let publicHeaders: Set<String> = ["accept", "anthropic-version", "content-type", "host", "user-agent"]
