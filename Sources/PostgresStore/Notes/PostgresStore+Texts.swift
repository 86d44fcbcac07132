package import MagmaRuntime
internal import Postgres
internal import SessionModel

/// Finding words: in the rows of `stretches` and of `exchanges`, by an index of each.
extension PostgresStore {
    /// Rows, and bytes of them, after which a page ends.
    private static let (mostRows, mostBytes) = (64, 1 << 20)

    package func texts(_ query: TextQuery) async throws -> TextPage {
        let cursor = try query.cursor.map { try TextCursor($0) } ?? TextCursor()
        var next = cursor
        var (found, bytes) = ([TextPage.Content](), 0)
        if let before = cursor.stretch {
            let rows = try await read(Self.stretches.with(arguments(query, before)))
            let events = try await unpacked(rows)
            for (row, json) in zip(rows, events) {
                let key = SessionKey(agent: row[5] ?? "", session: row[6] ?? "")
                // One that cannot be read does not keep the others from being found.
                for event in json?.array?.compactMap(SessionEvent.init(json:)) ?? [] {
                    found.append(.event(key, event))
                }
            }
            (next.stretch, bytes) = Self.end(rows)
        }
        if let before = cursor.exchange {
            let rows = try await read(Self.exchanges.with(arguments(query, before)))
            found += rows.compactMap { Exchange($0, body: 2) }.map { .exchange($0) }
            let (end, size) = Self.end(rows)
            next.exchange = end
            bytes += size
        }
        return TextPage(contents: found.sorted { $0.isNewer(than: $1) }, next: next.text, bytes: bytes)
    }

    private func arguments(_ query: TextQuery, _ before: Int64) -> [Argument] {
        [.text(SearchVector.query(query.words)), .int(before), .text(query.agent), .text(query.session)]
    }

    /// Where the page after these rows begins, `nil` after the last one; and how many bytes they are.
    private static func end(_ rows: Rows) -> (next: Int64?, bytes: Int) {
        let bytes = rows.reduce(0) { $0 + Int($1.int(4) ?? 0) }
        return (rows.count >= mostRows || bytes >= mostBytes ? rows.last?.int(3) : nil, bytes)
    }

    /// Answers `session`, `refs`, `body`, `number`, `size`, `agent`, `id`.
    private static let stretches = Statement(
        """
        SELECT session, refs, body, number, size, agent, id FROM (
            SELECT *, sum(size) OVER (ORDER BY number DESC) - size AS before FROM (
                SELECT e.session, e.refs, e.body, e.number, e.size, h.agent, h.id FROM stretches e
                JOIN heads h ON h.session = e.session
                WHERE (e.words @@ $1::text::tsquery OR e.words IS NULL) AND e.number < $2::bigint
                    AND ($3::text IS NULL OR h.agent = $3::text) AND ($4::text IS NULL OR h.id = $4::text)
                ORDER BY e.number DESC LIMIT \(mostRows)
            ) AS near
        ) AS sized WHERE before < \(mostBytes) ORDER BY number DESC
        """
    )

    /// Answers `agent`, `session`, `body`, `number`, `size`.
    private static let exchanges = Statement(
        """
        SELECT agent, session, body, number, size FROM (
            SELECT *, sum(size) OVER (ORDER BY number DESC) - size AS before FROM (
                SELECT agent, session, body, number, octet_length(body) AS size FROM exchanges
                WHERE (words @@ $1::text::tsquery OR words IS NULL) AND number < $2::bigint
                    AND ($3::text IS NULL OR agent = $3::text) AND ($4::text IS NULL OR session = $4::text)
                ORDER BY number DESC LIMIT \(mostRows)
            ) AS near
        ) AS sized WHERE before < \(mostBytes) ORDER BY number DESC
        """
    )
}
