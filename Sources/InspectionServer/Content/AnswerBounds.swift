internal import Inspection
internal import SessionModel

/// Keeps answers within what one frame may hold, counted as they go over the wire. A text or value that is larger than
/// ``largest`` is cut: its beginning is shown, and beside it stand `cut`, its `bytes` in all and a `ref` for `content.get`.
/// Lists are cut to ``page``.
///
/// Secrets are taken out before anything is cut: a half of one would no longer be found.
struct AnswerBounds: Sendable {
    static let largest = 256 << 10
    /// Bytes that are shown of what is cut.
    static let shown = 32 << 10
    /// Bytes of the lists in one answer.
    static let page = 3 << 20
    /// Bytes of a state, and of a change of it.
    static let state = 1 << 20
    /// Parts below this size are not cut, even if together they exceed a limit.
    private static let smallest = 1 << 10

    /// Members whose values are anything, and are cut as a whole.
    static let opaque: Set<ExactString> = ["result", "fn_args", "body", "before", "after"]
    /// Context and state as a whole, without which an event cannot be applied.
    static let picture: ExactString = "picture"
    /// A change of the state (RFC 6902).
    static let patch: ExactString = "patch"

    let redaction: Redaction

    /// A message, an event or an exchange, without secrets and with what is too large cut.
    func bounded(_ json: JSON, _ source: ContentRef.Source) -> JSON {
        guard json.takes(moreThan: Self.largest) else { return json }
        let few = FewerParts.of(json, source)
        return cut(redaction.redacted(few), to: Self.page) { cut($0, atMost: $1, source, JSONPointer()) }
    }

    /// A session's state with what is too large cut; it stays an object.
    func bounded(state: JSON, of key: SessionKey, at seq: Int) -> JSON {
        guard state.takes(moreThan: Self.largest) else { return state }
        return cut(redaction.cleaned(state: state), to: Self.state) { state, limit in
            guard case .object(let members) = state else { return state }
            let source = ContentRef.Source.state(key, at: seq)
            return .object(
                JSON.Object(
                    members.map { ($0.name, short($0.value, atMost: limit, source, JSONPointer([$0.name]))) }
                )
            )
        }
    }

    /// A change of the state, with the values that are too large cut.
    func bounded(patch: JSON, _ source: ContentRef.Source, _ path: JSONPointer = JSONPointer()) -> JSON {
        bounded(steps: patch, source) { index, _ in path.appending(String(index)).appending("value") }
    }

    /// What is different between two states; a value that is too large is that of the second one.
    func bounded(diff: JSONPatch, of key: SessionKey, at seq: Int) -> JSON {
        let steps = FewerParts.ofPatch(diff.json, of: key, at: seq)
        return bounded(steps: steps, .state(key, at: seq)) { $1["path"]?.string.flatMap(JSONPointer.init(parsing:)) }
    }

    /// - Parameter place: where the value of a step is in its source, by the step's index.
    private func bounded(
        steps: JSON,
        _ source: ContentRef.Source,
        place: (_ index: Int, _ step: JSON.Object) -> JSONPointer?
    ) -> JSON {
        guard steps.takes(moreThan: Self.largest) else { return steps }
        return cut(redaction.redacted(steps), to: Self.state) { steps, limit in
            .array(
                (steps.array ?? []).enumerated().map { index, step in
                    guard var members = step.object, let value = members["value"], let place = place(index, members)
                    else { return step }
                    members["value"] = short(value, atMost: limit, source, place)
                    return .object(members)
                }
            )
        }
    }

    /// Cuts with ever smaller limits until it fits.
    private func cut(_ json: JSON, to size: Int, _ cut: (JSON, _ limit: Int) -> JSON) -> JSON {
        var limit = Self.largest
        var short = cut(json, limit)
        while short.takes(moreThan: size), limit > Self.smallest {
            limit /= 4
            short = cut(json, limit)
        }
        return short
    }

    /// A value, or what stands for one that is too large.
    private func short(_ value: JSON, atMost limit: Int, _ source: ContentRef.Source, _ path: JSONPointer) -> JSON {
        guard value.takes(moreThan: limit) else { return value }
        return .object(mark(value.string ?? value.text, source, path, shown: min(Self.shown, limit / 8)))
    }

    private func cut(_ json: JSON, atMost limit: Int, _ source: ContentRef.Source, _ path: JSONPointer) -> JSON {
        switch json {
        case .array(let items):
            .array(items.enumerated().map { cut($1, atMost: limit, source, path.appending(String($0))) })
        case .object(let members): cut(members, atMost: limit, source, path)
        default: json
        }
    }

    private func cut(
        _ members: JSON.Object,
        atMost limit: Int,
        _ source: ContentRef.Source,
        _ path: JSONPointer
    ) -> JSON {
        var object = JSON.Object()
        for (name, value) in members {
            let place = path.appending(name)
            let known = ExactString(name)
            if known == Self.patch {
                object[name] = bounded(patch: value, source, place)
            } else if !value.takes(moreThan: known == Self.picture ? Self.page : limit) {
                object[name] = value
            } else if known == Self.picture {
                object[name] = .object(mark(value.text, source, place, shown: 0))
            } else if Self.opaque.contains(known) {
                object[name] = short(value, atMost: limit, source, place)
            } else if case .string(let text) = value {
                let beginning = text.prefix(bytes: min(Self.shown, limit / 8))
                object[name] = .string("\(beginning)… ‹\(text.utf8.count) bytes›")
                for (name, value) in mark(text, source, place, shown: 0) { object[name] = value }
            } else {
                object[name] = cut(value, atMost: limit, source, place)
            }
        }
        return .object(object)
    }

    /// - Parameter shown: bytes of its beginning that stand beside it; 0 for none.
    private func mark(_ text: String, _ source: ContentRef.Source, _ place: JSONPointer, shown: Int) -> JSON.Object {
        var mark: JSON.Object = [
            "cut": true, "bytes": .int(text.utf8.count), "ref": .string(ContentRef(source, place).text),
        ]
        if shown > 0 { mark["text"] = .string(text.prefix(bytes: shown)) }
        return mark
    }

    /// The last messages that fit into an answer beside a state, at least one, and how many there are before them.
    func window(
        _ messages: [Message],
        of key: SessionKey,
        at seq: Int? = nil,
        beside state: JSON
    ) -> (messages: [JSON], before: Int) {
        let limit = max(Self.largest, Self.page - state.textSize)
        var window: [JSON] = []
        var bytes = 0
        for message in messages.reversed() {
            let json = bounded(message.json, .message(key, id: message.id, at: seq))
            bytes += json.textSize
            if bytes > limit, !window.isEmpty { break }
            window.append(json)
        }
        return (window.reversed(), messages.count - window.count)
    }

    /// The first items that fit, at least one, and whether there are more.
    ///
    /// - Parameter limit: bytes of all of them.
    static func first(_ items: [JSON], within limit: Int = page) -> (items: [JSON], more: Bool) {
        var bytes = 0
        let end = items.firstIndex { item in
            bytes += item.textSize
            return bytes > limit
        }
        let count = max(min(1, items.count), end ?? items.count)
        return (Array(items.prefix(count)), count < items.count)
    }
}
