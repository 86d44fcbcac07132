/// Which parts of a state may be seen: a filter must not reveal what is hidden.
package protocol StateVisibility: Sendable {
    /// Whether a field's value is hidden because of its name.
    func isSecret(_ name: String) -> Bool
    /// The value at a path of the state as it may be seen; `nil` when it is hidden.
    func visible(_ value: JSON, at path: [String]) -> JSON?
}

extension SessionFilter {
    /// - Throws: ``FilterError`` for the first term that asks for a hidden field.
    package func check(_ visibility: any StateVisibility) throws(FilterError) {
        for term in terms {
            guard case .state(let path, _, _) = term.condition, path.contains(where: visibility.isSecret) else {
                continue
            }
            let name = (["state"] + path).joined(separator: ".")
            throw FilterError(at: term.text, term.position, "what is in '\(name)' is hidden")
        }
    }
}

/// A filter with what is needed to evaluate it.
package struct SessionMatcher: Sendable {
    package let filter: SessionFilter
    /// For ages, in milliseconds since 1970.
    package let now: Int64
    /// Whether a plain word matches when its letters come in that order, with others between them.
    package var isFuzzy = false
    /// `nil` when everything may be seen.
    package let visibility: (any StateVisibility)?

    package init(_ filter: SessionFilter, now: Int64, visibility: (any StateVisibility)? = nil) {
        self.filter = filter
        self.now = now
        self.visibility = visibility
    }

    package func matches(_ summary: SessionSummary, state: JSON) -> Bool {
        filter.terms.allSatisfy { matches($0, summary, state: state) }
    }

    package func matches(_ term: SessionFilter.Term, _ summary: SessionSummary, state: JSON) -> Bool {
        holds(term.condition, summary, state) != term.isNegated
    }

    private func holds(_ condition: SessionFilter.Condition, _ summary: SessionSummary, _ state: JSON) -> Bool {
        switch condition {
        case .word(let word): has(word, summary.key.session) || has(word, summary.key.agent)
        case .text(let field, let prefix): summary.text(field).lowercased().startsExactly(with: prefix)
        case .number(let field, let comparison, let requested): comparison.holds(summary.number(field, now), requested)
        case .state(let path, let comparison, let requested): holds(state, path, comparison, requested)
        case .hasTrouble: summary.trouble != nil
        case .isPaused: summary.paused
        }
    }

    private func holds(
        _ state: JSON,
        _ path: [String],
        _ comparison: SessionFilter.Comparison,
        _ requested: String
    ) -> Bool {
        guard let found = try? state.value(at: JSONPointer(path)),
            let value = visibility == nil ? found : visibility?.visible(found, at: path)
        else { return false }
        if let number = value.double, let limit = Double(requested) { return comparison.holds(number, limit) }
        return comparison == .equal && (value.string ?? value.text).lowercased().isExactly(requested.lowercased())
    }

    private func has(_ word: String, _ text: String) -> Bool {
        let text = text.lowercased()
        return isFuzzy ? Self.hasLetters(of: word, text) : text.holdsExactly(word)
    }

    /// Whether the letters of `word` come in `text` in that order.
    private static func hasLetters(of word: String, _ text: String) -> Bool {
        var rest = word.unicodeScalars[...]
        for scalar in text.unicodeScalars where scalar == rest.first { rest.removeFirst() }
        return rest.isEmpty
    }
}

extension SessionFilter.Comparison {
    package func holds(_ value: Double, _ requested: Double) -> Bool {
        switch self {
        case .less: value < requested
        case .more: value > requested
        case .equal: value == requested
        case .atMost: value <= requested
        case .atLeast: value >= requested
        }
    }
}

extension SessionSummary {
    fileprivate func text(_ field: SessionFilter.TextField) -> String {
        switch field {
        case .agent: key.agent
        case .session: key.session
        case .kind: kind.rawValue
        case .status: status.rawValue
        case .origin: origin.rawValue
        case .doing: doing ?? ""
        case .node: node ?? ""
        }
    }

    fileprivate func number(_ field: SessionFilter.NumberField, _ now: Int64) -> Double {
        switch field {
        case .messages: Double(messages)
        case .seq: Double(seq)
        case .tokens: Double(tokens)
        case .age: Double(now - times.created) / 1000
        case .idle: Double(now - times.active) / 1000
        }
    }
}
