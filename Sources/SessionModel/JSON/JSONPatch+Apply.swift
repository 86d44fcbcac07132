extension JSON {
    /// This document after `patch`, applied completely or not at all, in time linear in the patch and the document.
    ///
    /// - Throws: ``JSONPatchError`` that names the path which is missing, or whose test fails, or says that the patch
    ///   copies or moves more than ``JSONPatch/maximumWork``.
    public func applying(_ patch: JSONPatch) throws(JSONPatchError) -> JSON {
        var application = PatchApplication(document: self)
        try application.apply(patch.steps)
        return application.document
    }

    /// Applies a patch; if it throws, the document is unchanged. A single step changes the document in place, so that
    /// many small changes take no longer when the document is large.
    package mutating func apply(_ patch: JSONPatch) throws(JSONPatchError) {
        guard patch.steps.count == 1, patch.steps[0].isAllOrNothing else {
            self = try applying(patch)
            return
        }
        var application = PatchApplication(document: takeWhole())
        defer { self = application.document }
        try application.apply(patch.steps)
    }

    /// The document, as its only owner; null takes its place.
    private mutating func takeWhole() -> JSON {
        let document = self
        self = .null
        return document
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

    /// Changes the value at a path in place, without copying what is around it.
    fileprivate mutating func change(
        _ pieces: ArraySlice<String>,
        _ path: JSONPointer,
        _ body: (inout JSON) throws(JSONPatchError) -> Void
    ) throws(JSONPatchError) {
        guard let first = pieces.first else { return try body(&self) }
        if var members = takeObject() {
            defer { self = .object(members) }
            let isThere = try members.change(first) { (value) throws(JSONPatchError) in
                try value.change(pieces.dropFirst(), path, body)
            }
            guard isThere else { throw .missing(path) }
        } else if var items = takeArray() {
            defer { self = .array(items) }
            guard let index = JSON.index(first), index < items.count else { throw .missing(path) }
            try items[index].change(pieces.dropFirst(), path, body)
        } else {
            throw .missing(path)
        }
    }

    /// The members, as their only owner, so that changing them does not copy them; null takes their place.
    fileprivate mutating func takeObject() -> Object? {
        guard case .object(let members) = self else { return nil }
        self = .null
        return members
    }

    /// The same for the items of an array.
    fileprivate mutating func takeArray() -> [JSON]? {
        guard case .array(let items) = self else { return nil }
        self = .null
        return items
    }

    /// An array index as RFC 6901 writes it: digits without a leading zero.
    package static func index(_ piece: String) -> Int? {
        guard piece.utf8.allSatisfy({ (48...57).contains($0) }), piece.utf8.first != 48 || piece.utf8.count == 1 else {
            return nil
        }
        return Int(piece)
    }
}

/// Applies a patch to a document. Steps that remove or insert adjacent items of one array, as the diff of long
/// arrays produces them, are applied together.
private struct PatchApplication {
    private(set) var document: JSON
    /// Bytes and items copied or moved so far, see ``JSONPatch/maximumWork``.
    private var work = 0

    init(document: JSON) { self.document = document }

    mutating func apply(_ steps: [JSONPatch.Step]) throws(JSONPatchError) {
        var index = 0
        while index < steps.count { index = try apply(from: index, of: steps) }
    }

    /// Applies the step at `index`, and the following ones that belong to it.
    ///
    /// - Returns: the index of the next one.
    private mutating func apply(from index: Int, of steps: [JSONPatch.Step]) throws(JSONPatchError) -> Int {
        var end = index + 1
        switch steps[index] {
        case .add(let path, let value):
            var values = [value]
            var next = path
            while end < steps.count, let following = next.following, case .add(following, let value) = steps[end] {
                values.append(value)
                next = following
                end += 1
            }
            try add(values, at: path)
        case .remove(let path):
            while end < steps.count, case .remove(path) = steps[end] { end += 1 }
            try remove(end - index, at: path)
        case .replace(let path, let new):
            try document.change(path.pieces[...], path) { (place) throws(JSONPatchError) in place = new }
        case .copy(let from, let to):
            let copy = try document.value(at: from)
            try count(copy, to)
            try add([copy], at: to)
        case .move(let from, let to):
            guard !to.isInside(from) || to == from else {
                throw JSONPatchError(description: "\(from) cannot move into itself")
            }
            let moved = try document.value(at: from)
            try count(moved, to)
            try remove(1, at: from)
            try add([moved], at: to)
        case .test(let path, let expected):
            guard try document.value(at: path) == expected else {
                throw JSONPatchError(description: "\(path) is not \(expected.text.prefix(bytes: 200))", isTest: true)
            }
        }
        return end
    }

    private mutating func add(_ values: [JSON], at path: JSONPointer) throws(JSONPatchError) {
        guard let last = path.pieces.last else { return document = values[values.count - 1] }
        try checkDepth(path)
        var moved = 0
        try document.change(path.pieces.dropLast(), path) { (parent) throws(JSONPatchError) in
            if var members = parent.takeObject() {
                defer { parent = .object(members) }
                guard let index = values.count > 1 ? JSON.index(last) : nil else { return members[last] = values[0] }
                for (offset, value) in values.enumerated() { members[String(index + offset)] = value }
            } else if var items = parent.takeArray() {
                defer { parent = .array(items) }
                guard let index = last == "-" ? items.count : JSON.index(last), index <= items.count else {
                    throw .missing(path)
                }
                moved = items.count - index
                items.insert(contentsOf: values, at: index)
            } else {
                throw .missing(path)
            }
        }
        try count(moved)
    }

    private mutating func remove(_ number: Int, at path: JSONPointer) throws(JSONPatchError) {
        guard let last = path.pieces.last else { return document = .null }
        var moved = 0
        try document.change(path.pieces.dropLast(), path) { (parent) throws(JSONPatchError) in
            if var members = parent.takeObject() {
                defer { parent = .object(members) }
                guard number == 1, members.remove(last) != nil else { throw .missing(path) }
            } else if var items = parent.takeArray() {
                defer { parent = .array(items) }
                guard let index = JSON.index(last), index < items.count, number <= items.count - index else {
                    throw .missing(path)
                }
                items.removeSubrange(index..<(index + number))
                moved = items.count - index
            } else {
                throw .missing(path)
            }
        }
        try count(moved)
    }

    // MARK: Bounds

    /// Counts a value that is copied or moved, and checks how deep it will be.
    private mutating func count(_ value: JSON, _ to: JSONPointer) throws(JSONPatchError) {
        try count(value.size)
        guard to.pieces.count + value.depth <= JSON.writtenDepth else { throw .tooDeep(to) }
    }

    private func checkDepth(_ path: JSONPointer) throws(JSONPatchError) {
        guard path.pieces.count <= JSON.writtenDepth else { throw .tooDeep(path) }
    }

    private mutating func count(_ more: Int) throws(JSONPatchError) {
        work += more
        guard work <= JSONPatch.maximumWork else {
            throw JSONPatchError(
                description: "the patch copies or moves more than \(JSONPatch.maximumWork >> 20) million bytes or items"
            )
        }
    }
}

extension JSONPatch.Step {
    /// Whether it changes nothing when it throws.
    fileprivate var isAllOrNothing: Bool {
        switch self {
        case .add, .remove, .replace, .test: true
        case .copy, .move: false
        }
    }
}

extension JSONPatch {
    /// What a patch may copy and move: bytes of values by `copy` and `move`, and array items that are shifted.
    public static let maximumWork = 8 << 20
}

extension JSONPointer {
    /// The place of the next item, if this is one of an array.
    fileprivate var following: JSONPointer? {
        guard let last = pieces.last, let index = JSON.index(last), index < Int.max else { return nil }
        return JSONPointer(pieces.dropLast() + [String(index + 1)])
    }
}

extension JSONPatchError {
    fileprivate static func missing(_ path: JSONPointer) -> JSONPatchError {
        JSONPatchError(description: "there is nothing at \(path.description.prefix(bytes: 200))")
    }

    fileprivate static func tooDeep(_ path: JSONPointer) -> JSONPatchError {
        JSONPatchError(description: "\(path.description.prefix(bytes: 200)) is nested deeper than \(JSON.writtenDepth)")
    }
}
