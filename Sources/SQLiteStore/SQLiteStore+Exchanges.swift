internal import GRDB
internal import MagmaRuntime
package import SessionModel

/// An exchange as it is stored, made before the writer is asked for.
struct ExchangeRow: Sendable {
    private let exchange: Exchange
    private let packed: PackedJSON
    /// What can be found of it by its words.
    private let words: String

    init(_ exchange: Exchange, _ shown: ShownTexts) {
        self.exchange = exchange
        packed = PackedJSON(exchange.stored)
        words = shown.ofExchange(exchange).indexText
    }

    func save(_ db: Database) throws {
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
                packed.text, packed.text.utf8.count > PackedJSON.threshold ? exchange.storedRow.text : nil,
                exchange.isOpen,
            ]
        )
        guard let number else { return }
        try db.release(part: .exchange, owner: number)
        try db.keep(packed, part: .exchange, owner: number, seq: 0)
        try db.cached("DELETE FROM exchangeTexts WHERE rowid = ?", [number])
        try db.index(words, in: "exchangeTexts", row: number)
    }
}

// MARK: Exchanges

extension SQLiteStore {
    package func save(_ exchange: Exchange) async throws {
        // In a task of its own: what is redacted in one that is cancelled is not to be kept.
        let row = await Task { ExchangeRow(exchange, shown) }.value
        try await room.keep()
        try await write { db in try row.save(db) }
    }

    package func exchange(_ id: String) async throws -> Exchange? {
        try await read { db in
            let statement = try db.cachedStatement(sql: "SELECT isPacked, body FROM exchanges WHERE id = ?")
            return try Row.fetchOne(statement, arguments: [id]).flatMap { Exchange(stored: try db.unpacked($0)) }
        }
    }

    package func exchangeRow(_ id: String) async throws -> Exchange? {
        try await read { db in
            try Self.listed("SELECT \(Self.listed) FROM exchanges WHERE id = ?", [id], db).first
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
            conditions.append(
                """
                number < coalesce(
                    (SELECT number FROM exchanges WHERE id = ?),
                    (SELECT number + 1 FROM exchanges WHERE id < ? ORDER BY id DESC LIMIT 1)
                )
                """
            )
            arguments += [before, before]
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
                if let exchange = Exchange(stored: try db.unpacked(row)) { found.append(exchange.listed) }
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

    static func renameExchange(_ number: Int64, to key: SessionKey, _ shown: ShownTexts, _ db: Database) throws {
        let row = try Row.fetchOne(
            db,
            sql: "SELECT isPacked, body FROM exchanges WHERE number = ?",
            arguments: [number]
        )
        guard let row, var exchange = Exchange(stored: try db.unpacked(row)) else { return }
        exchange.agent = key.agent
        exchange.session = key.session
        try ExchangeRow(exchange, shown).save(db)
    }

    static func removeExchange(_ number: Int64, _ db: Database) throws {
        try db.release(part: .exchange, owner: number)
        try db.cached("DELETE FROM exchanges WHERE number = ?", [number])
    }
}

// MARK: Snapshots

extension SQLiteStore {
    package func save(_ snapshot: Snapshot, of key: SessionKey) async throws {
        let packed = PackedJSON(snapshot.stored)
        try await write { db in
            guard let session = try Self.id(of: key, db) else { throw RuntimeError.sessionNotFound(key) }
            try Self.removeSnapshot(snapshot.name, session, db)
            try db.execute(
                sql: """
                    INSERT INTO snapshots (session, name, seq, at, by, messages, isPacked, body)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    session, snapshot.name, snapshot.fold.seq, snapshot.at, snapshot.by, snapshot.fold.messages.count,
                    packed.isPacked, packed.text,
                ]
            )
            try db.keep(packed, part: .snapshot, owner: session, seq: db.lastInsertedRowID)
        }
    }

    package func snapshots(of key: SessionKey) async throws -> [SnapshotSummary] {
        try await read { db in
            guard let session = try Self.id(of: key, db) else { return [] }
            return try Row.fetchAll(
                db,
                sql: "SELECT name, seq, at, by, messages FROM snapshots WHERE session = ? ORDER BY id",
                arguments: [session]
            )
            .map {
                SnapshotSummary(name: $0["name"], seq: $0["seq"], at: $0["at"], by: $0["by"], messages: $0["messages"])
            }
        }
    }

    package func snapshot(_ name: String, of key: SessionKey) async throws -> Snapshot? {
        try await read { db in
            guard let session = try Self.id(of: key, db) else { return nil }
            let sql = "SELECT isPacked, body FROM snapshots WHERE session = ? AND name = ?"
            return try Row.fetchOne(db, sql: sql, arguments: [session, name])
                .flatMap { Snapshot(stored: try db.unpacked($0)) }
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
