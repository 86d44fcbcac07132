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
        return parts.reduced(json, at: []) ?? json
    }

    /// The value with fewer parts; `nil` when all of it may stay.
    private mutating func reduced(_ json: JSON, at path: [String]) -> JSON? {
        switch json {
        case .array(let items): return reduced(items, json, at: path)
        case .object(let members): return reduced(members, json, at: path)
        default:
            left -= min(json.textSize, AnswerBounds.shown)
            return nil
        }
    }

    private mutating func reduced(_ items: [JSON], _ json: JSON, at path: [String]) -> JSON? {
        let least = max(0, left - Self.mostOfList)
        var changed: [Int: JSON] = [:]
        for (index, item) in items.enumerated() {
            if left <= least {
                var rest = mark(json, at: path)
                rest["type"] = "text"
                rest["text"] = .string("… ‹\(items.count - index) more›")
                return .array(items[..<index].enumerated().map { changed[$0] ?? $1 } + [.object(rest)])
            }
            left -= 1
            if let few = reduced(item, at: path + [String(index)]) { changed[index] = few }
        }
        return changed.isEmpty ? nil : .array(items.enumerated().map { changed[$0] ?? $1 })
    }

    private mutating func reduced(_ members: JSON.Object, _ json: JSON, at path: [String]) -> JSON? {
        var kept = JSON.Object()
        var isChanged = false
        for (name, value) in members {
            if left <= 0 {
                for (name, value) in mark(json, at: path) { kept[name] = value }
                return .object(kept)
            }
            left -= name.utf8.count + 4
            let known = ExactString(name)
            var few: JSON?
            if AnswerBounds.opaque.contains(known) || known == AnswerBounds.picture {
                // Comes whole, or what stands for it.
                left -= min(value.textSize, AnswerBounds.shown)
            } else if known == AnswerBounds.patch, case .event(let key, let seq) = source {
                few = Self.ofPatch(value, of: key, at: seq)
            } else {
                few = reduced(value, at: path + [name])
            }
            isChanged = isChanged || few != nil
            kept[name] = few ?? value
        }
        return isChanged ? .object(kept) : nil
    }

    private func mark(_ json: JSON, at path: [String]) -> JSON.Object {
        let reference = ContentRef(source, JSONPointer(path))
        return ["cut": true, "bytes": .int(json.textSize), "ref": .string(reference.text)]
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
        var fields = JSON.Object()
        for step in steps {
            for pointer in ["path", "from"].compactMap({ step[$0]?.string }) {
                guard let field = JSONPointer(parsing: pointer)?.pieces.first, fields.count < mostFields else {
                    return [replaced(JSONPointer())]
                }
                let path = JSONPointer([field])
                let isWhole = path.description.isExactly(pointer)
                if isWhole,
                    step["op"]?.word == "remove" || (step["op"]?.word == "move" && step["from"]?.string == pointer)
                {
                    fields[field] = ["op": "remove", "path": .string(pointer)]
                } else if fields[field]?["op"]?.word != "add" {
                    fields[field] = replaced(path)
                }
            }
        }
        return .array(fields.map(\.value))
    }
}
