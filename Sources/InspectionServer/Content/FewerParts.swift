internal import SessionModel

/// Takes very many parts out of what is to be answered, before it is redacted and its large parts are cut: however many there
/// are, an answer takes no more than its bound, and making it no longer than that.
///
/// Of a list that is too large the beginning stays, and an item with `cut`, `bytes` and a `ref` for the rest. Steps of a
/// change of the state that are too many become one step for each field that they change; it puts `cut`, `bytes` and a `ref`
/// to the field's value there.
struct FewerParts {
    /// Bytes of one answer's parts, each large one counted as it will be shown.
    private static let most = 2 << 20
    /// Bytes of one list's.
    private static let mostOfList = 512 << 10
    /// Fields that a change is summed up by; of more it replaces the whole state.
    private static let mostFields = 500

    private let source: ContentRef.Source
    private var left = Self.most

    init(_ source: ContentRef.Source) { self.source = source }

    static func of(_ json: JSON, _ source: ContentRef.Source) -> JSON {
        var parts = FewerParts(source)
        return parts.reduced(json, at: [])?.json ?? json
    }

    /// A value with fewer parts, and the bytes that all of it takes: what is around it does not count them again.
    private typealias Reduced = (json: JSON, bytes: Int)

    /// `nil` when all of it may stay.
    private mutating func reduced(_ json: JSON, at path: [String]) -> Reduced? {
        switch json {
        case .array(let items): return reduced(items, at: path)
        case .object(let members): return reduced(members, at: path)
        default:
            left -= min(json.textSize, AnswerBounds.shown)
            return nil
        }
    }

    private mutating func reduced(_ items: [JSON], at path: [String]) -> Reduced? {
        let least = max(0, left - Self.mostOfList)
        var changed: [Int: Reduced] = [:]
        var end = items.count
        for (index, item) in items.enumerated() {
            if left <= least {
                end = index
                break
            }
            left -= 1
            if let few = reduced(item, at: path + [String(index)]) { changed[index] = few }
        }
        if changed.isEmpty, end == items.count { return nil }
        let bytes = items.enumerated().reduce(2) { $0 + (changed[$1.offset]?.bytes ?? $1.element.textSize) + 1 }
        var kept = items[..<end].enumerated().map { changed[$0]?.json ?? $1 }
        if end < items.count {
            var rest = mark(bytes, at: path)
            rest["type"] = "text"
            rest["text"] = .string("… ‹\(items.count - end) more›")
            kept.append(.object(rest))
        }
        return (.array(kept), bytes)
    }

    private mutating func reduced(_ members: JSON.Object, at path: [String]) -> Reduced? {
        var kept = JSON.Object()
        var changed: [ExactString: Reduced] = [:]
        for (name, value) in members {
            if left <= 0 { break }
            left -= name.utf8.count + 4
            let known = ExactString(name)
            if AnswerBounds.opaque.contains(known) || known == AnswerBounds.picture {
                // Comes whole, or what stands for it.
                left -= min(value.textSize, AnswerBounds.shown)
            } else if known == AnswerBounds.patch, case .event(let key, let seq) = source {
                changed[known] = (Self.ofPatch(value, of: key, at: seq), value.textSize)
            } else if let few = reduced(value, at: path + [name]) {
                changed[known] = few
            }
            kept[name] = changed[known]?.json ?? value
        }
        if changed.isEmpty, kept.count == members.count { return nil }
        let bytes = members.reduce(2) {
            let size = changed[ExactString($1.name)]?.bytes ?? $1.value.textSize
            return $0 + JSON.quotedSize($1.name) + size + 2
        }
        if kept.count < members.count { for (name, value) in mark(bytes, at: path) { kept[name] = value } }
        return (.object(kept), bytes)
    }

    private func mark(_ bytes: Int, at path: [String]) -> JSON.Object {
        let reference = ContentRef(source, JSONPointer(path))
        return ["cut": true, "bytes": .int(bytes), "ref": .string(reference.text)]
    }

    /// Steps that come to the same fields, when there are too many of them.
    static func ofPatch(_ patch: JSON, of key: SessionKey, at seq: Int) -> JSON {
        let steps = patch.array ?? []
        var bytes = 0
        for step in steps where bytes <= AnswerBounds.state { bytes += min(step.textSize, AnswerBounds.shown) }
        guard bytes > AnswerBounds.state else { return patch }
        let size = JSON.int(patch.textSize)
        func replaced(_ path: JSONPointer) -> JSON {
            let reference = ContentRef(.state(key, at: seq), path)
            let mark: JSON = ["cut": true, "bytes": size, "ref": .string(reference.text)]
            return ["op": "add", "path": .string(path.description), "value": mark]
        }
        // Whether each field that is changed is gone afterwards; the others get a reference.
        var fields = JSON.Object()
        for step in steps {
            for pointer in ["path", "from"].compactMap({ step[$0]?.string }) {
                guard let field = JSONPointer(parsing: pointer)?.pieces.first, fields.count < mostFields else {
                    return [replaced(JSONPointer())]
                }
                let isWhole = JSONPointer([field]).description.isExactly(pointer)
                let takes =
                    step["op"]?.word == "remove" || (step["op"]?.word == "move" && step["from"]?.string == pointer)
                fields[field] = .bool(isWhole && takes)
            }
        }
        return .array(
            fields.flatMap { field, isGone -> [JSON] in
                let step = replaced(JSONPointer([field]))
                // Added first, since one that these steps themselves have added is not there yet.
                return isGone == true ? [step, ["op": "remove", "path": step["path"] ?? .null]] : [step]
            }
        )
    }
}
