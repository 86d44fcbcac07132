internal import Logging
internal import MagmaRuntime
internal import Postgres
internal import SessionModel

/// The words of all that is stored. Each row's are written with it; when other rules say what can be found, all are written
/// again, before anybody can ask.
struct TextIndex {
    private let store: PostgresStore
    private let line: PostgresLine

    init(of store: PostgresStore, _ line: PostgresLine) {
        self.store = store
        self.line = line
    }

    /// By which rules all is indexed.
    private static let rules = "words shown by"
    /// Rows of one transaction, and bytes of them after which no more are read.
    private static let (atOnce, mostBytes) = (Int64(500), 8 << 20)

    /// Indexes everything again, if it was by other rules. What a process that was killed has begun begins from the start.
    func rebuild() async throws {
        guard try await store.note(Self.rules)?.string != store.shown.name else { return }
        let isEmpty = try await store.read(Statement("SELECT NOT EXISTS (SELECT FROM stretches)")())
        if !isEmpty[0].bool(0) {
            store.log.notice(
                "The texts of all sessions are indexed before it listens",
                metadata: ["in": "\(store.name)"]
            )
        }
        try await rebuild("stretches", by: Self.stretches) { rows in
            try await store.unpacked(rows).map { json in
                (json?.array?.compactMap(SessionEvent.init(json:)) ?? []).flatMap(store.shown.ofEvent).indexText
            }
        }
        try await rebuild("exchanges", by: Self.exchanges) { rows in
            rows.map { Exchange($0, body: 2).map(store.shown.ofExchange)?.indexText ?? "" }
        }
        // The index keeps no words of rows that have changed.
        try await line.run(Statement("VACUUM stretches")())
        try await line.run(Statement("VACUUM exchanges")())
        try await store.save(.string(store.shown.name), as: Self.rules)
    }

    private func rebuild(
        _ table: String,
        by page: Statement,
        _ texts: (Rows) async throws -> [String]
    ) async throws {
        let update = Statement(
            """
            UPDATE \(table) SET words = w.words::tsvector FROM unnest($1::bigint[], $2::text[]) AS w (number, words)
            WHERE \(table).number = w.number
            """
        )
        var last: Int64 = 0
        while true {
            let rows = try await store.read(page(.int(last), .int(Self.atOnce)))
            guard let end = rows.last?.int(3) else { return }
            let words = try await texts(rows).map(SearchVector.of)
            try await store.write(update(.ints(rows.map { $0.int(3) }), .texts(words)))
            last = end
        }
    }

    private static let stretches = Statement(
        """
        SELECT session, refs, body, number FROM (
            SELECT *, sum(size) OVER (ORDER BY number) - size AS before FROM (
                SELECT session, refs, body, number, size FROM stretches WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint
            ) AS near
        ) AS sized WHERE before < \(mostBytes) ORDER BY number
        """
    )
    private static let exchanges = Statement(
        """
        SELECT agent, session, body, number FROM (
            SELECT *, sum(octet_length(body)) OVER (ORDER BY number) - octet_length(body) AS before FROM (
                SELECT agent, session, body, number FROM exchanges WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint
            ) AS near
        ) AS sized WHERE before < \(mostBytes) ORDER BY number
        """
    )
}
