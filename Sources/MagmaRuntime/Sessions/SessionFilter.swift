package import Inspection
internal import SessionModel

/// The filter language of the list: terms that must all hold.
///
/// A plain word matches ids and agents fuzzily; `agent:`, `session:`, `kind:`, `status:`, `origin:` and `doing:` match
/// the start of that value; `messages`, `tokens`, `seq`, `age` and `idle` take `<`, `>`, `=` with a number or a time
/// such as `5m`; `state.FIELD=VALUE` looks into the state; `error` and `paused` stand alone; `-` before a term turns
/// it round; quotes keep spaces together.
package struct SessionFilter: Sendable {
    private enum Term: Sendable {
        case word([Unicode.Scalar])
        case prefix(@Sendable (Summary) -> String, String)
        case number(@Sendable (Summary, Int64) -> Double, Comparison, Double)
        case state([String], Comparison, String)
        case flag(@Sendable (Summary) -> Bool)
    }

    private enum Comparison: String, Sendable {
        case less = "<"
        case more = ">"
        case equal = "="
        case atMost = "<="
        case atLeast = ">="
    }

    private let redaction: Redaction
    private let isFuzzy: Bool
    private var terms: [(term: Term, isNegated: Bool)] = []

    /// - Parameters:
    ///   - redaction: what of states is hidden, so that terms cannot find it out.
    /// - Throws: ``RPCError`` with the position of the term that is wrong, or asks for what is hidden.
    ///   - isFuzzy: whether plain words need only have their letters in an id, in that order.
    package init(_ text: String, hiding redaction: Redaction = Redaction(), isFuzzy: Bool = false) throws(RPCError) {
        self.redaction = redaction
        self.isFuzzy = isFuzzy
        for (piece, position) in Self.pieces(of: text) {
            let isNegated = piece.count > 1 && piece.first == "-"
            let term = try term(isNegated ? String(piece.dropFirst()) : piece, at: position)
            terms.append((term, isNegated))
        }
    }

    /// Whether everything fits.
    var isEmpty: Bool { terms.isEmpty }

    /// Whether a session fits; `now` is for ages, in milliseconds since 1970.
    package func matches(_ entry: SessionEntry, now: Int64) -> Bool {
        terms.allSatisfy { holds($0.term, entry, now) != $0.isNegated }
    }

    private func holds(_ term: Term, _ entry: SessionEntry, _ now: Int64) -> Bool {
        switch term {
        case .word(let word):
            has(word, entry.summary.key.session) || has(word, entry.summary.key.agent)
        case .prefix(let value, let wanted): value(entry.summary).lowercased().startsExactly(with: wanted)
        case .number(let value, let comparison, let wanted): Self.compare(value(entry.summary, now), comparison, wanted)
        case .flag(let value): value(entry.summary)
        case .state(let path, let comparison, let wanted): holds(entry.state, path, comparison, wanted)
        }
    }

    private func holds(_ state: JSON, _ path: [String], _ comparison: Comparison, _ wanted: String) -> Bool {
        guard let found = try? state.value(at: JSONPointer(path)), !redaction.hides(found, at: path) else {
            return false
        }
        let value = redaction.cleaned(state: found)
        if let number = value.double, let limit = Double(wanted) { return Self.compare(number, comparison, limit) }
        return comparison == .equal && (value.string ?? value.text).lowercased().isExactly(wanted.lowercased())
    }

    private static func compare(_ value: Double, _ comparison: Comparison, _ wanted: Double) -> Bool {
        switch comparison {
        case .less: value < wanted
        case .more: value > wanted
        case .equal: value == wanted
        case .atMost: value <= wanted
        case .atLeast: value >= wanted
        }
    }

    /// Whether there are plain words, which may be looked for with less care.
    package var hasWords: Bool { terms.contains { if case .word = $0.term { !$0.isNegated } else { false } } }

    private func has(_ word: [Unicode.Scalar], _ text: String) -> Bool {
        isFuzzy ? Self.fuzzy(word, in: text) : Self.contains(word, Array(text.lowercased().unicodeScalars))
    }

    private static func contains(_ word: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
        guard word.count <= text.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0..<($0 + word.count)].elementsEqual(word) }
    }

    /// Whether the letters of `word` come in `text` in that order.
    private static func fuzzy(_ word: [Unicode.Scalar], in text: String) -> Bool {
        var rest = word[...]
        for scalar in text.lowercased().unicodeScalars where scalar == rest.first { rest.removeFirst() }
        return rest.isEmpty
    }
}

extension SessionFilter {
    /// The terms of a text with their positions, in characters; quotes keep spaces.
    private static func pieces(of text: String) -> [(String, Int)] {
        var pieces: [(String, Int)] = []
        var current = ""
        var start = 0
        var isQuoted = false
        // Compared as scalars: a character may be long, and slow to compare.
        for (position, character) in text.enumerated() {
            let only = character.unicodeScalars.count == 1 ? character.unicodeScalars.first : nil
            if only == "\"" {
                if current.isEmpty, !isQuoted { start = position }
                isQuoted.toggle()
            } else if only?.properties.isWhitespace ?? false, !isQuoted {
                if !current.isEmpty { pieces.append((current, start)) }
                current = ""
            } else {
                if current.isEmpty { start = position }
                current.append(character)
            }
        }
        if !current.isEmpty { pieces.append((current, start)) }
        return pieces
    }

    private func term(_ piece: String, at position: Int) throws(RPCError) -> Term {
        switch piece.lowercased() {
        case "error", "trouble": return .flag { $0.trouble != nil }
        case "paused": return .flag(\.paused)
        default: break
        }
        guard let index = piece.firstIndex(where: { ":<>=".contains($0) }), index != piece.startIndex else {
            return .word(Array(piece.lowercased().unicodeScalars))
        }
        let name = String(piece[..<index])
        var sign = String(piece[index])
        let next = piece.index(after: index)
        if sign == "<" || sign == ">", next < piece.endIndex, piece[next] == "=" { sign += "=" }
        let value = String(piece[index...].dropFirst(sign.count))
        func fail(_ why: String) -> RPCError {
            RPCError(-32602, "invalid_filter", "The filter is wrong at '\(piece)': \(why).", position: position)
        }
        guard !value.isEmpty else { throw fail("a value is missing after '\(sign)'") }
        let comparison = Comparison(rawValue: sign == ":" ? "=" : sign) ?? .equal
        if name.hasPrefix("state.") {
            let path = name.dropFirst(6).split(separator: ".").map(String.init)
            if path.contains(where: redaction.isSecret) { throw fail("what is in '\(name)' is hidden") }
            return .state(path, comparison, value)
        }
        if let text = Self.texts[name.lowercased()] {
            guard comparison == .equal else { throw fail("'\(name)' is text and takes ':'") }
            return .prefix(text, value.lowercased())
        }
        guard let number = Self.numbers[name.lowercased()] else {
            throw fail(
                "there is no '\(name)'; there are \((Array(Self.texts.keys) + Array(Self.numbers.keys)).sorted().joined(separator: ", ")), state.FIELD, error and paused"
            )
        }
        guard let wanted = Self.number(value) else {
            throw fail("'\(value)' is not a number, nor a time such as 30s, 5m, 2h or 1d")
        }
        return .number(number, comparison, wanted)
    }

    private static let texts: [String: @Sendable (Summary) -> String] = [
        "agent": { $0.key.agent }, "session": { $0.key.session }, "kind": { $0.kind.rawValue },
        "status": { $0.status.rawValue }, "origin": { $0.origin.rawValue }, "doing": { $0.doing ?? "" },
    ]

    private static let numbers: [String: @Sendable (Summary, Int64) -> Double] = [
        "messages": { summary, _ in Double(summary.messages) }, "seq": { summary, _ in Double(summary.seq) },
        "tokens": { summary, _ in Double(summary.tokens) },
        "age": { summary, now in Double(now - summary.created) / 1000 },
        "idle": { summary, now in Double(now - summary.active) / 1000 },
    ]

    /// A number, or a time in seconds.
    private static func number(_ text: String) -> Double? {
        if let number = Double(text) { return number.isFinite ? number : nil }
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Double(text.dropLast()) else { return nil }
        return number * unit
    }
}
