package import SessionModel

/// Why a request was not carried out (JSON-RPC 2.0, section 5.1): nothing happened.
package struct RPCError: Error, Sendable, Hashable, CustomStringConvertible {
    /// JSON-RPC's number.
    package var number: Int
    /// A stable word.
    package var code: String
    /// A sentence: what is wrong.
    package var message: String
    /// What to do.
    package var hint: String?
    /// Where in a text that was sent the mistake is: a character, counted from 0.
    package var position: Int?

    package init(_ number: Int, _ code: String, _ message: String, hint: String? = nil, position: Int? = nil) {
        self.number = number
        self.code = code
        self.message = message
        self.hint = hint
        self.position = position
    }

    package var description: String { hint.map { "\(message) \($0)" } ?? message }

    package var json: JSON {
        [
            "code": .int(number), "message": .string(message),
            "data": .members([
                "code": .string(code), "hint": .from(hint, JSON.string), "position": .from(position, JSON.int),
            ]),
        ]
    }

    /// Bytes that are read of a sentence.
    private static let longestText = 4096

    package init?(json: JSON) {
        guard let number = json["code"]?.int, let message = json["message"]?.string else { return nil }
        let data = json["data"] ?? [:]
        self.init(
            number,
            data["code"]?.string?.prefix(bytes: 256) ?? "",
            message.prefix(bytes: Self.longestText),
            hint: data["hint"]?.string?.prefix(bytes: Self.longestText),
            position: data.count("position")
        )
    }
}

extension RPCError {
    package static func parse(_ why: String) -> RPCError {
        RPCError(-32700, "parse_error", "The message is not JSON: \(why).")
    }
    package static func invalidRequest(_ why: String) -> RPCError { RPCError(-32600, "invalid_request", why) }
    package static func unknownMethod(_ method: String) -> RPCError {
        RPCError(
            -32601,
            "method_not_found",
            "There is no method '\(method.prefix(bytes: 80))'.",
            hint: "The capabilities in the answer to runtime.hello list all methods."
        )
    }
    package static func invalidParams(_ why: String) -> RPCError { RPCError(-32602, "invalid_params", why) }
    package static func `internal`(_ why: String) -> RPCError { RPCError(-32603, "internal_error", why) }
    package static func failed(_ code: String, _ why: String, hint: String? = nil) -> RPCError {
        RPCError(-32000, code, why, hint: hint)
    }
    package static func forbidden(_ method: String, needs role: Role) -> RPCError {
        RPCError(
            -32003,
            "forbidden",
            "\(method) needs the role \(role.rawValue).",
            hint: "Attach with a token of that role."
        )
    }
    package static func notFound(_ code: String, _ why: String, hint: String? = nil) -> RPCError {
        RPCError(-32004, code, why, hint: hint)
    }
    package static func stale(_ why: String) -> RPCError { RPCError(-32009, "stale", why, hint: "Read it again.") }
}
