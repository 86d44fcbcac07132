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
    public var json: JSON { .array(steps.map(\.json)) }

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

extension JSONPatch.Step {
    /// The place this step writes, or tests.
    package var path: JSONPointer {
        switch self {
        case .add(let path, _), .remove(let path), .replace(let path, _), .test(let path, _): path
        case .move(_, let to), .copy(_, let to): to
        }
    }

    var json: JSON {
        switch self {
        case .add(let path, let value): ["op": "add", "path": .string(path.description), "value": value]
        case .remove(let path): ["op": "remove", "path": .string(path.description)]
        case .replace(let path, let value): ["op": "replace", "path": .string(path.description), "value": value]
        case .move(let from, let to):
            ["op": "move", "from": .string(from.description), "path": .string(to.description)]
        case .copy(let from, let to):
            ["op": "copy", "from": .string(from.description), "path": .string(to.description)]
        case .test(let path, let value): ["op": "test", "path": .string(path.description), "value": value]
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
