extension JSON {
    /// This document after `patch`; all of it or none of it.
    ///
    /// - Throws: ``JSONPatchError`` that names the path which is missing, or whose test fails.
    public func applying(_ patch: JSONPatch) throws(JSONPatchError) -> JSON {
        var document = self
        for step in patch.steps { try document.apply(step) }
        return document
    }

    private mutating func apply(_ step: JSONPatch.Step) throws(JSONPatchError) {
        switch step {
        case .add(let path, let new): try add(new, at: path)
        case .remove(let path): try remove(at: path)
        case .replace(let path, let new):
            try replace(at: path, with: new)
        case .copy(let from, let to): try add(try value(at: from), at: to)
        case .move(let from, let to):
            guard !to.pieces.starts(with: from.pieces) || to == from else {
                throw JSONPatchError(description: "\(from) cannot move into itself")
            }
            let moved = try value(at: from)
            try remove(at: from)
            try add(moved, at: to)
        case .test(let path, let expected):
            guard try value(at: path) == expected else {
                throw JSONPatchError(description: "\(path) is not \(expected)")
            }
        }
    }

    /// The value at `path`.
    ///
    /// - Throws: ``JSONPatchError`` when there is none.
    public func value(at path: JSONPointer) throws(JSONPatchError) -> JSON {
        var here = self
        for piece in path.pieces {
            switch here {
            case .object(let members):
                guard let next = members[piece] else { throw .missing(path) }
                here = next
            case .array(let items):
                guard let index = JSON.index(piece), index < items.count else { throw .missing(path) }
                here = items[index]
            default: throw .missing(path)
            }
        }
        return here
    }

    private mutating func add(_ value: JSON, at path: JSONPointer) throws(JSONPatchError) {
        guard let last = path.pieces.last else { return self = value }
        try change(path.pieces.dropLast(), path) { (parent) throws(JSONPatchError) in
            switch parent {
            case .object(var members):
                members[last] = value
                parent = .object(members)
            case .array(var items):
                guard let index = last == "-" ? items.count : JSON.index(last), index <= items.count else {
                    throw .missing(path)
                }
                items.insert(value, at: index)
                parent = .array(items)
            default: throw .missing(path)
            }
        }
    }

    private mutating func replace(at path: JSONPointer, with value: JSON) throws(JSONPatchError) {
        try change(path.pieces[...], path) { (place) throws(JSONPatchError) in place = value }
    }

    private mutating func remove(at path: JSONPointer) throws(JSONPatchError) {
        guard let last = path.pieces.last else { return self = .null }
        try change(path.pieces.dropLast(), path) { (parent) throws(JSONPatchError) in
            switch parent {
            case .object(var members):
                guard members.remove(last) != nil else { throw .missing(path) }
                parent = .object(members)
            case .array(var items):
                guard let index = JSON.index(last), index < items.count else { throw .missing(path) }
                items.remove(at: index)
                parent = .array(items)
            default: throw .missing(path)
            }
        }
    }

    private mutating func change(
        _ pieces: ArraySlice<String>,
        _ path: JSONPointer,
        _ body: (inout JSON) throws(JSONPatchError) -> Void
    ) throws(JSONPatchError) {
        guard let first = pieces.first else { return try body(&self) }
        switch self {
        case .object(var members):
            guard var next = members[first] else { throw .missing(path) }
            try next.change(pieces.dropFirst(), path, body)
            members[first] = next
            self = .object(members)
        case .array(var items):
            guard let index = JSON.index(first), index < items.count else { throw .missing(path) }
            try items[index].change(pieces.dropFirst(), path, body)
            self = .array(items)
        default: throw .missing(path)
        }
    }

    /// An array index as RFC 6901 writes it: digits without a leading zero.
    package static func index(_ piece: String) -> Int? {
        guard piece == "0" || (piece.first != "0" && piece.utf8.allSatisfy { (48...57).contains($0) }) else {
            return nil
        }
        return Int(piece)
    }
}

extension JSONPatchError {
    fileprivate static func missing(_ path: JSONPointer) -> JSONPatchError {
        JSONPatchError(description: "there is nothing at \(path)")
    }
}
