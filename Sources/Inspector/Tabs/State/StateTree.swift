internal import SessionModel

/// The state as a tree that folds, and the place in it that is selected.
struct StateTree: Sendable, Hashable {
    struct Row: Sendable, Hashable {
        let path: JSONPointer
        let name: String
        let value: JSON
        let depth: Int
        let isFolded: Bool
    }

    var selected = JSONPointer()
    private(set) var top = 0
    private var folded: Set<JSONPointer> = []

    /// Rows that are shown at most.
    static let maximumRows = 20_000

    /// The rows of a state from the top, without what is folded away.
    func rows(of state: JSON) -> [Row] {
        var rows: [Row] = []
        add(state, at: JSONPointer(), depth: 0, to: &rows)
        return rows
    }

    private func add(_ value: JSON, at path: JSONPointer, depth: Int, to rows: inout [Row]) {
        switch value {
        case .object(let members):
            for (name, value) in members { add(name, value, path, depth, to: &rows) }
        case .array(let items):
            for (index, value) in items.enumerated() { add(String(index), value, path, depth, to: &rows) }
        default: break
        }
    }

    private func add(_ name: String, _ value: JSON, _ parent: JSONPointer, _ depth: Int, to rows: inout [Row]) {
        guard rows.count < Self.maximumRows else { return }
        let path = JSONPointer(parent.pieces + [name])
        let isFolded = folded.contains(path)
        rows.append(Row(path: path, name: name, value: value, depth: depth, isFolded: isFolded))
        if !isFolded { add(value, at: path, depth: depth + 1, to: &rows) }
    }

    /// The selected place, the first one if none was chosen.
    func current(in state: JSON) -> JSONPointer {
        selected.pieces.isEmpty ? rows(of: state).first?.path ?? selected : selected
    }

    /// Selects the row so many further down.
    mutating func move(by distance: Int, in state: JSON, height: Int) {
        let rows = rows(of: state)
        guard !rows.isEmpty else { return }
        let current = rows.firstIndex { $0.path == selected } ?? 0
        let next = min(max(0, current + distance), rows.count - 1)
        selected = rows[next].path
        if next < top { top = next }
        if next >= top + height { top = next - height + 1 }
    }

    mutating func showBeginning() { top = 0 }

    /// Folds or unfolds the selected branch.
    mutating func toggle(in state: JSON) {
        guard let value = try? state.value(at: selected), value.isBranch else { return }
        if folded.remove(selected) == nil { folded.insert(selected) }
    }
}

extension JSON {
    /// An object or an array that has something in it.
    var isBranch: Bool {
        switch self {
        case .object(let members): !members.isEmpty
        case .array(let items): !items.isEmpty
        default: false
        }
    }
}
