package import MagmaRuntime
internal import Postgres
package import SessionModel

extension PostgresStore {
    static func record(_ status: String?, _ text: String?) throws -> SessionRecord {
        let json = try? JSON(parsing: text ?? "", depth: JSON.writtenDepth)
        guard var record = json.flatMap(SessionRecord.init(stored:)) else {
            throw RuntimeError.store(
                "corrupt",
                "The row of a session cannot be read; `seismo serve --check` says of which."
            )
        }
        if let status = status.flatMap(SessionSummary.Status.init(rawValue:)) { record.summary.status = status }
        return record
    }

    /// Stores the row of a session that has one.
    ///
    /// - Parameter epoch: under which it must still be held, if any.
    static func saving(_ record: SessionRecord, epoch: Int64? = nil) -> Command {
        let (row, key) = (RecordRow(record), record.summary.key)
        let numbers = row.numbers(first: 1)
        return Statement(
            """
            UPDATE sessions s SET agent = $1::text, id = $2::text, lower_agent = $3::text, lower_id = $4::text,
                kind = $5::text, status = $6::text, origin = $7::text, interrupted = $8::bigint <> 0,
                trouble = $9::bigint <> 0, paused = $10::bigint <> 0, created = $11::bigint, active = $12::bigint,
                expires = $13::bigint, seq = $14::bigint, messages = $16::bigint, tokens = $17::bigint, record = $18::text
            FROM heads h WHERE h.agent = $1::text AND h.id = $2::text AND s.session = h.session AND $15::bigint > 0
                AND h.epoch = coalesce($19::bigint, h.epoch)
            """
        )
        .with(
            [.text(key.agent), .text(key.session)] + row.names.map { .text($0) } + numbers.map { .int($0) } + [
                .text(record.storedText), .int(epoch),
            ]
        )
    }

    // MARK: Lists

    package func storedSessions(of agent: String, after: String, limit: Int) async throws -> [SessionRecord] {
        let rows = try await read(
            Statement(
                """
                SELECT status, record FROM sessions
                WHERE agent = $1::text AND id > $2::text AND status = 'asleep' AND shard = ANY ($4::bigint[])
                ORDER BY id LIMIT $3::bigint
                """
            )(.text(agent), .text(after), .int(Int64(limit)), .ints(node.membership.shards(of: agent)))
        )
        return try rows.map { try Self.record($0[0], $0[1]) }
    }

    package func expired(at time: Int64, limit: Int) async throws -> [SessionRecord] {
        let rows = try await read(
            Statement(
                "SELECT status, record FROM sessions WHERE expires <= $1::bigint AND status <> 'awake' LIMIT $2::bigint"
            )(.int(time), .int(Int64(limit)))
        )
        return try rows.map { try Self.record($0[0], $0[1]) }
    }

    package var storedSessionCounts: SessionCounts {
        get async throws {
            var counts = SessionCounts()
            for (group, number) in try await groups() {
                switch (group.status, group.kind) {
                case ("ended", _): counts.ended += number
                case (_, "temporary"): counts.temporary += number
                default: counts.asleep += number
                }
            }
            return counts
        }
    }

    /// How many sessions there are that are not awake, by agent, kind and status.
    private func groups() async throws -> [SessionCountCache.Group: Int] {
        try await counts.counts {
            let rows = try await self.read(
                Statement(
                    "SELECT agent, kind, status, count(*) FROM sessions WHERE status <> 'awake' GROUP BY agent, kind, status"
                )()
            )
            return Dictionary(
                rows.map { row in
                    let group = SessionCountCache.Group(agent: row[0] ?? "", kind: row[1] ?? "", status: row[2] ?? "")
                    return (group, Int(row.int(3) ?? 0))
                },
                uniquingKeysWith: +
            )
        }
    }

    package func storedSessions(_ query: StoredSessionQuery) async throws -> (entries: [SessionEntry], total: Int) {
        guard query.isOfAgents else { return try await sessions(query, StoredSessionCondition(query)) }
        let entries = try await page(query, StoredSessionCondition(query))
        let counted = try await groups().lazy.filter { query.agent?.isExactly($0.key.agent) ?? true }.map(\.value)
        return (entries, max(counted.reduce(0, +), entries.isEmpty ? 0 : query.offset + entries.count))
    }

    package func sessionsElsewhere(_ query: StoredSessionQuery) async throws -> (entries: [SessionEntry], total: Int) {
        guard node.membership.hasOthers, let number = node.membership.number else { return ([], 0) }
        return try await sessions(query, StoredSessionCondition(query, .elsewhere(number)))
    }

    package var awakeElsewhere: Int {
        get async throws {
            guard node.membership.hasOthers, let number = node.membership.number else { return 0 }
            let rows = try await read(
                Statement(
                    """
                    SELECT count(*) FROM heads h JOIN nodes n ON n.number = h.owner
                    WHERE n.buried IS NULL AND n.number <> $1::bigint
                    """
                )(.int(number))
            )
            return Int(rows.first?.int(0) ?? 0)
        }
    }

    private func sessions(
        _ query: StoredSessionQuery,
        _ condition: StoredSessionCondition
    ) async throws -> ([SessionEntry], Int) {
        if !condition.rest.isEmpty, let matcher = query.matcher { return try await filtered(query, condition, matcher) }
        return (
            try await page(query, condition), Int(try await read(condition.counting).first?.int(0) ?? 0)
        )
    }

    private func page(
        _ query: StoredSessionQuery,
        _ condition: StoredSessionCondition
    ) async throws -> [SessionEntry] {
        try await read(condition.page(query)).map { try Self.entry($0[0], $0[1], on: $0[2]) }
    }

    private static func entry(_ status: String?, _ record: String?, on node: String?) throws -> SessionEntry {
        var entry = try Self.record(status, record).entry
        entry.summary.node = node
        return entry
    }

    /// Rows that are read at once.
    private static let page: Int64 = 2000

    /// The terms that SQL cannot express are evaluated on each row that the others let through. Of those that fit, as many are
    /// kept as the window needs.
    private func filtered(
        _ query: StoredSessionQuery,
        _ condition: StoredSessionCondition,
        _ matcher: SessionMatcher
    ) async throws -> ([SessionEntry], Int) {
        var best = SessionWindow(query)
        var last: Int64 = 0
        while true {
            let rows = try await read(condition.walk(after: last, limit: Self.page))
            for row in rows {
                let entry = try Self.entry(row[1], row[2], on: row[3])
                if condition.rest.allSatisfy({ matcher.matches($0, entry.summary, state: entry.state) }) {
                    best.add(entry)
                }
            }
            guard let end = rows.last?.int(0), rows.count == Self.page else { return (best.entries, best.total) }
            last = end
        }
    }

    // MARK: Renaming and removing

    package func rename(_ key: SessionKey, to new: SessionKey, as record: SessionRecord?) async throws {
        guard let known = try await self.record(of: key) else { throw RuntimeError.sessionNotFound(key) }
        let renamed = (record ?? known).renamed(new)
        let names: [Argument] = [.text(key.agent), .text(key.session), .text(new.agent), .text(new.session)]
        let number = try node.membership.joined()
        do {
            try await write([
                // Claimed and never written.
                Statement(
                    """
                    DELETE FROM heads h WHERE agent = $1::text AND id = $2::text
                        AND NOT EXISTS (SELECT FROM sessions s WHERE s.session = h.session)
                        AND (owner IS NULL OR owner < 0 OR owner = $3::bigint
                            OR EXISTS (SELECT FROM nodes d WHERE d.number = h.owner AND d.buried IS NOT NULL))
                    """
                ).with(Array(names.suffix(2)) + [.int(number)]),
                Statement("SELECT check_owners(ARRAY[$1::text], ARRAY[$2::text], $3::bigint)")
                    .with(Array(names.prefix(2)) + [.int(number)]),
                Statement(
                    "UPDATE heads SET agent = $3::text, id = $4::text WHERE agent = $1::text AND id = $2::text"
                ).with(names),
                Self.saving(renamed),
                Statement(
                    "UPDATE exchanges SET agent = $3::text, session = $4::text WHERE agent = $1::text AND session = $2::text"
                ).with(names),
            ])
        } catch let error as RuntimeError where error.code == "session_changed" {
            throw RuntimeError.sessionExists(new)
        }
    }

    /// All of them or none. What is deleted stays in the database's files until it is vacuumed.
    package func remove(_ keys: [SessionKey]) async throws {
        guard !keys.isEmpty else { return }
        let names: [Argument] = [.texts(keys.map(\.agent)), .texts(keys.map(\.session))]
        let sessions = """
            (SELECT h.session FROM unnest($1::text[], $2::text[]) AS w (agent, id)
                JOIN heads h ON h.agent = w.agent AND h.id = w.id)
            """
        let tables = ["stretches", "checkpoints", "snapshots", "payloads", "answers", "sessions"]
        let number = try node.membership.joined()
        // First, so that nothing is stored of them any more.
        try await write(
            [Statement("SELECT check_owners($1::text[], $2::text[], $3::bigint)").with(names + [.int(number)])]
                + tables.map { table in
                    Statement("DELETE FROM \(table) WHERE session IN \(sessions)").with(names)
                } + [
                    Statement(
                        """
                        DELETE FROM exchanges x USING unnest($1::text[], $2::text[]) AS w (agent, id)
                        WHERE x.agent = w.agent AND x.session = w.id
                        """
                    ).with(names),
                    Statement("DELETE FROM heads WHERE session IN \(sessions)").with(names),
                ]
        )
        counts.forget()
    }
}

extension SessionKey {
    init?(_ row: Rows.Row) {
        guard let agent = row[0], let session = row[1] else { return nil }
        self.init(agent: agent, session: session)
    }
}
