package import SessionModel

package struct SearchParams: MethodParams {
    /// Words that must all be there; quotes keep some together, and `*` ends the beginning of one.
    package var text = ""
    package var agent: String?
    package var session: String?
    /// Where the page before ended.
    package var cursor: String?
    /// After which no more is looked at; what was found together is not taken apart.
    package var limit: Int?

    package init() {}

    package static let members: [ParamsMember<SearchParams>] = [
        .text("text", \.text, "words that must all be there; quotes keep some together, * ends the beginning of one"),
        .text("agent", \.agent), .text("session", \.session),
        .text("cursor", \.cursor, "the `next` of the page before"),
        .number("limit", \.limit, "about how many, 1 to 1000; 50 by default", in: 1...1000),
    ]
}

/// An event, or an exchange of a webhook, in which the words were found.
package struct FoundText: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        case event(seq: Int, kind: String)
        case exchange(id: String, hook: String)
    }

    package var agent: String
    /// `nil` for an exchange that reached no session.
    package var session: String?
    package var place: Place
    package var at: Int64
    /// The line that has the words.
    package var line: String

    package init(agent: String, session: String?, place: Place, at: Int64, line: String) {
        self.agent = agent
        self.session = session
        self.place = place
        self.at = at
        self.line = line
    }

    package var json: JSON {
        var members: JSON.Object = ["agent": .string(agent), "session": session.map(JSON.string) ?? .null]
        switch place {
        case .event(let seq, let kind):
            members["seq"] = .int(seq)
            members["kind"] = .string(kind)
        case .exchange(let id, let hook):
            members["exchange"] = .string(id)
            members["hook"] = .string(hook)
        }
        members["at"] = .int(Int(at))
        members["line"] = .string(line)
        return .object(members)
    }

    package init?(json: JSON) {
        guard let agent = json["agent"]?.string else { return nil }
        if let seq = json.count("seq") {
            place = .event(seq: seq, kind: json["kind"]?.string ?? "")
        } else if let id = json["exchange"]?.string {
            place = .exchange(id: id, hook: json["hook"]?.string ?? "")
        } else {
            return nil
        }
        self.agent = agent
        session = json["session"]?.string
        at = json.time("at") ?? 0
        line = json["line"]?.string ?? ""
    }
}

/// What was found, newest first.
package struct SearchPage: MethodResult {
    package var results: [FoundText]
    /// Where the next page begins; `nil` after the last one.
    package var next: String?

    package init(results: [FoundText], next: String?) {
        self.results = results
        self.next = next
    }

    package var json: JSON {
        [
            "results": .array(results.map(\.json)), "more": .bool(next != nil),
            "next": next.map(JSON.string) ?? .null,
        ]
    }

    package init?(json: JSON) {
        guard let results = json["results"]?.array else { return nil }
        self.init(results: results.compactMap(FoundText.init(json:)), next: json["next"]?.string)
    }
}

extension Methods {
    package static let search = Method<SearchParams, SearchPage>(
        "sessions.search",
        .viewer,
        "Finds messages, tool calls and results, state, logs and bodies of webhooks by their words, newest first.",
        answers: ["results", "more", "next"]
    )
}
