internal import SessionModel
internal import Terminal

/// A text input with a cursor. It is stored as the text before and after the cursor, so that the cost of typing does
/// not depend on its length.
package struct TextInput: Sendable, Hashable {
    /// More than that is not taken.
    static let maximumBytes = 1 << 20

    /// The text before the cursor.
    private(set) var head = ""
    /// The text behind the cursor.
    private(set) var tail = ""
    /// How many line breaks there are.
    private(set) var lineBreaks = 0
    /// Whether it is a proposal, which the first thing that is typed replaces.
    private var isProposal = false

    init(_ text: String = "") {
        head = text
        lineBreaks = Self.breaks(in: text)
    }

    /// A text that is proposed: typing replaces it, moving in it takes it over.
    init(proposal: String) {
        self.init(proposal)
        isProposal = true
    }

    var text: String { head + tail }
    var isEmpty: Bool { head.isEmpty && tail.isEmpty }

    /// Types, moves and deletes; whether the key was one of those.
    mutating func handle(_ key: Key) -> Bool {
        if isProposal {
            switch key {
            case .character, .backspace, .delete: self = TextInput()
            default: isProposal = false
            }
        }
        switch key {
        case .character(let character): insert(String(character))
        case .backspace: if let last = head.popLast() { removed(last) }
        case .delete: if !tail.isEmpty { removed(tail.removeFirst()) }
        case .left, .control("b"): if let last = head.popLast() { tail.insert(last, at: tail.startIndex) }
        case .right, .control("f"): if !tail.isEmpty { head.append(tail.removeFirst()) }
        case .home, .control("a"):
            let line = String(lineHead)
            (head, tail) = (String(head.dropLast(line.count)), line + tail)
        case .end, .control("e"):
            let line = String(lineTail)
            (head, tail) = (head + line, String(tail.dropFirst(line.count)))
        case .control("u"): removeHead(from: head.startIndex)
        case .control("k"):
            lineBreaks -= Self.breaks(in: tail)
            tail = ""
        case .control("w"): removeHead(from: wordStart)
        default: return false
        }
        return true
    }

    /// The same, with up and down from line to line.
    mutating func handleLines(_ key: Key) -> Bool {
        switch key {
        case .up:
            guard let end = Self.lastBreak(in: head[...]) else { return true }
            let column = head[head.index(after: end)...].count
            let start = Self.lastBreak(in: head[..<end]).map { head.index(after: $0) } ?? head.startIndex
            let place = head.index(start, offsetBy: column, limitedBy: end) ?? end
            (head, tail) = (String(head[..<place]), String(head[place...]) + tail)
        case .down:
            guard let end = Self.firstBreak(in: tail[...]) else { return true }
            let column = head[(Self.lastBreak(in: head[...]).map { head.index(after: $0) } ?? head.startIndex)...].count
            let start = tail.index(after: end)
            let next = Self.firstBreak(in: tail[start...]) ?? tail.endIndex
            let place = tail.index(start, offsetBy: column, limitedBy: next) ?? next
            (head, tail) = (head + tail[..<place], String(tail[place...]))
        default: return handle(key)
        }
        return true
    }

    /// Puts a piece in at the cursor.
    ///
    /// - Returns: whether there was room for it; without, nothing is.
    @discardableResult
    mutating func insert(_ piece: String) -> Bool {
        guard head.utf8.count + tail.utf8.count + piece.utf8.count <= Self.maximumBytes else { return false }
        head += piece
        lineBreaks += Self.breaks(in: piece)
        return true
    }

    private mutating func removed(_ character: Character) { lineBreaks -= Self.breaks(in: String(character)) }

    private mutating func removeHead(from place: String.Index) {
        lineBreaks -= Self.breaks(in: String(head[place...]))
        head.removeSubrange(place...)
    }

    private var wordStart: String.Index {
        var start = head.endIndex
        func skip(while isSkipped: (Character) -> Bool) {
            while start > head.startIndex, isSkipped(head[head.index(before: start)]) {
                start = head.index(before: start)
            }
        }
        skip { $0.isWhitespace }
        skip { !$0.isWhitespace }
        return start
    }
}

// MARK: Lines

extension TextInput {
    private static let lineFeed = UInt8(ascii: "\n")

    private static func breaks(in text: String) -> Int { text.utf8.reduce(0) { $0 + ($1 == lineFeed ? 1 : 0) } }
    private static func lastBreak(in text: Substring) -> String.Index? { text.utf8.lastIndex(of: lineFeed) }
    private static func firstBreak(in text: Substring) -> String.Index? { text.utf8.firstIndex(of: lineFeed) }

    /// The lines around the cursor, at most so many.
    ///
    /// - Returns: lines, and which of them has the cursor.
    func lines(atMost count: Int) -> (lines: [Substring], row: Int) {
        var start = head.endIndex
        var above: [Substring] = []
        while above.count < count {
            let end = start
            let feed = Self.lastBreak(in: head[..<end])
            above.append(head[(feed.map { head.utf8.index(after: $0) } ?? head.startIndex)..<end])
            guard let feed else { break }
            start = feed
        }
        let current = above.removeFirst()
        let row = above.count
        var lines = Array(above.reversed()) + [current + lineTail]
        var rest = tail[lineTail.endIndex...]
        while lines.count < count, !rest.isEmpty {
            rest = rest.dropFirst()
            let end = Self.firstBreak(in: rest) ?? rest.endIndex
            lines.append(rest[..<end])
            rest = rest[end...]
        }
        return (lines, row)
    }

    /// The part of the cursor's line before it.
    var lineHead: Substring {
        head[(Self.lastBreak(in: head[...]).map { head.utf8.index(after: $0) } ?? head.startIndex)...]
    }

    /// The part of the cursor's line behind it.
    var lineTail: Substring { tail[..<(Self.firstBreak(in: tail[...]) ?? tail.endIndex)] }
}
