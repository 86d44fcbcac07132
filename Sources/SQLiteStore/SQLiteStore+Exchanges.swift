internal import GRDB
package import Inspection
package import MagmaRuntime
package import SessionModel

// MARK: Exchanges

extension SQLiteStore {
    package func save(_ exchange: Exchange) async throws {
        let packed = PackedJSON(exchange.json)
        try await write { db in try Self.save(exchange, packed, db) }
    }

    static func save(_ exchange: Exchange, _ packed: PackedJSON, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO exchanges (id, agent, session, hook, received, isPacked, body, row, isOpen)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET agent = excluded.agent,
                    session = excluded.session, isPacked = excluded.isPacked, body = excluded.body,
                    row = excluded.row, isOpen = excluded.isOpen
                RETURNING number
                """
        )
        let number = try Int64.fetchOne(
            statement,
            arguments: [
                exchange.id, exchange.agent, exchange.session, exchange.hook, exchange.received, packed.isPacked,
                packed.text, packed.text.utf8.count > PackedJSON.threshold ? exchange.row.text : nil, exchange.isOpen,
            ]
        )
        guard let number else { return }
        try db.release(part: .exchange, owner: number)
        try db.keep(packed, part: .exchange, owner: number, seq: 0)
    }

    package func exchange(_ id: String) async throws -> Exchange? {
        try await read { db in
            let statement = try db.cachedStatement(sql: "SELECT isPacked, body FROM exchanges WHERE id = ?")
            return try Row.fetchOne(statement, arguments: [id]).flatMap { Exchange(json: try db.unpacked($0)) }
        }
    }

    package func exchanges(
        agent: String?,
        session: String?,
        hook: String?,
        before: String?,
        limit: Int
    ) async throws -> [Exchange] {
        var conditions: [String] = []
        var arguments = StatementArguments()
        for (column, value) in [("agent", agent), ("session", session), ("hook", hook)] {
            guard let value else { continue }
            conditions.append("\(column) = ?")
            arguments += [value]
        }
        if let before {
            conditions.append("number < (SELECT number FROM exchanges WHERE id = ?)")
            arguments += [before]
        }
        arguments += [limit]
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = "SELECT \(Self.listed) FROM exchanges \(filter) ORDER BY number DESC LIMIT ?"
        return try await read { [arguments] db in try Self.listed(sql, arguments, db) }
    }

    package func openExchanges() async throws -> [Exchange] {
        try await read { db in
            try Self.listed("SELECT \(Self.listed) FROM exchanges WHERE isOpen ORDER BY number DESC", [], db)
        }
    }

    private static let listed = "isPacked AND row IS NULL AS isPacked, coalesce(row, body) AS body"

    /// One that cannot be read does not keep the others from being seen.
    private static func listed(_ sql: String, _ arguments: StatementArguments, _ db: Database) throws -> [Exchange] {
        var found: [Exchange] = []
        let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
        while let row = try rows.next() {
            do {
                if let exchange = Exchange(json: try db.unpacked(row)) { found.append(exchange.listed) }
            } catch is JSONError {}
        }
        return found
    }

    static func exchangeNumbers(of key: SessionKey, _ db: Database) throws -> [Int64] {
        try Int64.fetchAll(
            db,
            sql: "SELECT number FROM exchanges WHERE agent = ? AND session = ?",
            arguments: [key.agent, key.session]
        )
    }

    static func renameExchange(_ number: Int64, to key: SessionKey, _ db: Database) throws {
        let row = try Row.fetchOne(
            db,
            sql: "SELECT isPacked, body FROM exchanges WHERE number = ?",
            arguments: [number]
        )
        guard let row, var exchange = Exchange(json: try db.unpacked(row)) else { return }
        exchange.agent = key.agent
        exchange.session = key.session
        try save(exchange, PackedJSON(exchange.json), db)
    }

    static func removeExchange(_ number: Int64, _ db: Database) throws {
        try db.release(part: .exchange, owner: number)
        try db.cached("DELETE FROM exchanges WHERE number = ?", [number])
    }
}

// MARK: Snapshots

extension SQLiteStore {
    package func save(_ snapshot: Snapshot, of key: SessionKey) async throws {
        let packed = PackedJSON(snapshot.json)
        try await write { db in
            guard let session = try Self.id(of: key, db) else { throw RuntimeError.sessionNotFound(key) }
            try Self.removeSnapshot(snapshot.name, session, db)
            try db.execute(
                sql: "INSERT INTO snapshots (session, name, isPacked, body) VALUES (?, ?, ?, ?)",
                arguments: [session, snapshot.name, packed.isPacked, packed.text]
            )
            try db.keep(packed, part: .snapshot, owner: session, seq: db.lastInsertedRowID)
        }
    }

    package func snapshots(of key: SessionKey) async throws -> [Snapshot] {
        try await read { db in
            guard let session = try Self.id(of: key, db) else { return [] }
            return try Row.fetchAll(
                db,
                sql: "SELECT isPacked, body FROM snapshots WHERE session = ? ORDER BY id",
                arguments: [session]
            )
            .compactMap { Snapshot(json: try db.unpacked($0)) }
        }
    }

    package func removeSnapshot(_ name: String, of key: SessionKey) async throws -> Bool {
        try await write { db in
            guard let session = try Self.id(of: key, db) else { return false }
            return try Self.removeSnapshot(name, session, db)
        }
    }

    @discardableResult
    private static func removeSnapshot(_ name: String, _ session: Int64, _ db: Database) throws -> Bool {
        let id = try Int64.fetchOne(
            db,
            sql: "SELECT id FROM snapshots WHERE session = ? AND name = ?",
            arguments: [session, name]
        )
        guard let id else { return false }
        try db.release(part: .snapshot, owner: session, only: id)
        try db.execute(sql: "DELETE FROM snapshots WHERE id = ?", arguments: [id])
        return true
    }
}

// MARK: Answers and notes

extension SQLiteStore {
    package func answer(to request: String) async throws -> KeptAnswer? {
        try await json("SELECT body FROM answers WHERE request = ?", request).flatMap(KeptAnswer.init(json:))
    }

    package func save(_ answer: KeptAnswer, to request: String, at time: Int64) async throws {
        try await write { db in try Self.save(answer, to: request, at: time, session: nil, db) }
    }

    static func save(
        _ answer: KeptAnswer,
        to request: String,
        at time: Int64,
        session: Int64?,
        _ db: Database
    ) throws {
        try db.cached("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", [request, time, session, answer.json.text])
    }

    package func note(_ name: String) async throws -> JSON? {
        try await json("SELECT body FROM notes WHERE name = ?", name)
    }

    private func json(_ sql: String, _ key: String) async throws -> JSON? {
        try await read { db in
            try String.fetchOne(db.cachedStatement(sql: sql), arguments: [key]).map {
                try JSON(parsing: $0, depth: JSON.writtenDepth)
            }
        }
    }

    package func append(_ entry: AuditEntry) async throws {
        let (at, text, isRefusal, refusals) = (entry.at, entry.json.text, entry.isRefusal, retention.refusals)
        try await write { db in
            try db.cached("INSERT INTO audits (at, body, isRefusal) VALUES (?, ?, ?)", [at, text, isRefusal])
            // Anyone with a token can make them, as fast as they like.
            guard isRefusal, db.lastInsertedRowID % 256 == 0 else { return }
            try Self.trimRefusals(to: refusals, db)
        }
    }

    private static func trimRefusals(to count: Int, _ db: Database) throws {
        try db.cached(
            """
            DELETE FROM audits WHERE isRefusal AND number <=
                (SELECT number FROM audits WHERE isRefusal ORDER BY number DESC LIMIT 1 OFFSET ?)
            """,
            [count]
        )
    }

    package func audits(before: Int?, limit: Int) async throws -> [AuditEntry] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT number, body FROM audits WHERE number < ? ORDER BY number DESC LIMIT ?",
                arguments: [before ?? .max, limit]
            )
            .map { row in
                guard var entry = AuditEntry(json: try JSON(parsing: row["body"] as String, depth: JSON.writtenDepth))
                else {
                    throw RuntimeError.store("corrupt", "An entry of the audit log cannot be read.")
                }
                entry.number = row["number"]
                return entry
            }
        }
    }

    package func save(_ note: JSON, as name: String) async throws {
        let text = note.text
        try await write { db in try db.cached("INSERT OR REPLACE INTO notes VALUES (?, ?)", [name, text]) }
    }
}

// MARK: Retention

extension SQLiteStore {
    package func trim(at now: Int64, answersBefore: Int64) async throws {
        let retention = retention
        try await write { db in
            try db.execute(sql: "DELETE FROM answers WHERE at < ?", arguments: [answersBefore])
            try db.execute(
                sql: """
                    DELETE FROM audits WHERE NOT isRefusal AND number <=
                        (SELECT number FROM audits WHERE NOT isRefusal ORDER BY number DESC LIMIT 1 OFFSET ?)
                    """,
                arguments: [retention.audits]
            )
            try Self.trimRefusals(to: retention.refusals, db)
        }
        while try await trimExchanges(at: now) {}
        if reserve.keep() { try await writeOutsideTransactions { try $0.emptyLog(afterPages: Self.logPages) } }
        guard retention.age != nil || retention.events != nil else { return }
        var last: Int64 = 0
        while let next = try await trim(sessionsAfter: last, at: now) { last = next }
    }

    /// Drops some of the exchanges that are over a bound, few enough that nobody waits long for the writer; whether there may
    /// be more.
    private func trimExchanges(at now: Int64) async throws -> Bool {
        let retention = retention
        return try await write { db in
            let old = try Int64.fetchAll(
                db,
                sql: """
                    SELECT number FROM exchanges WHERE received < ?1
                    UNION SELECT number FROM exchanges WHERE number <= (SELECT max(number) FROM exchanges) - ?2 LIMIT ?3
                    """,
                arguments: [retention.age.map { now - $0 } ?? 0, retention.exchanges, Self.exchangesAtOnce]
            )
            for number in old { try Self.removeExchange(number, db) }
            return old.count == Self.exchangesAtOnce
        }
    }

    private static let exchangesAtOnce = 256

    /// Trims some journals; where to go on.
    private func trim(sessionsAfter last: Int64, at now: Int64) async throws -> Int64? {
        let retention = retention
        return try await write { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT id, seq, firstSeq FROM sessions WHERE id > ? AND EXISTS
                        (SELECT 1 FROM checkpoints WHERE session = sessions.id AND seq >= firstSeq)
                    ORDER BY id LIMIT 500
                    """,
                arguments: [last]
            )
            for row in rows {
                let id: Int64 = row["id"]
                var cut = retention.events.map { (row["seq"] as Int) - $0 } ?? 0
                if let age = retention.age {
                    let old = try Int.fetchOne(
                        db.cachedStatement(
                            sql: "SELECT first FROM stretches WHERE session = ? AND at >= ? ORDER BY first LIMIT 1"
                        ),
                        arguments: [id, now - age]
                    )
                    cut = max(cut, (old ?? (row["seq"] as Int) + 1) - 1)
                }
                guard cut >= (row["firstSeq"] as Int) else { continue }
                do { try db.overwriting { try Self.trim(id, through: cut, db) } } catch let error as RuntimeError {
                    // It stays as it is; the others do not.
                    guard error.code == "store_corrupt" else { throw error }
                }
            }
            return rows.last.map { $0["id"] }
        }
    }

    /// Drops events up to the newest checkpoint at or before `seq`, from which the rest can be read.
    private static func trim(_ session: Int64, through seq: Int, _ db: Database) throws {
        let base = try Int.fetchOne(
            db,
            sql: "SELECT max(seq) FROM checkpoints WHERE session = ? AND seq <= ?",
            arguments: [session, seq]
        )
        guard let base else { return }
        try Stretch.trim(session, through: base, db)
        try db.release(part: .checkpoint, owner: session, through: Int64(base - 1))
        try db.execute(sql: "DELETE FROM checkpoints WHERE session = ? AND seq < ?", arguments: [session, base])
        try db.execute(sql: "UPDATE sessions SET firstSeq = ? WHERE id = ?", arguments: [base + 1, session])
    }
}
