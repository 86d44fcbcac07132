internal import MagmaRuntime
internal import Postgres
package import SessionModel

extension PostgresStore {
    package func save(_ exchange: Exchange) async throws {
        // In a task of its own: what is redacted in one that is cancelled is not to be kept.
        let row = await Task { ExchangeRow(exchange, shown) }.value
        let number = try node.membership.joined()
        let arguments: [Argument] =
            row.names.map { .text($0) } + row.numbers.map { .int($0) } + row.texts.map { .text($0) } + [.int(number)]
        try await write(
            Statement(
                """
                INSERT INTO exchanges (id, agent, session, hook, received, open, row, body, words, node)
                VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint, $6::bigint <> 0, $7::text, $8::text,
                    $9::text::tsvector, $10::bigint)
                ON CONFLICT (id) DO UPDATE SET agent = excluded.agent, session = excluded.session, open = excluded.open,
                    row = excluded.row, body = excluded.body, words = excluded.words
                """
            ).with(arguments)
        )
    }

    package func exchange(_ id: String) async throws -> Exchange? {
        let rows = try await read(
            Statement("SELECT agent, session, body FROM exchanges WHERE id = $1::text")(.text(id))
        )
        return rows.first.flatMap { Exchange($0, body: 2) }
    }

    package func exchangeRow(_ id: String) async throws -> Exchange? {
        try await listed(" WHERE id = $1::text", [.text(id)]).first
    }

    package func openExchanges() async throws -> [Exchange] {
        // Those of other processes that live are under way.
        try await listed(
            """
             WHERE open AND (node IS NULL OR EXISTS (SELECT FROM nodes d WHERE d.number = node AND d.buried IS NOT NULL))
            ORDER BY number DESC
            """,
            []
        )
    }

    package func exchanges(
        agent: String?,
        session: String?,
        hook: String?,
        before: String?,
        limit: Int
    ) async throws -> [Exchange] {
        var conditions: [String] = []
        var arguments: [Argument] = []
        for (column, value) in [("agent", agent), ("session", session), ("hook", hook)] {
            guard let value else { continue }
            arguments.append(.text(value))
            conditions.append("\(column) = $\(arguments.count)::text")
        }
        if let before {
            arguments.append(.text(before))
            let id = "$\(arguments.count)::text"
            conditions.append(
                """
                number < coalesce(
                    (SELECT number FROM exchanges WHERE id = \(id)),
                    (SELECT number + 1 FROM exchanges WHERE id < \(id) ORDER BY id DESC LIMIT 1)
                )
                """
            )
        }
        arguments.append(.int(Int64(limit)))
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return try await listed("\(filter) ORDER BY number DESC LIMIT $\(arguments.count)::bigint", arguments)
    }

    /// As lists show them. One that cannot be read does not keep the others from being seen.
    private func listed(_ rest: String, _ arguments: [Argument]) async throws -> [Exchange] {
        let sql = "SELECT agent, session, coalesce(row, body) FROM exchanges" + rest
        return try await read(Statement(sql).with(arguments)).compactMap { Exchange($0, body: 2)?.listed }
    }
}

extension Exchange {
    /// - Parameter row: with `agent` and `session` first, which are right also when the session was renamed since.
    init?(_ row: Rows.Row, body: Int) {
        guard let text = row[body], let json = try? JSON(parsing: text, depth: JSON.writtenDepth) else { return nil }
        self.init(stored: json)
        agent = row[0] ?? agent
        session = row[1]
    }
}
