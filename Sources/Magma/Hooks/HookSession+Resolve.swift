internal import SessionModel

/// Which session a hook's request is for, and how that was found out.
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
        case .query(let name): try Self.found(request.query(name).map(JSON.string), in: "query parameter '\(name)'")
        case .headers(let name): try Self.found(request.header(name).map(JSON.string), in: "header '\(name)'")
        case .fixed(let id): HookTarget(session: id, why: "The hook always goes to session '\(id)'.")
        case .computed(let choose):
            if let id = try await choose(request), !id.isEmpty {
                HookTarget(session: id, why: "The agent's own rule chose it from the request.")
            } else {
                HookTarget(why: "The agent's own rule chose no session, so a temporary one handles it.")
            }
        }
    }

    /// Numbers count as their decimal text; whatever cannot name a session means a temporary one.
    private static func found(_ value: JSON?, in place: String) throws -> HookTarget {
        let id: String? =
            switch value {
            case .string(let text): text
            case .int(let number): String(number)
            case .double(let number): try text(of: number)
            default: nil
            }
        if let id, !id.isEmpty { return HookTarget(session: id, why: "The \(place) is '\(id)'.") }
        let what = value == nil || id == "" ? "is missing or empty" : "is neither text nor a number"
        return HookTarget(why: "The \(place) \(what), so a temporary session handles it.")
    }

    /// The decimal text, if the number is exact: two users must not meet in one session because theirs were rounded.
    private static func text(of number: Double) throws -> String {
        if number == number.rounded(), abs(number) < 0x1p53 { return String(Int(number)) }
        let text = "\(number)"
        guard abs(number) < 0x1p53, !text.contains("e") else {
            throw ToolError("the number \(text) is not exact; send it as text.")
        }
        return text
    }
}
