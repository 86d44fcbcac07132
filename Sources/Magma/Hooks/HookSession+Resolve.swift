internal import SessionModel

/// Which session a hook's request is for, and how it was chosen.
package struct HookTarget: Sendable, Hashable {
    /// `nil`: a temporary one.
    package var session: String?
    /// A sentence for people.
    package var why: String

    package init(session: String? = nil, why: String) {
        self.session = session
        self.why = why
    }
}

extension HookSession {
    /// Finds the session of a request.
    ///
    /// - Throws: what the author's closure throws.
    package func target(of request: HookRequest) async throws -> HookTarget {
        switch self {
        case .temporary: HookTarget(why: "The hook names no session, so a temporary one handles it.")
        case .body(let path): try Self.found(request.body(path), in: "body field '\(path)'")
        case .query(let name):
            try Self.found(
                Self.agreed(request.query.filter { $0.name.isExactly(name) }, "query parameter '\(name)'"),
                in: "query parameter '\(name)'"
            )
        case .headers(let name): try Self.found(Self.header(name, of: request), in: "header '\(name)'")
        case .fixed(let id): HookTarget(session: id, why: "The hook always goes to session '\(id)'.")
        case .computed(let choose):
            if let id = try await choose(request), !id.isEmpty {
                HookTarget(session: id, why: "The agent's own rule chose it from the request.")
            } else {
                HookTarget(why: "The agent's own rule chose no session, so a temporary one handles it.")
            }
        }
    }

    /// A header that is repeated must have the same value each time.
    private static func header(_ name: String, of request: HookRequest) throws -> JSON? {
        let name = name.lowercased()
        let fields = request.headers.filter { $0.name.lowercased().isExactly(name) }
        let value = try agreed(fields, "header '\(name)'")
        // Invalid UTF-8 has become U+FFFD, so that different ids would look the same.
        if value?.string?.unicodeScalars.contains("\u{FFFD}") ?? false {
            throw ToolError("the header '\(name)' is not UTF-8.")
        }
        return value
    }

    /// The value that fields of one name agree on.
    private static func agreed(_ fields: [HookRequest.Field], _ place: String) throws -> JSON? {
        guard let first = fields.first?.value else { return nil }
        if fields.contains(where: { !$0.value.isExactly(first) }) {
            throw ToolError("the \(place) comes more than once, with different values; send one.")
        }
        return .string(first)
    }

    /// Numbers count as their decimal text; a value that cannot name a session means a temporary one.
    private static func found(_ value: JSON?, in place: String) throws -> HookTarget {
        let id = try value.flatMap { try $0.string ?? text(of: $0) }
        if let id, !id.isEmpty { return HookTarget(session: id, why: "The \(place) is '\(id.prefix(bytes: 256))'.") }
        let what = value == nil || id == "" ? "is missing or empty" : "is neither text nor a number"
        return HookTarget(why: "The \(place) \(what), so a temporary session handles it.")
    }

    /// The decimal text of a number, never rounded, so that two users do not share a session; `nil` for what is
    /// not a number.
    private static func text(of value: JSON) throws -> String? {
        guard value.double != nil else { return nil }
        guard let text = value.plainNumber else {
            throw ToolError("the number \(value.text.prefix(bytes: 80)) is too long; send it as text.")
        }
        return text
    }
}
