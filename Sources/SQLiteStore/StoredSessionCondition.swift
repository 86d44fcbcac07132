internal import GRDB
internal import MagmaRuntime
internal import SessionModel

/// A query of the list as SQL. Terms of its filter that SQL cannot express are left over.
struct StoredSessionCondition: Sendable {
    private(set) var sql = "status <> 'awake'"
    private(set) var arguments = StatementArguments()
    let order: String
    /// Whether it asks for what is counted by triggers, so that no rows need be counted.
    private(set) var isCounted = true
    /// Terms that each row must be tried by.
    private(set) var rest: [SessionFilter.Term] = []

    init(_ query: StoredSessionQuery) {
        order = Self.order(query.sort, descending: query.descending)
        if let agent = query.agent { add("agent = ?", [agent]) }
        if let kinds = query.kinds {
            add("kind IN (\(kinds.map { _ in "?" }.joined(separator: ", ")))", StatementArguments(kinds))
        }
        if let text = query.text, !text.isEmpty {
            add("(instr(\(Self.lower)(session), ?) > 0 OR instr(\(Self.lower)(agent), ?) > 0)", [text, text])
            isCounted = false
        }
        guard let matcher = query.matcher else { return }
        isCounted = isCounted && matcher.filter.isEmpty
        for term in matcher.filter.terms { add(term, matcher) }
    }

    private mutating func add(_ condition: String, _ values: StatementArguments) {
        sql += " AND " + condition
        arguments += values
    }

    private mutating func add(_ term: SessionFilter.Term, _ matcher: SessionMatcher) {
        guard let (condition, values) = Self.condition(term.condition, matcher) else { return rest.append(term) }
        add(term.isNegated ? "NOT (\(condition))" : "(\(condition))", values)
    }

    /// `nil` for what only Swift can tell.
    private static func condition(
        _ condition: SessionFilter.Condition,
        _ matcher: SessionMatcher
    ) -> (String, StatementArguments)? {
        switch condition {
        case .word where matcher.isFuzzy, .state: nil
        case .word(let word): ("instr(\(lower)(session), ?) > 0 OR instr(\(lower)(agent), ?) > 0", [word, word])
        // Nothing that is stored here is doing anything.
        case .text(.doing, let prefix): (prefix.isEmpty ? "1" : "0", [])
        case .text(let field, let prefix):
            ("substr(\(lower)(\(field.rawValue)), 1, ?) = ?", [prefix.unicodeScalars.count, prefix])
        case .number(let field, let comparison, let requested):
            ("\(column(field, at: matcher.now)) \(comparison.rawValue) ?", [requested])
        case .hasTrouble: ("json_extract(record, '$.summary.trouble') IS NOT NULL", [])
        case .isPaused: ("json_extract(record, '$.summary.paused')", [])
        }
    }

    private static func column(_ field: SessionFilter.NumberField, at now: Int64) -> String {
        switch field {
        case .messages, .seq, .tokens: field.rawValue
        case .age: "(\(now) - created) / 1000.0"
        case .idle: "(\(now) - active) / 1000.0"
        }
    }

    /// What no row here has, such as what the session is doing, orders by agent and id alone.
    private static func order(_ sort: SessionsQuery.Sort, descending: Bool) -> String {
        let column: String? =
            switch sort {
            case .active, .created, .session, .agent, .kind, .status, .seq, .messages, .tokens, .origin: sort.rawValue
            case .expires: "coalesce(expires, 9223372036854775807)"
            case .doing, .nextTick: nil
            }
        let direction = descending ? "DESC" : "ASC"
        return "ORDER BY " + (column.map { "\($0) \(direction), " } ?? "") + "agent, session"
    }

    // MARK: Lower case

    /// Lower case as Unicode has it; SQLite's own `lower` knows ASCII only.
    private static let lower = "unicodeLower"

    static let lowerFunction = DatabaseFunction(lower, argumentCount: 1, pure: true) { values in
        String.fromDatabaseValue(values[0])?.lowercased()
    }
}
