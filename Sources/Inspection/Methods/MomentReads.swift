package import SessionModel

/// The parameters and results of methods that read a moment of a session, or a part of it.

package struct MomentParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var seq = 0
    package var before: String?

    package init() {}

    package static let members: [ParamsMember<MomentParams>] =
        ParamsMember.session + [.number("seq", \.seq), .text("before", \.before, "a message's id, to page back")]
}

/// Context and state as they were after an event.
package struct MomentResult: MethodResult {
    package var seq: Int
    /// As the runtime sends them: cut where they are too large.
    package var messages: [JSON]
    /// Whether there are others before them.
    package var more: Bool
    /// The first of them that the model saw.
    package var window: Int
    package var state: JSON
    /// The event that changed each field last.
    package var blame: [ExactString: Int]

    package init(seq: Int, messages: [JSON], more: Bool, window: Int, state: JSON, blame: [ExactString: Int]) {
        self.seq = seq
        self.messages = messages
        self.more = more
        self.window = window
        self.state = state
        self.blame = blame
    }

    package var json: JSON {
        [
            "seq": .int(seq), "messages": .array(messages), "more": .bool(more), "window": .int(window),
            "state": state, "blame": .blame(blame),
        ]
    }

    package init?(json: JSON) {
        guard let seq = json.count("seq"), let state = json["state"] else { return nil }
        self.init(
            seq: seq,
            messages: json["messages"]?.array ?? [],
            more: json["more"]?.bool ?? false,
            window: json.count("window") ?? 0,
            state: state,
            blame: json.blame("blame")
        )
    }
}

package struct DiffParams: SessionParams {
    package var agent = ""
    package var session = ""
    package var from = Moment.seq(0)
    package var to = Moment.seq(0)
    /// The session of `to`, where it is another one.
    package var other: String?

    package init() {}

    package static let members: [ParamsMember<DiffParams>] =
        ParamsMember.session + [
            .moment("from", \.from), .moment("to", \.to), .text("other", \.other, "the session of `to`"),
        ]
}

/// What is different between two moments.
package struct DiffResult: MethodResult {
    /// A JSON Patch (RFC 6902).
    package var state: JSON
    /// Messages as the runtime sends them: cut where they are too large.
    package var added: [JSON]
    package var removed: [JSON]
    /// As they are afterwards.
    package var changed: [JSON]
    package var more: Bool

    package init(state: JSON, added: [JSON], removed: [JSON], changed: [JSON], more: Bool) {
        self.state = state
        self.added = added
        self.removed = removed
        self.changed = changed
        self.more = more
    }

    package var json: JSON {
        [
            "state": state, "added": .array(added), "removed": .array(removed), "changed": .array(changed),
            "more": .bool(more),
        ]
    }

    package init?(json: JSON) {
        guard let state = json["state"] else { return nil }
        self.init(
            state: state,
            added: json["added"]?.array ?? [],
            removed: json["removed"]?.array ?? [],
            changed: json["changed"]?.array ?? [],
            more: json["more"]?.bool ?? false
        )
    }
}

package struct ContentParams: MethodParams {
    /// Bytes of one piece.
    package static let largestPiece = 1 << 20

    package var ref = ""
    package var offset: Int?
    package var limit: Int?

    package init() {}

    package static let members: [ParamsMember<ContentParams>] = [
        .text("ref", \.ref), .number("offset", \.offset, "0, or the `next` of the piece before"),
        .number("limit", \.limit, "bytes, 4 to \(largestPiece)", in: 4...largestPiece),
    ]
}

/// A piece of what was too large for an answer.
package struct ContentPiece: MethodResult {
    package enum Encoding: String, Sendable { case text, json }

    package var ref: String
    /// Where it begins, in bytes.
    package var offset: Int
    /// Bytes of the whole.
    package var bytes: Int
    /// What the whole is.
    package var encoding: Encoding
    package var text: String
    /// Where the next piece begins; `nil` after the last one.
    package var next: Int?

    package init(ref: String, offset: Int, bytes: Int, encoding: Encoding, text: String, next: Int?) {
        self.ref = ref
        self.offset = offset
        self.bytes = bytes
        self.encoding = encoding
        self.text = text
        self.next = next
    }

    package var json: JSON {
        [
            "ref": .string(ref), "offset": .int(offset), "bytes": .int(bytes),
            "encoding": .string(encoding.rawValue), "text": .string(text), "more": .bool(next != nil),
            "next": next.map(JSON.int) ?? .null,
        ]
    }

    package init?(json: JSON) {
        let next = json.count("next")
        guard let ref = json["ref"]?.string, let text = json["text"]?.string,
            (json["more"]?.bool ?? false) == (next != nil)
        else { return nil }
        self.init(
            ref: ref,
            offset: json.count("offset") ?? 0,
            bytes: json.count("bytes") ?? text.utf8.count,
            encoding: json["encoding"]?.word.flatMap(Encoding.init(rawValue:)) ?? .text,
            text: text,
            next: next
        )
    }
}

package struct RevealParams: MethodParams {
    package var agent: String?
    package var session: String?
    package var exchange: String?
    package var path = ""

    package init() {}

    package static let members: [ParamsMember<RevealParams>] = [
        .text("agent", \.agent), .text("session", \.session), .text("exchange", \.exchange),
        .text("path", \.path, "a JSON Pointer (RFC 6901)"),
    ]
}

package struct RevealedValue: MethodResult {
    package var path: String
    package var value: JSON

    package init(path: String, value: JSON) {
        self.path = path
        self.value = value
    }

    package var json: JSON { ["path": .string(path), "value": value] }

    package init?(json: JSON) {
        guard let value = json["value"] else { return nil }
        self.init(path: json["path"]?.string ?? "", value: value)
    }
}

extension JSON {
    static func blame(_ blame: [ExactString: Int]) -> JSON {
        .object(Object(blame.sorted { $0.key < $1.key }.map { ($0.key.wrappedValue, .int($0.value)) }))
    }

    /// The event that changed each field last, of those that can be read.
    func blame(_ name: String) -> [ExactString: Int] {
        let members = (self[name]?.object ?? [:]).compactMap { pair in
            pair.value.count.map { (ExactString(pair.name), $0) }
        }
        return Dictionary(members) { $1 }
    }
}
