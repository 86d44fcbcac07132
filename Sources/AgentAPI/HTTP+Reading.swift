internal import NIOCore
package import NIOHTTP1
internal import SessionModel
internal import WebSocket

extension ServerRequest {
    /// The whole body.
    ///
    /// - Parameters:
    ///   - share: is charged for its bytes, until the request is answered.
    ///   - type: its media type.
    ///   - kept: receives the bytes as they were sent, of a body that is incomplete or that may not decode.
    /// - Throws: ``APIError`` `body_too_large`, `body_timeout`, `body_malformed`, `body_incomplete`, `overloaded`,
    ///   `encoding_unsupported` or `encoding_invalid`.
    func wholeBody(
        _ configuration: AgentAPIConfiguration,
        _ share: BodyShare,
        type: String,
        keeping kept: ([UInt8]) -> Void = { _ in }
    ) async throws -> [UInt8] {
        let bytes = try await sentBody(configuration, share, keeping: kept)
        let coding = headers.value(of: "content-encoding")
        if coding != nil { kept(bytes) }
        let decoded = try ContentCoding.decoded(bytes, coding, limit: configuration.maximumBody)
        // One that is parsed into values takes more memory than its bytes.
        let isParsed = type.isEmpty || type.hasSuffix("json") || type == "application/x-www-form-urlencoded"
        guard coding == nil || share.take(decoded.count), !isParsed || share.takeParsed(decoded) else {
            throw APIError.overloaded
        }
        return decoded
    }

    private func sentBody(
        _ configuration: AgentAPIConfiguration,
        _ share: BodyShare,
        keeping kept: ([UInt8]) -> Void
    ) async throws -> [UInt8] {
        let limit = configuration.maximumBody
        // The decoder lets only digits through, with spaces behind them: what is no `Int` then is larger than any.
        if let announced = headers.value(of: "content-length"),
            Int(announced) ?? Int(announced.trimmed) ?? .max > limit
        {
            throw APIError.bodyTooLarge(limit)
        }
        let pieces: BodyPieces
        switch body {
        case .whole(let body):
            guard body.readableBytes <= limit else {
                kept(Array(body.readableBytesView.prefix(limit)))
                throw APIError.bodyTooLarge(limit)
            }
            guard share.take(body.readableBytes) else { throw APIError.overloaded }
            return Array(body.readableBytesView)
        case .arriving(let body): pieces = body
        }
        var bytes: [UInt8] = []
        do {
            for try await piece in pieces {
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
        let type = headers.value(of: "content-type") ?? ""
        if type == "application/json" { return type }
        return ParameterizedValue(type).value
    }
}

extension HTTPHeaders {
    /// The session ids in `x-session-id` headers, one for each header.
    ///
    /// - Throws: ``APIError`` `session_id_invalid` when one is not UTF-8.
    var sessionPlaces: [NamedSession] {
        get throws(APIError) {
            var places: [NamedSession] = []
            guard contains(name: "x-session-id") else { return [] }
            for id in self["x-session-id"] {
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
        replaceOrAdd(name: "x-session-id", value: id)
    }

    /// The API key or token that a request shows in its headers.
    package var credential: String? {
        if let key = value(of: "x-api-key"), !key.isEmpty { return key }
        guard let header = value(of: "authorization"), header.lowercased().hasPrefix("bearer ") else { return nil }
        return String(header.dropFirst(7)).trimmingPrefix(while: \.isWhitespace).description
    }
}

extension String {
    /// Whether text from a request's head was UTF-8: reading replaces invalid bytes with U+FFFD.
    var isUTF8: Bool {
        // U+FFFD is EF BF BD.
        !utf8.contains(0xEF) || !unicodeScalars.contains("\u{FFFD}")
    }
}
