internal import FoundationEssentials
internal import GRDB
internal import MagmaRuntime
internal import SessionModel

/// Reads a whole database and tells what is wrong with it: the file itself, journals with holes, and checkpoints that
/// are not the fold of the events before them.
package struct StoreCheck: Sendable {
    package private(set) var sessions = 0
    package private(set) var events = 0
    /// Sentences, each about one thing; at most ``maximumProblems``.
    package private(set) var problems: [String] = []

    private static let maximumProblems = 100

    /// Checks without writing, also while a runtime uses the database.
    ///
    /// - Throws: ``RuntimeError`` when there is no such database, or none of it can be read.
    package init(path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw RuntimeError.store("missing", "There is no store '\(path)'.")
        }
        try StoreLock.checkKind(of: path)
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read { db in
                guard try !Schema.migrator.hasBeenSuperseded(db) else {
                    throw RuntimeError.store("newer", "The store '\(path)' was written by a newer version.")
                }
                guard try Schema.migrator.hasCompletedMigrations(db) else {
                    throw RuntimeError.store(
                        "older",
                        "The store '\(path)' was written by an older version; start the runtime on it once, which brings it up to date."
                    )
                }
                try check(db)
            }
        } catch { throw RuntimeError.store(error, path) }
    }

    private mutating func check(_ db: Database) throws {
        for line in try String.fetchAll(db, sql: "PRAGMA integrity_check(20)") where line != "ok" {
            found("The file is damaged: \(line)")
        }
        try checkIndexes(db)
        let rows = try Row.fetchCursor(
            db,
            sql: "SELECT id, agent, session, status, seq, firstSeq, messages FROM sessions"
        )
        while problems.count < Self.maximumProblems, let row = try rows.next() {
            sessions += 1
            let name = "\(row["agent"] as String)/\(row["session"] as String)"
            do { try check(row, name, db) } catch { found("\(name): its journal cannot be read: \(error)") }
        }
    }

    private mutating func check(_ row: Row, _ name: String, _ db: Database) throws {
        let id: Int64 = row["id"]
        var checkpoints: [Int: SessionFold?] = [:]
        for row in try Row.fetchAll(
            db,
            sql: "SELECT seq, isPacked, body FROM checkpoints WHERE session = ?",
            arguments: [id]
        ) { checkpoints[row["seq"]] = .some(SessionFold(json: try db.unpacked(row))) }
        var journal = JournalCheck(
            JournalCheck.Row(
                name: name,
                isAwake: row["status"] == "awake",
                seq: row["seq"],
                firstSeq: row["firstSeq"],
                messages: row["messages"]
            ),
            checkpoints: checkpoints
        )
        defer {
            events += journal.events
            for problem in journal.problems { found(problem) }
        }
        let cursor = try Row.fetchCursor(
            db,
            sql: "SELECT isPacked, body FROM stretches WHERE session = ? ORDER BY first",
            arguments: [id]
        )
        while let row = try cursor.next() { if try !journal.take(db.events(row, of: name)) { return } }
        journal.finish()
    }

    /// Sessions are whole without it; the next start builds it again.
    private mutating func checkIndexes(_ db: Database) throws {
        for table in try db.unreadableIndexes {
            found("the index '\(table)', by which texts are found, cannot be read; the next start builds it again")
        }
    }

    private mutating func found(_ problem: String) {
        if problems.count < Self.maximumProblems { problems.append(problem) }
    }
}
