internal import MagmaRuntime
internal import Postgres
internal import SessionModel

/// A query of the list as SQL. Terms of its filter that SQL does not express are left over.
struct StoredSessionCondition {
    /// Which sessions it is about.
    enum Scope {
        /// Those that no process has awake.
        case atRest
        /// Those that are awake in another process than that of this number.
        case elsewhere(Int64)
    }

    private static let rest = "status <> 'awake'"
    private static let living =
        "FROM heads h JOIN nodes n ON n.number = h.owner AND n.buried IS NULL WHERE h.session = sessions.session"

    private var sql = Self.rest
    private var arguments: [Argument] = []
    private let node: String
    private let order: String
    /// Terms that each row must be tried by.
    private(set) var rest: [SessionFilter.Term] = []

    init(_ query: StoredSessionQuery, _ scope: Scope = .atRest) {
        order = Self.order(query.sort, descending: query.descending)
        switch scope {
        case .atRest: node = "NULL::text"
        case .elsewhere(let number):
            node = "(SELECT n.name \(Self.living))"
            sql =
                "status = 'awake' AND EXISTS (SELECT \(Self.living) AND h.owner <> \(argument(.int(number), "bigint")))"
        }
        if let agent = query.agent { sql += " AND agent = \(text(agent))" }
        if let kinds = query.kinds { sql += " AND kind = ANY (\(argument(.texts(kinds), "text[]")))" }
        if let words = query.text, !words.isEmpty { sql += " AND \(names(hold: words))" }
        guard let matcher = query.matcher else { return }
        for term in matcher.filter.terms {
            guard let condition = condition(term.condition, matcher) else {
                rest.append(term)
                continue
            }
            sql += term.isNegated ? " AND NOT (\(condition))" : " AND (\(condition))"
        }
    }

    /// The rows of the query's window: `status`, `record`, the name of the process that has it.
    func page(_ query: StoredSessionQuery) -> Command {
        command("SELECT status, record, \(node)", order, [.int(Int64(query.limit)), .int(Int64(query.offset))]) {
            "LIMIT \($0[0]) OFFSET \($0[1])"
        }
    }

    /// How many rows there are.
    var counting: Command { command("SELECT count(*)", "", []) { _ in "" } }

    /// Some rows after one: `session`, `status`, `record`, the name of the process that has it.
    func walk(after session: Int64, limit: Int64) -> Command {
        command("SELECT session, status, record, \(node)", "", [.int(session), .int(limit)]) {
            "AND session > \($0[0]) ORDER BY session LIMIT \($0[1])"
        }
    }

    private func command(
        _ select: String,
        _ order: String,
        _ more: [Argument],
        _ end: (_ places: [String]) -> String
    ) -> Command {
        let places = more.indices.map { "$\(arguments.count + $0 + 1)::bigint" }
        let text = "\(select) FROM sessions WHERE \(sql) \(order) \(end(places))"
        return Statement(text).with(arguments + more)
    }

    // MARK: Terms

    private mutating func argument(_ value: Argument, _ type: String) -> String {
        arguments.append(value)
        return "$\(arguments.count)::\(type)"
    }

    private mutating func text(_ text: String) -> String { argument(.text(text), "text") }

    private mutating func names(hold word: String) -> String {
        let place = text(word)
        return "(strpos(lower_id, \(place)) > 0 OR strpos(lower_agent, \(place)) > 0)"
    }

    /// `nil` for what only Swift can tell.
    private mutating func condition(_ condition: SessionFilter.Condition, _ matcher: SessionMatcher) -> String? {
        switch condition {
        case .word where matcher.isFuzzy, .state: nil
        case .word(let word): names(hold: word)
        // Nothing that is stored here is doing anything.
        case .text(.doing, let prefix): prefix.isEmpty ? "true" : "false"
        case .text(.node, let prefix): "starts_with(coalesce(lower(\(node)), ''), \(text(prefix)))"
        case .text(let field, let prefix): "starts_with(\(Self.column(field)), \(text(prefix)))"
        case .number(let field, let comparison, let requested):
            "\(column(field, at: matcher.now)) \(comparison.rawValue) \(text("\(requested)"))::float8"
        case .hasTrouble: "trouble"
        case .isPaused: "paused"
        }
    }

    private static func column(_ field: SessionFilter.TextField) -> String {
        switch field {
        case .agent: "lower_agent"
        case .session: "lower_id"
        default: field.rawValue
        }
    }

    private mutating func column(_ field: SessionFilter.NumberField, at now: Int64) -> String {
        switch field {
        case .messages, .seq, .tokens: field.rawValue
        case .age: "((\(argument(.int(now), "bigint")) - created) / 1000.0)"
        case .idle: "((\(argument(.int(now), "bigint")) - active) / 1000.0)"
        }
    }

    /// What no row here has, such as what the session is doing, orders by agent and id alone.
    private static func order(_ sort: SessionsQuery.Sort, descending: Bool) -> String {
        let column: String? =
            switch sort {
            case .active, .created, .agent, .kind, .status, .seq, .messages, .tokens, .origin: sort.rawValue
            case .session: "id"
            case .expires: "coalesce(expires, 9223372036854775807)"
            case .doing, .nextTick: nil
            }
        return "ORDER BY " + (column.map { "\($0) \(descending ? "DESC" : "ASC"), " } ?? "") + "agent, id"
    }
}
