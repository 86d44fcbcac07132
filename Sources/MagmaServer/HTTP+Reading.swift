internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import WebSocket

extension Request {
    /// The whole body.
    ///
    /// - Throws: ``APIError`` `body_too_large` or `body_timeout`.
    func wholeBody(_ configuration: ServerConfiguration) async throws -> [UInt8] {
        let limit = configuration.maximumBody
        if let announced = headers.value(of: .contentLength).flatMap({ Int($0) }), announced > limit {
            throw APIError.bodyTooLarge(limit)
        }
        do {
            return Array(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw APIError.bodyTooLarge(limit)
        } catch let error as HTTPError where error.status == .contentTooLarge {
            throw APIError.bodyTooLarge(limit)
        } catch is BodyTimeout {
            throw APIError.bodyTimeout(configuration.limits.body)
        }
    }

    /// The media type without its parameters, in lower case; empty when there is none.
    var mediaType: String {
        let type = headers.value(of: .contentType) ?? ""
        if type == "application/json" { return type }
        return (type.split(separator: ";").first.map(String.init) ?? "").lowercased().filter { !$0.isWhitespace }
    }
}

extension HTTPFields {
    /// The same as the subscript of that name, which copies the value into a new text even if there is only one.
    func value(of name: HTTPField.Name) -> String? {
        var only: String?
        for field in self where field.name == name {
            guard only == nil else { return self[name] }
            only = field.value
        }
        return only
    }

    /// The API key or token that a request shows in its headers.
    var credential: String? {
        if let key = self[.apiKey], !key.isEmpty { return key }
        guard let header = self[.authorization], header.lowercased().hasPrefix("bearer ") else { return nil }
        return String(header.dropFirst(7)).trimmingPrefix(while: \.isWhitespace).description
    }
}

extension HTTPField.Name {
    // Both are tokens of RFC 9110, so the initialiser, which only refuses other text, gives a value.
    static let apiKey = Self("x-api-key")!
    static let sessionID = Self("x-session-id")!
    static let traceparent = Self("traceparent")!
    static let idempotencyKey = Self("idempotency-key")!
}
