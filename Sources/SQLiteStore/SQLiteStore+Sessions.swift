internal import GRDB
package import MagmaRuntime
package import SessionModel
internal import Synchronization

extension SQLiteStore {
    package func recover() async throws -> [SessionKey] {
        let staged = try await read { db in
            try String.fetchAll(
                db,
                sql: "SELECT session FROM sessions WHERE agent = ?",
                arguments: [SessionKey.stagingAgent]
            )
        }
        try await remove(staged.map { SessionKey(agent: SessionKey.stagingAgent, session: $0) })
        return try await write { db in
            try Self.followJournals(db)
            try db.execute(sql: "UPDATE sessions SET status = 'asleep' WHERE status = 'awake'")
            return try Row.fetchAll(db, sql: "SELECT agent, session FROM sessions WHERE openTurns > 0")
                .map { SessionKey(agent: $0["agent"], session: $0["session"]) }
        }
    }

    /// Brings the rows of sessions that were awake up to date with their journals.
    private static func followJournals(_ db: Database) throws {
        let behind = try Int64.fetchAll(
            db,
            sql: """
                SELECT id FROM sessions WHERE status = 'awake' AND seq <
                    (SELECT last FROM stretches WHERE session = sessions.id ORDER BY first DESC LIMIT 1)
                """
        )
        for id in behind {
            guard
                let row = try Row.fetchOne(
                    db.cachedStatement(sql: "SELECT status, record FROM sessions WHERE id = ?"),
                    arguments: [id]
                )
            else { continue }
            // One that cannot be read does not keep the others from starting; looking at it tells what is wrong.
            guard var record = try? Self.record(row) else { continue }
            let stretches = try Row.fetchAll(
                db.cachedStatement(
                    sql: "SELECT isPacked, body FROM stretches WHERE session = ? AND last > ? ORDER BY first"
                ),
                arguments: [id, record.summary.seq]
            )
            for stretch in stretches {
                guard let events = try? db.events(stretch, of: record.summary.key.session) else { break }
                record.follow(events)
            }
            _ = try save(record, text: record.storedText, firstSeq: 1, db)
        }
    }

    package func record(of key: SessionKey) async throws -> SessionRecord? {
        try await read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT status, record FROM sessions WHERE agent = ? AND session = ?"
            )
            return try Row.fetchOne(statement, arguments: [key.agent, key.session]).map(Self.record)
        }
    }

    private static func record(_ row: Row) throws -> SessionRecord {
        guard var record = SessionRecord(stored: try JSON(parsing: row["record"] as String, depth: JSON.writtenDepth))
        else {
            throw RuntimeError.store("corrupt", "The row of a session cannot be read.")
        }
        if let status = SessionSummary.Status(rawValue: row["status"]) { record.summary.status = status }
        return record
    }

    package var storedSessionCounts: SessionCounts {
        get async throws {
            try await read { db in
                var counts = SessionCounts()
                for row in try Row.fetchAll(db, sql: "SELECT kind, status, number FROM counts") {
                    let number: Int = row["number"]
                    switch (row["status"] as String, row["kind"] as String) {
                    case ("ended", _): counts.ended += number
                    case (_, "temporary"): counts.temporary += number
                    default: counts.asleep += number
                    }
                }
                return counts
            }
        }
    }

    package func storedSessions(_ query: StoredSessionQuery) async throws -> (entries: [SessionEntry], total: Int) {
        let condition = StoredSessionCondition(query)
        return try await read { db in
            if !condition.rest.isEmpty, let matcher = query.matcher {
                return try Self.filtered(query, condition, matcher, db)
            }
            let count =
                condition.isCounted ? "SELECT coalesce(sum(number), 0) FROM counts" : "SELECT count(*) FROM sessions"
            let total =
                try Int.fetchOne(db, sql: "\(count) WHERE \(condition.sql)", arguments: condition.arguments) ?? 0
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT status, record FROM sessions WHERE \(condition.sql) \(condition.order) LIMIT ? OFFSET ?
                    """,
                arguments: condition.arguments + [query.limit, query.offset]
            )
            return (try rows.map { try Self.record($0).entry }, total)
        }
    }

    /// The terms that SQL cannot express are evaluated on each row that the others let through.
    private static func filtered(
        _ query: StoredSessionQuery,
        _ condition: StoredSessionCondition,
        _ matcher: SessionMatcher,
        _ db: Database
    ) throws -> ([SessionEntry], Int) {
        let rows = try Row.fetchCursor(
            db,
            sql: "SELECT status, record FROM sessions WHERE \(condition.sql) \(condition.order)",
            arguments: condition.arguments
        )
        var found: [SessionEntry] = []
        var total = 0
        while let row = try rows.next() {
            let entry = try record(row).entry
            guard condition.rest.allSatisfy({ matcher.matches($0, entry.summary, state: entry.state) }) else {
                continue
            }
            if total >= query.offset, found.count < query.limit { found.append(entry) }
            total += 1
        }
        return (found, total)
    }

    package func storedSessions(of agent: String, after: String, limit: Int) async throws -> [SessionRecord] {
        try await read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT status, record FROM sessions
                    WHERE agent = ? AND session > ? AND status = 'asleep' ORDER BY session LIMIT ?
                    """
            )
            return try Row.fetchAll(statement, arguments: [agent, after, limit]).map(Self.record)
        }
    }

    package func expired(at time: Int64, limit: Int) async throws -> [SessionRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT status, record FROM sessions WHERE expires <= ? AND status <> 'awake' LIMIT ?",
                arguments: [time, limit]
            )
            .map(Self.record)
        }
    }

    package func rename(_ key: SessionKey, to new: SessionKey, as record: SessionRecord?) async throws {
        try await write { [shown] db in
            if try Self.id(of: new, db) != nil { throw RuntimeError.sessionExists(new) }
            guard let id = try Self.id(of: key, db),
                let row = try Row.fetchOne(db, sql: "SELECT status, record FROM sessions WHERE id = ?", arguments: [id])
            else { throw RuntimeError.sessionNotFound(key) }
            let record = try (record ?? Self.record(row)).renamed(new)
            let numbers = try Self.exchangeNumbers(of: key, db)
            try db.execute(
                sql: "UPDATE sessions SET agent = ?, session = ? WHERE id = ?",
                arguments: [new.agent, new.session, id]
            )
            _ = try Self.save(record, text: record.storedText, firstSeq: 1, db)
            for number in numbers { try Self.renameExchange(number, to: new, shown, db) }
        }
    }

    /// Overwrites what it deletes, and empties the write-ahead log of it.
    package func remove(_ keys: [SessionKey]) async throws {
        guard !keys.isEmpty else { return }
        hasRemoved.store(true, ordering: .relaxed)
        do {
            if await room.isFull { throw RuntimeError.full(path) }
            try await writeOutsideTransactions { [words] db in
                try db.overwriting { try Self.remove(keys, words, db) }
                _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        } catch let error as RuntimeError where error.code == "store_full" {
            // Without overwriting, less is written, and the reserve has the space for that.
            reserve.release()
            try await writeOutsideTransactions { [words] db in
                try db.emptyLog(afterPages: 0)
                // The indexes wait: nothing more is written than must be.
                try Self.remove(keys, nil, db)
                try words.forgetDeleted(db)
            }
            // Takes no room when the pages are in the database already, and frees that of the log.
            try? await room.moveLog()
        }
    }

    /// - Parameter words: what is to be indexed first, so that nothing of it stays; `nil` where there is no room.
    private static func remove(_ keys: [SessionKey], _ words: PendingWords?, _ db: Database) throws {
        try db.inTransaction {
            try words?.index(db)
            for key in keys { try remove(key, db) }
            if words != nil { try db.forgetWords(within: smallIndex) }
            return .commit
        }
    }

    /// Pages of an index that is rewritten at once; a larger one is rewritten in parts, when the store is trimmed.
    private static let smallIndex = 500

    private static func remove(_ key: SessionKey, _ db: Database) throws {
        guard let id = try id(of: key, db) else { return }
        for part in [PayloadPart.event, .checkpoint, .snapshot] { try db.release(part: part, owner: id) }
        for table in ["stretches", "checkpoints", "snapshots", "answers"] {
            try db.cached("DELETE FROM \(table) WHERE session = ?", [id])
        }
        for number in try exchangeNumbers(of: key, db) { try removeExchange(number, db) }
        try db.cached("DELETE FROM sessions WHERE id = ?", [id])
    }
}
