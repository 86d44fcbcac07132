/// The filter language of the list, parsed: terms that must all hold.
///
/// A plain word matches session ids and agents; `agent:`, `session:`, `kind:`, `status:`, `origin:`, `doing:` and `node:` match
/// the start of that value; `messages`, `tokens`, `seq`, `age` and `idle` take `<`, `>`, `<=`, `>=`, `=` with a number or a
/// duration such as `5m`; `state.FIELD=VALUE` compares a field of the state; `error` and `paused` stand alone; `-` before a
/// term negates it; quotes keep spaces together. Case is ignored.
///
/// It is a value: ``SessionMatcher`` evaluates it in memory, and a store may translate it into a query of its own.
package struct SessionFilter: Sendable, Hashable {
    package enum TextField: String, Sendable, CaseIterable { case agent, session, kind, status, origin, doing, node }

    package enum NumberField: String, Sendable, CaseIterable {
        case messages, seq, tokens
        /// Seconds since the session was created, and since its last activity.
        case age, idle
    }

    package enum Comparison: String, Sendable {
        case less = "<"
        case more = ">"
        case equal = "="
        case atMost = "<="
        case atLeast = ">="
    }

    package enum Condition: Sendable, Hashable {
        /// Lower-case text that the id or the agent contains.
        case word(String)
        /// Lower-case text that the field starts with.
        case text(TextField, prefix: String)
        case number(NumberField, Comparison, Double)
        case state([String], Comparison, String)
        case hasTrouble
        case isPaused
    }

    package struct Term: Sendable, Hashable {
        package let condition: Condition
        package let isNegated: Bool
        /// As it was written, and where: scalars from the start of the filter.
        package let text: String
        package let position: Int
    }

    package let terms: [Term]

    /// Maximum terms of a filter: each of them is evaluated for every session.
    package static let mostTerms = 100

    /// - Throws: ``FilterError`` with the position of the term that is wrong.
    package init(parsing text: String) throws(FilterError) {
        var terms: [Term] = []
        for (piece, position) in Self.pieces(of: text) {
            guard terms.count < Self.mostTerms else {
                throw FilterError(at: piece, position, "a filter has at most \(Self.mostTerms) terms")
            }
            let isNegated = piece.utf8.count > 1 && piece.utf8.first == UInt8(ascii: "-")
            let plain = isNegated ? String(piece.unicodeScalars.dropFirst()) : piece
            let condition = try Self.condition(plain, at: position)
            terms.append(Term(condition: condition, isNegated: isNegated, text: plain, position: position))
        }
        self.terms = terms
    }

    /// Whether every session matches.
    package var isEmpty: Bool { terms.isEmpty }

    /// Whether there are plain words, which may also be matched by their letters alone: see ``SessionMatcher/isFuzzy``.
    package var hasWords: Bool {
        terms.contains { term in if case .word = term.condition { !term.isNegated } else { false } }
    }
}

/// What is wrong with a filter.
package struct FilterError: Error, Sendable, Hashable {
    /// A sentence.
    package let message: String
    /// Scalars from the start of the filter to the term that is wrong.
    package let position: Int

    package init(at term: String, _ position: Int, _ why: String) {
        message = "The filter is wrong at '\(term)': \(why)."
        self.position = position
    }
}

// MARK: Parsing

extension SessionFilter {
    /// The terms of a text with their positions, in scalars; quotes keep spaces. A character would be more than a quote or a
    /// colon where an accent follows it.
    private static func pieces(of text: String) -> [(String, Int)] {
        var pieces: [(String, Int)] = []
        var current: [UInt8] = []
        var start = 0
        var isQuoted = false
        func end() {
            if !current.isEmpty { pieces.append((String(decoding: current, as: UTF8.self), start)) }
            current = []
        }
        for (position, scalar) in text.unicodeScalars.enumerated() {
            if scalar == "\"" {
                if current.isEmpty, !isQuoted { start = position }
                isQuoted.toggle()
            } else if scalar.properties.isWhitespace, !isQuoted {
                end()
            } else {
                if current.isEmpty { start = position }
                current.append(contentsOf: String(scalar).utf8)
            }
        }
        end()
        return pieces
    }

    private static func condition(_ piece: String, at position: Int) throws(FilterError) -> Condition {
        switch piece.lowercased() {
        case "error", "trouble": return .hasTrouble
        case "paused": return .isPaused
        default: break
        }
        let scalars = piece.unicodeScalars
        guard let index = scalars.firstIndex(where: { ":<>=".unicodeScalars.contains($0) }), index != scalars.startIndex
        else { return .word(piece.lowercased()) }
        let name = String(scalars[..<index])
        var sign = String(scalars[index])
        let next = scalars.index(after: index)
        if sign == "<" || sign == ">", next < scalars.endIndex, scalars[next] == "=" { sign += "=" }
        let value = String(scalars[index...].dropFirst(sign.utf8.count))
        func fail(_ why: String) -> FilterError { FilterError(at: piece, position, why) }
        guard !value.isEmpty else { throw fail("a value is missing after '\(sign)'") }
        let comparison = Comparison(rawValue: sign == ":" ? "=" : sign) ?? .equal
        if name.startsExactly(with: "state.") {
            return .state(
                name.unicodeScalars.dropFirst(6).split(separator: ".").map { String($0) },
                comparison,
                value
            )
        }
        if let field = TextField(rawValue: name.lowercased()) {
            guard comparison == .equal else { throw fail("'\(name)' is text and takes ':'") }
            return .text(field, prefix: value.lowercased())
        }
        guard let field = NumberField(rawValue: name.lowercased()) else {
            let names = TextField.allCases.map(\.rawValue) + NumberField.allCases.map(\.rawValue)
            throw fail(
                "'\(name)' is unknown; use \(names.sorted().joined(separator: ", ")), state.FIELD, error and paused"
            )
        }
        guard let requested = number(value) else {
            throw fail("'\(value)' is neither a number nor a duration such as 30s, 5m, 2h or 1d")
        }
        return .number(field, comparison, requested)
    }

    /// A number, or a duration in seconds.
    private static func number(_ text: String) -> Double? {
        if let number = Double(text) { return number.isFinite ? number : nil }
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Double(text.dropLast()) else { return nil }
        return number * unit
    }
}
