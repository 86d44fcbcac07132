internal import GRDB
internal import MagmaRuntime
internal import SessionModel
internal import Synchronization

/// Texts of rows of `stretches` that are stored and not yet indexed. Many are indexed at once, which takes a fraction of the time
/// that each of them would take with the turn that wrote it; a search indexes them first. A note says up to which row all are
/// indexed: what a crash leaves out is indexed when the database is opened.
final class PendingWords: Sendable {
    /// Rows, and bytes, after which they are indexed.
    private static let (most, largest) = (512, 1 << 20)

    private struct State {
        /// By the number of the row; of rows that a failed transaction has written, the next ones have the numbers.
        var texts: [Int64: String] = [:]
        var bytes = 0
    }

    private let state = Mutex(State())

    /// Takes the texts of rows that are being written.
    ///
    /// - Returns: whether it is time to index.
    func add(_ texts: [(row: Int64, text: String)]) -> Bool {
        state.withLock { state in
            for (row, text) in texts {
                state.texts[row] = text
                state.bytes += text.utf8.count
            }
            return state.texts.count >= Self.most || state.bytes >= Self.largest
        }
    }

    var isEmpty: Bool { state.withLock { $0.texts.isEmpty } }

    /// Indexes all that wait, before anything of it may be deleted or searched for; in a transaction, and when that fails they
    /// wait again.
    func index(_ db: Database) throws {
        let texts = state.withLock { state in
            defer { state = State() }
            return state.texts
        }
        db.afterNextTransaction { _ in
        } onRollback: { [self] _ in
            _ = add(texts.map { ($0.key, $0.value) })
        }
        if let first = texts.keys.min(), let last = texts.keys.max() {
            // Not those that have been deleted meanwhile.
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: "SELECT id FROM stretches WHERE id BETWEEN ? AND ? ORDER BY id"),
                arguments: [first, last]
            )
            while let row = try rows.next() {
                let id: Int64 = row[0]
                if let text = texts[id] { try db.index(text, in: "texts", row: id) }
            }
        }
        try Self.mark(try Int64.fetchOne(db, sql: "SELECT max(id) FROM stretches") ?? 0, db)
    }

    /// Drops the texts of rows that are no longer there.
    func forgetDeleted(_ db: Database) throws {
        let numbers = state.withLock { Array($0.texts.keys) }
        let gone = try numbers.filter { number in
            try Row.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM stretches WHERE id = ?"), arguments: [number])
                == nil
        }
        state.withLock { state in
            for number in gone { state.bytes -= state.texts.removeValue(forKey: number)?.utf8.count ?? 0 }
        }
    }

    private static let note = "words indexed"

    private static func mark(_ row: Int64, _ db: Database) throws { try keep("\(row)", as: note, db) }

    private static func keep(_ text: String, as name: String, _ db: Database) throws {
        try db.cached(
            "INSERT INTO notes VALUES (?1, ?2) ON CONFLICT DO UPDATE SET body = ?2 WHERE body <> ?2",
            [name, text]
        )
    }

    /// Rows of one transaction when a database is opened.
    private static let rowsAtOnce = 2000

    /// By which rules all is indexed.
    private static let rules = "words shown by"

    /// Indexes the rows that are not: those since the last time, or all of a database that had no index, or one of other rules.
    static func indexRest(_ pool: DatabasePool, _ shown: ShownTexts, _ willIndex: () -> Void) throws {
        let (known, isEmpty) = try pool.read { db in
            let known = try String.fetchOne(db, sql: "SELECT body FROM notes WHERE name = ?", arguments: [rules])
            return (known, try Row.fetchOne(db, sql: "SELECT 1 FROM stretches LIMIT 1") == nil)
        }
        if known != shown.name {
            if !isEmpty { willIndex() }
            try beginAgain(pool, shown)
        }
        var last =
            try pool.read { db in
                try String.fetchOne(db, sql: "SELECT body FROM notes WHERE name = ?", arguments: [note]).flatMap(
                    Int64.init
                )
            } ?? 0
        while true {
            let next = try pool.write { db -> Int64? in
                let rows = try Row.fetchAll(
                    db,
                    sql: "SELECT id, isPacked, body FROM stretches WHERE id > ? ORDER BY id LIMIT ?",
                    arguments: [last, rowsAtOnce]
                )
                for row in rows {
                    // What cannot be read is not found, and nothing else is lost by it.
                    guard let events = try? db.events(row, of: "") else { continue }
                    try db.index(events.flatMap(shown.ofEvent).indexText, in: "texts", row: row["id"])
                }
                if let last: Int64 = rows.last?["id"] { try mark(last, db) }
                return rows.last?["id"]
            }
            guard let next else { return }
            last = next
        }
    }

    /// Empties the indexes, overwriting what they held, and indexes the exchanges.
    private static func beginAgain(_ pool: DatabasePool, _ shown: ShownTexts) throws {
        try pool.writeWithoutTransaction { db in
            try db.overwriting {
                try db.inTransaction {
                    try db.emptyIndexes()
                    try mark(0, db)
                    try keep(shown.name, as: rules, db)
                    try index(exchanges: shown, db)
                    return .commit
                }
            }
        }
    }

    /// What cannot be read is not found, and nothing else is lost by it.
    private static func index(exchanges shown: ShownTexts, _ db: Database) throws {
        let exchanges = try Row.fetchCursor(db, sql: "SELECT number, isPacked, body FROM exchanges ORDER BY number")
        while let row = try exchanges.next() {
            guard let exchange = (try? db.unpacked(row)).flatMap(Exchange.init(stored:)) else { continue }
            try db.index(shown.ofExchange(exchange).indexText, in: "exchangeTexts", row: row["number"])
        }
    }
}
