internal import Inspection
internal import SessionModel

/// Keeps answers within what one frame may hold. A text or value that is larger than ``largest`` is cut: its beginning is
/// shown, and beside it stand `cut`, its `bytes` in all and a `ref` for `content.get`. Lists are cut to ``page``.
///
/// Secrets are taken out before anything is cut: a half of one would no longer be found.
struct AnswerBounds: Sendable {
    static let largest = 256 << 10
    /// Bytes that are shown of what is cut.
    static let shown = 32 << 10
    /// Bytes of the lists in one answer.
    static let page = 3 << 20

    /// Members whose values are anything, and are cut as a whole.
    private static let opaque: Set<ExactString> = ["result", "fn_args", "body", "before", "after"]
    /// Context and state as a whole, without which an event cannot be applied.
    private static let picture: ExactString = "picture"
    /// A change of the state, which is bounded by what a state may be.
    private static let patch: ExactString = "patch"

    let redaction: Redaction

    /// A message, an event or an exchange, without secrets and with what is too large cut.
    func bounded(_ json: JSON, _ source: ContentRef.Source) -> JSON {
        guard json.size > Self.largest else { return json }
        return cut(redaction.redacted(json), source, JSONPointer())
    }

    private func cut(_ json: JSON, _ source: ContentRef.Source, _ path: JSONPointer) -> JSON {
        switch json {
        case .array(let items):
            .array(items.enumerated().map { cut($1, source, path.appending(String($0))) })
        case .object(let members): cut(members, source, path)
        default: json
        }
    }

    private func cut(_ members: JSON.Object, _ source: ContentRef.Source, _ path: JSONPointer) -> JSON {
        var object = JSON.Object()
        for (name, value) in members {
            let place = path.appending(name)
            let known = ExactString(name)
            let limit = known == Self.picture ? Self.page : Self.largest
            let size = known == Self.patch ? 0 : value.size
            if size <= limit {
                object[name] = value
            } else if Self.opaque.contains(known) || known == Self.picture {
                object[name] = .object(mark(value.string ?? value.text, source, place, isShown: known != Self.picture))
            } else if case .string(let text) = value {
                let mark = mark(text, source, place, isShown: false)
                object[name] = .string("\(text.prefix(bytes: Self.shown))… ‹\(text.utf8.count) bytes›")
                for (name, value) in mark { object[name] = value }
            } else {
                object[name] = cut(value, source, place)
            }
        }
        return .object(object)
    }

    private func mark(
        _ text: String,
        _ source: ContentRef.Source,
        _ place: JSONPointer,
        isShown: Bool
    ) -> JSON.Object {
        var mark: JSON.Object = [
            "cut": true, "bytes": .int(text.utf8.count), "ref": .string(ContentRef(source, place).text),
        ]
        if isShown { mark["text"] = .string(text.prefix(bytes: Self.shown)) }
        return mark
    }

    /// The last messages that fit into an answer beside a state, at least one, and how many there are before them.
    func window(
        _ messages: [Message],
        of key: SessionKey,
        at seq: Int? = nil,
        beside state: JSON
    ) -> (messages: [JSON], before: Int) {
        let limit = max(Self.largest, Self.page - state.size)
        var window: [JSON] = []
        var bytes = 0
        for message in messages.reversed() {
            let json = bounded(message.json, .message(key, id: message.id, at: seq))
            bytes += json.size
            if bytes > limit, !window.isEmpty { break }
            window.append(json)
        }
        return (window.reversed(), messages.count - window.count)
    }

    /// The first items that fit, at least one, and whether there are more.
    static func first(_ items: [JSON]) -> (items: [JSON], more: Bool) {
        var bytes = 0
        let end = items.firstIndex { item in
            bytes += item.size
            return bytes > page
        }
        let count = max(min(1, items.count), end ?? items.count)
        return (Array(items.prefix(count)), count < items.count)
    }
}
