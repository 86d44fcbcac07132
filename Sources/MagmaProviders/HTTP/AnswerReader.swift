internal import Magma
internal import SessionModel

/// Parses an answer's bytes: a stream of events or one JSON value. Its first byte tells which, not its content type,
/// since servers send either one under any type.
struct AnswerReader<Answer: ModelAnswer> {
    private enum Form { case unknown, events, whole }

    private var answer: Answer
    private var form = Form.unknown
    private var events = ServerSentEvents()
    /// The bytes received so far; of a stream, only its beginning.
    private var bytes: [UInt8] = []
    private var hasEvents = false

    init(_ answer: Answer) { self.answer = answer }

    var isWhole: Bool { answer.isWhole }
    var isOver: Bool { answer.isOver }

    /// - Parameter say: called with the text, piece by piece.
    mutating func add(_ piece: some Collection<UInt8>, _ say: (String) -> Void) throws {
        if form == .events { return try read(events.add(piece), say) }
        bytes += piece
        guard form == .unknown, let first = firstByte else { return }
        form = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .whole : .events
        guard form == .events else { return }
        defer { bytes = Array(bytes.prefix(80)) }
        try read(events.add(bytes), say)
    }

    /// The bytes received, without a byte order mark; empty while the mark is incomplete.
    private var plainBytes: ArraySlice<UInt8> {
        if bytes.starts(with: ServerSentEvents.mark) { return bytes.dropFirst(ServerSentEvents.mark.count) }
        return ServerSentEvents.mark.starts(with: bytes) ? [] : bytes[...]
    }

    private var firstByte: UInt8? { plainBytes.first { $0 > 0x20 } }

    /// The body has ended.
    mutating func finish(_ say: (String) -> Void) throws {
        switch form {
        case .unknown: break
        case .events:
            do { if let event = events.finish() { try read(event, say) } } catch ModelAnswerProblem.malformed {
                // The last event was cut off.
            }
        case .whole:
            guard let json = try? JSON(parsing: Array(plainBytes)) else {
                let beginning = String(decoding: plainBytes.prefix(80), as: UTF8.self)
                throw ModelAnswerProblem.malformed("the answer is not JSON: \(beginning)")
            }
            try checkError(json)
            tell(try answer.add(whole: json), say)
        }
    }

    private func tell(_ text: String, _ say: (String) -> Void) { if !text.isEmpty { say(text) } }

    private mutating func read(_ events: [ServerSentEvents.Event], _ say: (String) -> Void) throws {
        for event in events { try read(event, say) }
    }

    private mutating func read(_ event: ServerSentEvents.Event, _ say: (String) -> Void) throws {
        hasEvents = true
        let data = event.data.trimmed
        if event.name.isExactly("error") { throw Self.failure(in: data) }
        // Skip empty data, and comments that were sent as data.
        if data.isEmpty || data.utf8.first == UInt8(ascii: ":") { return }
        if data == "[DONE]" { return try answer.end() }
        if let json = try? JSON(parsing: data) { return try add(json, say) }
        // Events separated by one line break instead of two arrive as the lines of one event.
        for line in data.utf8.split(separator: 0x0A).map({ String(Substring($0)).trimmed }) where !line.isEmpty {
            if line == "[DONE]" {
                try answer.end()
            } else if let json = try? JSON(parsing: line) {
                try add(json, say)
            } else if line.utf8.first != UInt8(ascii: ":") {
                throw ModelAnswerProblem.malformed("a chunk of the stream is not JSON: \(line.prefix(bytes: 80))")
            }
        }
    }

    private mutating func add(_ json: JSON, _ say: (String) -> Void) throws {
        guard json.object != nil else {
            throw ModelAnswerProblem.malformed(
                "a chunk of the stream is not a JSON object: \(json.text.prefix(bytes: 80))"
            )
        }
        try checkError(json)
        tell(try answer.add(json), say)
    }

    // MARK: Failures in answers

    /// Detects an error sent in place of an answer: a member `error`, or an object of the type `error`.
    private func checkError(_ json: JSON) throws(ModelAnswerProblem) {
        if let error = json["error"], !error.isNull, error != false { throw Self.failure(error) }
        if json["object"] == "error" || json["type"] == "error" { throw Self.failure(json) }
    }

    private static func failure(in data: String) -> ModelAnswerProblem {
        guard let json = try? JSON(parsing: data) else {
            return .failed(
                data.isEmpty ? "it reports an error without details" : data.prefix(bytes: 300),
                isPassing: true
            )
        }
        let error = json["error"] ?? json
        return failure(error.isNull ? json : error)
    }

    private static func failure(_ error: JSON) -> ModelAnswerProblem {
        let kind = error["type"]?.string ?? ""
        let code = error["code"]?.string ?? ""
        let message = error["message"]?.string ?? error["detail"]?.string ?? error.string
        let words = [kind == "error" ? "" : kind, message ?? error.text].filter { !$0.isEmpty }.joined(separator: ": ")
        let number = error.count("code") ?? error.count("status") ?? Int(code)
        return .failed(words, isPassing: isPassing(kind: "\(kind) \(code)".lowercased(), number: number))
    }

    private static func isPassing(kind: String, number: Int?) -> Bool {
        if let number, (400..<500).contains(number) { return [408, 409, 429].contains(number) }
        return !lastingErrors.contains { kind.contains($0) }
    }

    // MARK: The end

    /// - Throws: ``ProviderError`` when the answer is incomplete or empty.
    func completion(of provider: String) throws -> Completion {
        guard form != .unknown else { throw ProviderError(provider, .interrupted, "the answer is empty") }
        guard answer.isWhole else {
            if form == .events, !hasEvents {
                let beginning = String(decoding: bytes, as: UTF8.self)
                throw ProviderError(provider, .interrupted, "the answer is neither JSON nor a stream: \(beginning)")
            }
            throw ProviderError(provider, .interrupted, "the stream ended before the answer did")
        }
        let completion = answer.completion
        if completion.stopReason == .unknown, !completion.blocks.contains(where: \.isContent) {
            throw ProviderError(provider, .interrupted, "the answer has no content and no stop reason")
        }
        return completion
    }
}

extension Block {
    /// Whether the user gets something from it: reasoning and blank text do not count.
    fileprivate var isContent: Bool {
        switch self {
        case .text(let text, _): !text.isBlank
        case .reasoning: false
        case .toolCall, .toolResult, .image: true
        }
    }
}

/// Kinds of errors that a retry would only repeat.
private let lastingErrors = [
    "invalid", "authentication", "permission", "not_found", "quota", "billing", "context_length", "content_policy",
    "content_filter", "unsupported", "too_large", "bad_request",
]
