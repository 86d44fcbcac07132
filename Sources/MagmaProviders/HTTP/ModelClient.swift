internal import AsyncHTTPClient
internal import Magma
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SessionModel

/// What a provider's API has of its own: how it is asked, and how its answer is read. No I/O.
protocol ModelDialect: Sendable {
    associatedtype Answer: ModelAnswer

    func body(of request: CompletionRequest) -> JSON
    /// The reader of one answer.
    func answer(to request: CompletionRequest) -> Answer
}

/// An answer as it comes in.
protocol ModelAnswer: Sendable {
    /// Takes an event of the stream.
    ///
    /// - Returns: the text that it brought.
    mutating func add(_ event: ServerSentEvents.Event) throws(ModelAnswerProblem) -> String
    /// Takes the answer of a request that does not stream.
    mutating func add(whole: JSON) throws(ModelAnswerProblem) -> String
    /// Whether all of it has come.
    var isWhole: Bool { get }
    var completion: Completion { get }
}

/// What is wrong with an answer.
enum ModelAnswerProblem: Error {
    case malformed(String)
    /// The provider says, in the middle of its stream, that it failed.
    case failed(String)
}

/// Asks a model over HTTP, again when that may help.
final class ModelClient<Dialect: ModelDialect>: Sendable {
    /// Bytes of one answer, whole or streamed.
    private static var largestAnswer: Int { 32 << 20 }

    private let name: String
    private let endpoint: String
    private let headers: HTTPHeaders
    private let dialect: Dialect
    private let streams: Bool
    private let limits: ModelLimits
    private let pause: @Sendable (Duration) async throws -> Void
    private let client: HTTPClient

    init(
        name: String,
        endpoint: String,
        headers: [(String, String)],
        dialect: Dialect,
        streams: Bool,
        limits: ModelLimits,
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
        self.pause = pause
        let timeout = HTTPClient.Configuration.Timeout(
            connect: TimeAmount(limits.connect),
            read: TimeAmount(limits.silence)
        )
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: timeout)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }

    deinit { client.shutdown { _ in } }

    func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        let body = dialect.body(of: request).text
        var retry = 0
        while true {
            var said = false
            do {
                return try await ask(body, dialect.answer(to: request)) { text in
                    said = true
                    onDelta(text)
                }
            } catch let error as ProviderError {
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
            throw error
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
        var answer = answer
        if response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true {
            try await read(response.body, &answer, say)
        } else {
            let whole = try await response.body.collect(upTo: Self.largestAnswer)
            guard let json = try? JSON(parsing: Array(whole.readableBytesView)) else {
                throw ModelAnswerProblem.malformed("the answer is not JSON")
            }
            let text = try answer.add(whole: json)
            if !text.isEmpty { say(text) }
        }
        guard answer.isWhole else {
            throw ProviderError(name, .interrupted, "the stream ended before the answer did")
        }
        return answer.completion
    }

    /// Reads to the end, so that the connection can be used again; what goes wrong after the whole answer does not matter.
    private func read(
        _ body: HTTPClientResponse.Body,
        _ answer: inout Dialect.Answer,
        _ say: (String) -> Void
    ) async throws {
        var events = ServerSentEvents()
        var bytes = 0
        do {
            for try await piece in body {
                bytes += piece.readableBytes
                if bytes > Self.largestAnswer { throw ServerSentEvents.TooLong() }
                for event in try events.add(piece.readableBytesView) {
                    let text = try answer.add(event)
                    if !text.isEmpty { say(text) }
                }
            }
        } catch  where answer.isWhole && !Task.isCancelled {}
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

    /// What a provider says, without credentials, the own key first of all: providers quote it when they refuse it, and what
    /// they say goes into the journal and to the client.
    private func withoutKeys(_ words: String) -> String {
        let own = headers["x-api-key"] + headers["authorization"]
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
        case .failed(let words): ProviderError(name, .interrupted, withoutKeys(words))
        }
    }

    private func error(of error: any Error) -> ProviderError {
        if error is ServerSentEvents.TooLong || error is NIOTooManyBytesError {
            return ProviderError(name, .malformed, "a piece of the answer is too long")
        }
        return switch error as? HTTPClientError {
        case .readTimeout: ProviderError(name, .timeout, "it was silent for \(limits.silence.formatted)")
        case .deadlineExceeded:
            ProviderError(name, .timeout, "the answer was not whole after \(limits.answer.formatted)")
        case .connectTimeout:
            ProviderError(name, .connection, "no connection within \(limits.connect.formatted)")
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
