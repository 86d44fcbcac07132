internal import FoundationEssentials
internal import GRDB
internal import MagmaRuntime
internal import SessionModel

/// Which table a row is in that refers to a payload.
enum PayloadPart: Int { case event, checkpoint, snapshot, exchange }

extension Database {
    /// Stores what a row refers to.
    func keep(_ packed: PackedJSON, part: PayloadPart, owner: Int64, seq: Int64) throws {
        for (hash, text) in packed.payloads {
            try cached("INSERT OR IGNORE INTO payloads VALUES (?, ?)", [hash, text])
            try cached("INSERT OR IGNORE INTO payloadUses VALUES (?, ?, ?, ?)", [part.rawValue, owner, seq, hash])
        }
    }

    /// Releases the payloads of deleted rows, and deletes payloads without references.
    func release(part: PayloadPart, owner: Int64, through last: Int64 = .max, only seq: Int64? = nil) throws {
        let condition = "part = ? AND owner = ? AND seq BETWEEN ? AND ?"
        let arguments: StatementArguments = [part.rawValue, owner, seq ?? 0, seq ?? last]
        let hashes = try Data.fetchAll(
            self,
            sql: "SELECT DISTINCT hash FROM payloadUses WHERE \(condition)",
            arguments: arguments
        )
        guard !hashes.isEmpty else { return }
        try cached("DELETE FROM payloadUses WHERE \(condition)", arguments)
        for hash in hashes {
            try cached(
                "DELETE FROM payloads WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM payloadUses WHERE hash = ?1)",
                [hash]
            )
        }
    }

    /// The JSON of a row with `isPacked` and `body`.
    func unpacked(_ row: Row) throws -> JSON {
        let json = try JSON(parsing: row["body"] as String, depth: JSON.writtenDepth)
        guard row["isPacked"] as Bool else { return json }
        let statement = try cachedStatement(sql: "SELECT body FROM payloads WHERE hash = ?")
        return try PackedJSON.unpack(json) { try String.fetchOne(statement, arguments: [$0]) }
    }

    /// Overwrites what `body` deletes, at the cost of writing it once more.
    func overwriting(_ body: () throws -> Void) throws {
        _ = try String.fetchOne(self, sql: "PRAGMA secure_delete = ON")
        defer { _ = try? String.fetchOne(self, sql: "PRAGMA secure_delete = FAST") }
        try body()
    }

    /// The pages of the write-ahead log after which a commit moves it into the database; 0 for never.
    func emptyLog(afterPages pages: Int) throws {
        _ = try Int.fetchOne(self, sql: "PRAGMA wal_autocheckpoint = \(pages)")
    }

    /// Runs a statement that is compiled once for the connection.
    func cached(_ sql: String, _ arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
