internal import Terminal

/// A text that is being typed, with its cursor.
package struct TextInput: Sendable, Hashable {
    /// More than that is not taken.
    static let maximumBytes = 1 << 20

    private(set) var text = ""
    /// How many characters stand before the cursor.
    private(set) var cursor = 0
    /// Whether it is a proposal, which the first thing that is typed replaces.
    private var isProposal = false

    init(_ text: String = "") {
        self.text = text
        cursor = text.count
    }

    /// A text that is proposed: typing replaces it, moving in it takes it over.
    init(proposal: String) {
        self.init(proposal)
        isProposal = true
    }

    var isEmpty: Bool { text.isEmpty }

    /// Types, moves and deletes; whether the key was one of those.
    mutating func handle(_ key: Key) -> Bool {
        if isProposal {
            switch key {
            case .character, .backspace, .delete: remove(0..<text.count)
            default: break
            }
            isProposal = false
        }
        switch key {
        case .character(let character): insert(String(character))
        case .backspace: delete(from: cursor - 1)
        case .delete: delete(from: cursor)
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(text.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = text.count
        case .control("u"): remove(0..<cursor)
        case .control("k"): remove(cursor..<text.count)
        case .control("w"): remove(wordStart..<cursor)
        default: return false
        }
        return true
    }

    /// The same, with up and down from line to line.
    mutating func handleLines(_ key: Key) -> Bool {
        guard key == .up || key == .down else { return handle(key) }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let before = head.split(separator: "\n", omittingEmptySubsequences: false)
        let (row, column) = (max(0, before.count - 1), before.last?.count ?? 0)
        let target = key == .up ? row - 1 : row + 1
        guard lines.indices.contains(target) else { return true }
        cursor = lines[..<target].reduce(0) { $0 + $1.count + 1 } + min(column, lines[target].count)
        return true
    }

    mutating func insert(_ piece: String) {
        guard text.utf8.count + piece.utf8.count <= Self.maximumBytes else { return }
        let before = text.count
        text.insert(contentsOf: piece, at: index(cursor))
        cursor += text.count - before
    }

    private mutating func delete(from place: Int) {
        guard place >= 0, place < text.count else { return }
        remove(place..<(place + 1))
    }

    private mutating func remove(_ range: Range<Int>) {
        text.removeSubrange(index(range.lowerBound)..<index(range.upperBound))
        cursor = range.lowerBound
    }

    private var wordStart: Int {
        let before = Array(text.prefix(cursor))
        var start = before.count
        while start > 0, before[start - 1].isWhitespace { start -= 1 }
        while start > 0, !before[start - 1].isWhitespace { start -= 1 }
        return start
    }

    private func index(_ offset: Int) -> String.Index { text.index(text.startIndex, offsetBy: offset) }

    /// The text before the cursor.
    var head: String { String(text.prefix(cursor)) }
}
