internal import MagmaRuntime
package import NIOHTTP1
package import SessionModel

/// Why a request was refused: a status and `{"message","code"}`.
package struct APIError: Error, Sendable, Equatable {
    package var status: HTTPResponseStatus
    /// Stable, `snake_case`.
    package var code: String
    /// What is wrong and what to do.
    package var message: String
    package var fields: HTTPHeaders = [:]

    package init(_ status: HTTPResponseStatus, _ code: String, _ message: String, fields: HTTPHeaders = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
    }

    package var json: JSON { ["message": .string(message), "code": .string(code)] }
}

extension APIError {
    static func malformed(_ code: String, _ message: String) -> APIError { APIError(.badRequest, code, message) }

    static func addressInvalid(_ text: Substring) -> APIError {
        .malformed(
            "address_invalid",
            "The path has an invalid percent escape in '\(text.prefix(bytes: 40))'; percent-encode UTF-8."
        )
    }

    static func tooManyFields(_ what: String, _ limit: Int) -> APIError {
        .malformed("fields_too_many", "\(what) has more than \(limit) fields; send fewer.")
    }

    static func sessionConflict(_ a: NamedSession, _ b: NamedSession) -> APIError {
        .malformed(
            "session_id_conflict",
            "The \(a.name) says session '\(a.id.prefix(bytes: 80))' and the \(b.name) says '\(b.id.prefix(bytes: 80))'; send one of them, or the same."
        )
    }

    static let unauthorized = APIError(
        .unauthorized,
        "unauthorized",
        "The API key is missing or wrong; send it in the header x-api-key.",
        fields: ["www-authenticate": "Bearer"]
    )

    package static let tokenWrong = APIError(
        .unauthorized,
        "unauthorized",
        "The token is missing or wrong; send it as 'Authorization: Bearer …'.",
        fields: ["www-authenticate": "Bearer"]
    )

    static func hostNotAllowed(_ host: String) -> APIError {
        APIError(
            .misdirectedRequest,
            "host_not_allowed",
            "This server is not called '\(host.prefix(bytes: 100))'; use localhost, or allow it with --allow-host."
        )
    }

    static func originForbidden(_ origin: String) -> APIError {
        APIError(
            .forbidden,
            "origin_forbidden",
            "Pages from \(origin.prefix(bytes: 100)) may not call this server; allow that origin in the configuration."
        )
    }

    package static func notFound(_ path: String) -> APIError {
        APIError(.notFound, "not_found", "There is nothing at \(path.prefix(bytes: 200)).")
    }

    static func method(_ method: String, allowed: [String]) -> APIError {
        APIError(
            .methodNotAllowed,
            "method_not_allowed",
            "\(method.prefix(bytes: 20)) does not work here; use \(allowed.joined(separator: " or ")).",
            fields: ["allow": allowed.joined(separator: ", ")]
        )
    }

    static func bodyTooLarge(_ limit: Int) -> APIError {
        APIError(
            .payloadTooLarge,
            "body_too_large",
            "The body is larger than \(limit >= 1 << 20 ? "\(limit >> 20) MB" : "\(limit) bytes")."
        )
    }

    static func rateLimited(_ perSecond: Double, seconds: Int) -> APIError {
        APIError(
            .tooManyRequests,
            "rate_limited",
            "More than \(Int(perSecond)) hooks and turns a second came from this key or address; wait \(seconds) s.",
            fields: ["retry-after": "\(seconds)"]
        )
    }

    static func bodyTimeout(_ limit: Duration) -> APIError {
        APIError(.requestTimeout, "body_timeout", "The body did not arrive within \(limit.components.seconds) s.")
    }

    static let overloaded = APIError(
        .serviceUnavailable,
        "overloaded",
        "Too many large request bodies are in flight; try again in a moment.",
        fields: ["retry-after": "1", "connection": "close"]
    )

    static let bodyMalformed = APIError(
        .badRequest,
        "body_malformed",
        "The body ended early, or its chunks cannot be read (RFC 9112, sections 6.3 and 7.1).",
        fields: ["connection": "close"]
    )

    static let bodyIncomplete = APIError(
        .badRequest,
        "body_incomplete",
        "The connection ended before the body did.",
        fields: ["connection": "close"]
    )

    static let upgradeRequired = APIError(
        .upgradeRequired,
        "upgrade_required",
        "This address speaks WebSocket; connect to it with a WebSocket client.",
        fields: ["upgrade": "websocket"]
    )

    static func mediaType(_ type: String) -> APIError {
        APIError(
            .unsupportedMediaType,
            "media_type_unsupported",
            type.isEmpty
                ? "The body has no content type; send application/json."
                : "'\(type.prefix(bytes: 80))' is not accepted here; send application/json."
        )
    }

    static func jsonInvalid(_ error: any Error) -> APIError {
        .malformed("json_invalid", "The body is not JSON: \(error).")
    }

    /// Any error as a client may see it: one that is not ours is reported only as `internal_error`.
    package init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as RuntimeError: self.init(error)
        default:
            self.init(
                .internalServerError,
                "internal_error",
                "The request failed with an internal error; the runtime's log says why."
            )
        }
    }

    private init(_ error: RuntimeError) {
        // Clients of agents must not learn where a store or another node is, or what an engine reports.
        let isOfStore = error.code.startsExactly(with: "store_")
        let isOfNode = error.address != nil || error.code.isExactly("owner_unreachable")
        self.init(
            HTTPResponseStatus(statusCode: error.kind.status),
            error.code,
            isOfStore
                ? "The runtime cannot store this now; try again later. Its log says why."
                : isOfNode ? "The session's node does not answer this now; try again in a moment." : error.message
        )
        if [.tooMany, .unavailable, .unreachable].contains(error.kind) {
            fields.replaceOrAdd(name: "retry-after", value: "1")
        }
    }
}
