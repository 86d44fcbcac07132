/// A change to a JSON document, as a list of steps (RFC 6902).
public struct JSONPatch: Sendable, Hashable {
    public enum Step: Sendable, Hashable {
        case add(JSONPointer, JSON)
        case remove(JSONPointer)
        case replace(JSONPointer, JSON)
        case move(from: JSONPointer, to: JSONPointer)
        case copy(from: JSONPointer, to: JSONPointer)
        case test(JSONPointer, JSON)
    }

    public var steps: [Step]
    public var isEmpty: Bool { steps.isEmpty }

    public init(_ steps: [Step] = []) { self.steps = steps }

    /// Whether it has a `copy` step.
    package var copies: Bool { steps.contains { if case .copy = $0 { true } else { false } } }
}

/// Why a patch could not be read or applied.
public struct JSONPatchError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
    /// Whether a `test` step failed.
    public var isTest = false
}

extension JSONPatch {
    /// Whether it has a `test` step.
    public var tests: Bool { steps.contains { if case .test = $0 { true } else { false } } }

    /// The patch as RFC 6902 writes it: an array of operations.
    public var json: JSON { .array(steps.map { .object($0.object()) }) }

    /// - Throws: ``JSONPatchError`` that names the operation which is malformed.
    public init(json: JSON) throws(JSONPatchError) {
        guard let items = json.array else { throw JSONPatchError(description: "a patch is an array of operations") }
        var steps: [Step] = []
        for (index, item) in items.enumerated() {
            guard let step = Step(json: item) else {
                throw JSONPatchError(description: "operation \(index) is malformed: \(item.text.prefix(bytes: 120))")
            }
            steps.append(step)
        }
        self.init(steps)
    }
}

extension JSONPatch.Step: JSONDescribed {
    /// The place this step writes, or tests.
    package var path: JSONPointer {
        switch self {
        case .add(let path, _), .remove(let path), .replace(let path, _), .test(let path, _): path
        case .move(_, let to), .copy(_, let to): to
        }
    }

    package func describe(to members: inout some JSONMembers) {
        members.add("op", name)
        if case .move(let from, _) = self { members.add("from", from.description) }
        if case .copy(let from, _) = self { members.add("from", from.description) }
        members.add("path", path.description)
        switch self {
        case .add(_, let value), .replace(_, let value), .test(_, let value): members.add("value", value)
        case .remove, .move, .copy: break
        }
    }

    private var name: String {
        switch self {
        case .add: "add"
        case .remove: "remove"
        case .replace: "replace"
        case .move: "move"
        case .copy: "copy"
        case .test: "test"
        }
    }

    init?(json: JSON) {
        guard let name = json["op"]?.word, let path = json["path"]?.string.flatMap(JSONPointer.init(parsing:)) else {
            return nil
        }
        let from = json["from"]?.string.flatMap(JSONPointer.init(parsing:))
        switch (name, json["value"], from) {
        case ("add", let value?, _): self = .add(path, value)
        case ("remove", _, _): self = .remove(path)
        case ("replace", let value?, _): self = .replace(path, value)
        case ("test", let value?, _): self = .test(path, value)
        case ("move", _, let from?): self = .move(from: from, to: path)
        case ("copy", _, let from?): self = .copy(from: from, to: path)
        default: return nil
        }
    }
}
