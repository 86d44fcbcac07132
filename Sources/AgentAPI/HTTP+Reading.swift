package import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import WebSocket

extension Request {
    /// The whole body.
    ///
    /// - Parameters:
    ///   - share: is charged for its bytes, until the request is answered.
    ///   - kept: receives the bytes as they were sent, of a body that is incomplete or that may not decode.
    /// - Throws: ``APIError`` `body_too_large`, `body_timeout`, `body_malformed`, `body_incomplete`, `overloaded`,
    ///   `encoding_unsupported` or `encoding_invalid`.
    func wholeBody(
        _ configuration: AgentAPIConfiguration,
        _ share: BodyShare,
        keeping kept: ([UInt8]) -> Void = { _ in }
    ) async throws -> [UInt8] {
        let bytes = try await sentBody(configuration, share, keeping: kept)
        let coding = headers.value(of: .contentEncoding)
        if coding != nil { kept(bytes) }
        let decoded = try ContentCoding.decoded(bytes, coding, limit: configuration.maximumBody)
        guard coding == nil || share.take(decoded.count), !isParsed || share.takeParsed(decoded) else {
            throw APIError.overloaded
        }
        return decoded
    }

    /// Whether the body is parsed into values, which take more memory than its bytes.
    private var isParsed: Bool {
        let type = mediaType
        return type.isEmpty || type.hasSuffix("json") || type == "application/x-www-form-urlencoded"
    }

    private func sentBody(
        _ configuration: AgentAPIConfiguration,
        _ share: BodyShare,
        keeping kept: ([UInt8]) -> Void
    ) async throws -> [UInt8] {
        let limit = configuration.maximumBody
        if let announced = headers.value(of: .contentLength).flatMap({ Int($0) }), announced > limit {
            throw APIError.bodyTooLarge(limit)
        }
        var bytes: [UInt8] = []
        do {
            for try await piece in body {
                guard piece.readableBytes <= limit - bytes.count else { throw APIError.bodyTooLarge(limit) }
                guard share.take(piece.readableBytes) else { throw APIError.overloaded }
                bytes += piece.readableBytesView
            }
            return bytes
        } catch {
            kept(bytes)
            throw Self.error(error, configuration)
        }
    }

    private static func error(_ error: any Error, _ configuration: AgentAPIConfiguration) -> APIError {
        switch error {
        case let error as APIError: error
        case is BodyTimeout: .bodyTimeout(configuration.limits.body)
        case is HTTPParserError: .bodyMalformed
        default: .bodyIncomplete
        }
    }

    /// The media type without its parameters, in lower case; empty when there is none.
    var mediaType: String {
        let type = headers.value(of: .contentType) ?? ""
        if type == "application/json" { return type }
        return ParameterizedValue(type).value
    }
}

extension HTTPFields {
    /// Like the subscript, which copies the value into a new string even if there is only one.
    func value(of name: HTTPField.Name) -> String? {
        var only: String?
        for field in self where field.name == name {
            guard only == nil else { return self[name] }
            only = field.value
        }
        return only
    }

    /// The session ids in `x-session-id` headers, one for each header.
    ///
    /// - Throws: ``APIError`` `session_id_invalid` when one is not UTF-8.
    var sessionPlaces: [NamedSession] {
        get throws(APIError) {
            var places: [NamedSession] = []
            for id in self[values: .sessionID] {
                guard id.isUTF8 else {
                    throw .malformed("session_id_invalid", "The header x-session-id is not UTF-8; send it as UTF-8.")
                }
                places.append(NamedSession(name: "header x-session-id", id: id))
            }
            return places
        }
    }

    /// Names the session in a header, unless its id begins or ends with a space, which a header would lose.
    mutating func name(session id: String) {
        guard id.utf8.first != UInt8(ascii: " "), id.utf8.last != UInt8(ascii: " ") else { return }
        self[.sessionID] = id
    }

    /// The API key or token that a request shows in its headers.
    package var credential: String? {
        if let key = self[.apiKey], !key.isEmpty { return key }
        guard let header = self[.authorization], header.lowercased().hasPrefix("bearer ") else { return nil }
        return String(header.dropFirst(7)).trimmingPrefix(while: \.isWhitespace).description
    }
}

extension HTTPField.Name {
    // All are RFC 9110 tokens, the only text that the initialiser accepts, so `!` cannot fail.
    static let apiKey = Self("x-api-key")!
    static let sessionID = Self("x-session-id")!
    static let traceparent = Self("traceparent")!
    static let idempotencyKey = Self("idempotency-key")!
    static let fetchSite = Self("sec-fetch-site")!
}

extension String {
    /// Whether text from a request's head was UTF-8: reading replaces invalid bytes with U+FFFD.
    var isUTF8: Bool { !unicodeScalars.contains("\u{FFFD}") }
}
