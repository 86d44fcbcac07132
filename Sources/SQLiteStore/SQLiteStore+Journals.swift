internal import GRDB
package import MagmaRuntime
package import SessionModel

extension SQLiteStore {
    package func encoded(_ events: [SessionEvent], _ record: SessionRecord?) -> EncodedEntry? {
        EncodedEntry(events: events.map(\.text), record: record?.storedText)
    }

    /// A journal entry as rows, made before the writer is asked for.
    private struct Rows: Sendable {
        let entry: JournalEntry
        let exchanges: [ExchangeRow]
        let companions: [Rows]
        let segments: [EventSegment]
        let checkpoint: PackedJSON?
        let record: String?

        /// The segment, where there is nothing else to store, as with most turns.
        var onlySegment: EventSegment? {
            let hasMore =
                record != nil || checkpoint != nil || !entry.answers.isEmpty || !exchanges.isEmpty
                || !companions.isEmpty
            guard !hasMore, segments.count == 1, !segments[0].packed.isPacked else { return nil }
            return segments[0]
        }

        init(_ entry: JournalEntry, _ shown: ShownTexts) {
            self.entry = entry
            exchanges = entry.exchanges.map { ExchangeRow($0, shown) }
            companions = entry.companions.map { Rows($0, shown) }
            segments = EventSegment.all(of: entry.events, texts: entry.encoded?.events ?? [], shown)
            checkpoint = entry.checkpoint.map { PackedJSON($0.json) }
            record = entry.encoded?.record ?? entry.record?.storedText
        }
    }

    package func append(_ entries: [JournalEntry]) async throws -> [Int: any Error] {
        let rows = entries.map { Rows($0, shown) }
        try await room.keep()
        do {
            let isTime = try await write { [words] db in
                var texts: [(Int64, String)] = []
                for row in rows { try Self.append(row, db, &texts) }
                return words.add(texts)
            }
            // The entries are stored; what cannot be indexed now, such as on a full disk, waits.
            if isTime { try? await indexWords() }
            return [:]
        } catch let error as RuntimeError where !error.isOfWholeStore {
            return rows.count == 1 ? [0: error] : try await appendApart(rows)
        }
    }

    /// Stores each entry by itself, still in one transaction, since the database refuses one of them.
    private func appendApart(_ rows: [Rows]) async throws -> [Int: any Error] {
        try await write { [path, words] db in
            var refused: [Int: any Error] = [:]
            var texts: [(Int64, String)] = []
            for (index, row) in rows.enumerated() {
                do {
                    try db.inSavepoint {
                        try Self.append(row, db, &texts)
                        return .commit
                    }
                } catch {
                    let error = RuntimeError.store(error, path)
                    if error.isOfWholeStore { throw error }
                    refused[index] = error
                }
            }
            _ = words.add(texts)
            return refused
        }
    }

    /// - Parameter texts: gets those of the rows that it writes.
    private static func append(_ rows: Rows, _ db: Database, _ texts: inout [(Int64, String)]) throws {
        let entry = rows.entry
        if let segment = rows.onlySegment {
            guard let row = try segment.save(of: entry.key, db) else { throw RuntimeError.sessionNotFound(entry.key) }
            if !segment.words.isEmpty { texts.append((row, segment.words)) }
            return
        }
        let id: Int64
        if let record = entry.record, let text = rows.record {
            let firstSeq = entry.events.first?.seq ?? entry.checkpoint.map { $0.seq + 1 } ?? 1
            id = try save(record, text: text, firstSeq: firstSeq, db)
        } else {
            guard let known = try self.id(of: entry.key, db) else { throw RuntimeError.sessionNotFound(entry.key) }
            id = known
        }
        for segment in rows.segments {
            let row = try segment.save(of: id, db)
            if !segment.words.isEmpty { texts.append((row, segment.words)) }
        }
        if let checkpoint = entry.checkpoint, let packed = rows.checkpoint {
            try db.cached(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)",
                [id, checkpoint.seq, packed.isPacked, packed.text]
            )
            try db.keep(packed, part: .checkpoint, owner: id, seq: Int64(checkpoint.seq))
            if entry.events.isEmpty { try begin(id, after: checkpoint.seq, db) }
        }
        for answer in entry.answers { try save(answer.answer, to: answer.request, at: answer.at, session: id, db) }
        for exchange in rows.exchanges { try exchange.save(db) }
        for companion in rows.companions { try append(companion, db, &texts) }
    }

    /// A journal without events begins after that one.
    private static func begin(_ id: Int64, after seq: Int, _ db: Database) throws {
        try db.cached(
            """
            UPDATE sessions SET firstSeq = ? WHERE id = ?
                AND NOT EXISTS (SELECT 1 FROM stretches WHERE session = sessions.id)
            """,
            [seq + 1, id]
        )
    }

    /// Stores the session's row; its number.
    ///
    /// - Parameter firstSeq: the first event of a session that is new.
    static func save(_ record: SessionRecord, text: String, firstSeq: Int, _ db: Database) throws -> Int64 {
        let summary = record.summary
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO sessions
                    (agent, session, kind, status, openTurns, created, active, expires, seq, messages, tokens, origin,
                    firstSeq, record)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (agent, session) DO UPDATE SET
                    kind = excluded.kind, status = excluded.status, openTurns = excluded.openTurns,
                    active = excluded.active, expires = excluded.expires, seq = excluded.seq,
                    messages = excluded.messages, tokens = excluded.tokens, record = excluded.record
                RETURNING id
                """
        )
        let id = try Int64.fetchOne(
            statement,
            arguments: [
                summary.key.agent, summary.key.session, summary.kind.rawValue, summary.status.rawValue,
                record.openTurns.count + record.openHooks.count, summary.times.created, summary.times.active,
                summary.times.expires,
                summary.seq,
                summary.messages, summary.tokens, summary.origin.rawValue, firstSeq, text,
            ]
        )
        guard let id else { throw RuntimeError.sessionNotFound(summary.key) }
        return id
    }

    static func id(of key: SessionKey, _ db: Database) throws -> Int64? {
        let statement = try db.cachedStatement(sql: "SELECT id FROM sessions WHERE agent = ? AND session = ?")
        return try Int64.fetchOne(statement, arguments: [key.agent, key.session])
    }

    package func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent] {
        try await read { db in
            // From the segment that holds the first of them.
            let sql = """
                SELECT isPacked, body FROM stretches WHERE session = ?1 AND first >=
                    (SELECT coalesce(max(first), 0) FROM stretches WHERE session = ?1 AND first <= ?2)
                ORDER BY first
                """
            var found: [SessionEvent] = []
            try Self.read(sql, of: key, min(after, .max - 1) + 1, db) { events in
                found += events.drop { $0.seq <= after }.prefix(limit - found.count)
                return found.count < limit
            }
            return found
        }
    }

    package func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent] {
        try await read { db in
            let sql = """
                SELECT isPacked, body FROM stretches WHERE session = ?1 AND first < ?2 ORDER BY first DESC
                """
            var found: [SessionEvent] = []
            try Self.read(sql, of: key, before, db) { events in
                found += events.reversed().drop { $0.seq >= before }.prefix(limit - found.count)
                return found.count < limit
            }
            return found.reversed()
        }
    }

    /// Bytes of events after which no more are read at once.
    private static let mostRead = 8 << 20

    /// Reads segments in order until `take` returns false or they are too large together.
    private static func read(
        _ sql: String,
        of key: SessionKey,
        _ seq: Int,
        _ db: Database,
        _ take: ([SessionEvent]) -> Bool
    ) throws {
        guard let id = try id(of: key, db) else { return }
        let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: [id, seq])
        var size = 0
        while size < mostRead, let row = try rows.next() {
            let (events, more) = try db.sizedEvents(row, of: key.session)
            guard take(events) else { return }
            size += more
        }
    }

    package func firstSeq(of key: SessionKey) async throws -> Int {
        try await read { db in
            guard let id = try Self.id(of: key, db) else { return 0 }
            return try Int.fetchOne(db, sql: "SELECT min(first) FROM stretches WHERE session = ?", arguments: [id])
                ?? 0
        }
    }

    package func checkpoint(of key: SessionKey, at seq: Int) async throws -> SessionFold? {
        try await read { db in
            guard let id = try Self.id(of: key, db) else { return nil }
            let statement = try db.cachedStatement(
                sql:
                    "SELECT isPacked, body FROM checkpoints WHERE session = ? AND seq <= ? ORDER BY seq DESC LIMIT 1"
            )
            return try Row.fetchOne(statement, arguments: [id, seq])
                .flatMap { SessionFold(json: try db.unpacked($0)) }
        }
    }

    package func tickEvents(of agent: String, limit: Int) async throws -> [(session: String, event: SessionEvent)] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT sessions.session, newest.isPacked, newest.body FROM (
                        SELECT id, session, at, isPacked, body FROM stretches WHERE hasTicks
                        ORDER BY at DESC, id DESC LIMIT ?
                    ) AS newest JOIN sessions ON sessions.id = newest.session
                    WHERE sessions.agent = ? ORDER BY newest.at DESC, newest.id DESC LIMIT ?
                    """,
                arguments: [limit * 8, agent, limit]
            )
            let ticks = try rows.flatMap { row in
                let session: String = row["session"]
                return try db.events(row, of: session).filter(\.body.isOfTick).map { (session, event: $0) }
            }
            let newest = ticks.sorted { ($0.event.at, $0.event.seq) > ($1.event.at, $1.event.seq) }
            return Array(newest.prefix(limit))
        }
    }
}
