extension JSONPatch {
    /// The steps that lead from one document to another: `old.applying(diff) == new`.
    ///
    /// Objects are compared member by member; of arrays the equal start and end are kept.
    public init(from old: JSON, to new: JSON) {
        self.init()
        compare(old, new, at: JSONPointer())
    }

    private mutating func compare(_ old: JSON, _ new: JSON, at path: JSONPointer) {
        switch (old, new) {
        case (.object(let before), .object(let after)): compareMembers(before, after, at: path)
        case (.array(let before), .array(let after)): compareItems(before, after, at: path)
        default: if old != new { steps.append(.replace(path, new)) }
        }
    }

    private mutating func compareMembers(_ old: JSON.Object, _ new: JSON.Object, at path: JSONPointer) {
        for name in old.names where new[name] == nil { steps.append(.remove(path.appending(name))) }
        for (name, value) in new {
            if let before = old[name] {
                compare(before, value, at: path.appending(name))
            } else {
                steps.append(.add(path.appending(name), value))
            }
        }
    }

    private mutating func compareItems(_ old: [JSON], _ new: [JSON], at path: JSONPointer) {
        let shorter = min(old.count, new.count)
        var start = 0
        while start < shorter, old[start] == new[start] { start += 1 }
        var end = 0
        while end < shorter - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
        let changed = shorter - end
        for index in start..<max(start, changed) {
            compare(old[index], new[index], at: path.appending(String(index)))
        }
        let from = max(start, changed)
        for _ in from..<max(from, old.count - end) { steps.append(.remove(path.appending(String(from)))) }
        for index in from..<max(from, new.count - end) { steps.append(.add(path.appending(String(index)), new[index])) }
    }
}
