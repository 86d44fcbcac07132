internal import Foundation
internal import GRDB
package import MagmaRuntime
internal import SessionModel

// MARK: Searching

/// The index of words (FTS5): a row for each row of `stretches` and of `exchanges` that has texts, written and deleted with it.
extension SQLiteStore {
    /// Rows after which a page ends, whatever of them was wanted.
    private static let mostRows = 64

    package func texts(_ query: TextQuery) async throws -> TextPage {
        let cursor = try query.cursor.map { try TextCursor($0) } ?? TextCursor()
        // On a full disk what was stored last is not found; what is in the index is.
        if !words.isEmpty { try? await indexWords() }
        return try await read { db in
            let wanted = query.words.matchExpression
            var next = cursor
            var (found, bytes) = ([TextPage.Content](), 0)
            if let before = cursor.stretch {
                let rows = try Self.stretches(wanted, query, before: before, db)
                next.stretch = rows.next
                found += rows.contents
                bytes += rows.bytes
            }
            if let before = cursor.exchange {
                let rows = try Self.exchanges(wanted, query, before: before, db)
                next.exchange = rows.next
                found += rows.contents
                bytes += rows.bytes
            }
            return TextPage(contents: found.sorted { $0.isNewer(than: $1) }, next: next.text, bytes: bytes)
        }
    }

    func indexWords() async throws { try await write { [words] db in try words.index(db) } }

    /// Bytes of rows after which a page ends as well.
    private static let mostBytes = 1 << 20

    /// What some rows hold, and the row before which the next ones are; `nil` after the last one.
    private typealias Part = (contents: [TextPage.Content], next: Int64?, bytes: Int)

    private static func stretches(_ words: String, _ query: TextQuery, before: Int64, _ db: Database) throws -> Part {
        let sql = """
            SELECT stretches.id, sessions.agent, sessions.session, stretches.isPacked, stretches.body FROM texts
            JOIN stretches ON stretches.id = texts.rowid JOIN sessions ON sessions.id = stretches.session
            WHERE texts MATCH ?1 AND texts.rowid < ?2 AND (?3 IS NULL OR sessions.agent = ?3)
                AND (?4 IS NULL OR sessions.session = ?4)
            ORDER BY texts.rowid DESC LIMIT ?5
            """
        return try part(sql, words, query, before: before, db) { row in
            let key = SessionKey(agent: row["agent"], session: row["session"])
            let (events, size) = try db.sizedEvents(row, of: key.session)
            return (events.map { .event(key, $0) }, size)
        }
    }

    private static func exchanges(_ words: String, _ query: TextQuery, before: Int64, _ db: Database) throws -> Part {
        let sql = """
            SELECT exchanges.number AS id, exchanges.isPacked, exchanges.body FROM exchangeTexts
            JOIN exchanges ON exchanges.number = exchangeTexts.rowid
            WHERE exchangeTexts MATCH ?1 AND exchangeTexts.rowid < ?2 AND (?3 IS NULL OR exchanges.agent = ?3)
                AND (?4 IS NULL OR exchanges.session = ?4)
            ORDER BY exchangeTexts.rowid DESC LIMIT ?5
            """
        return try part(sql, words, query, before: before, db) { row in
            let json = try db.unpacked(row)
            return (Exchange(stored: json).map { [.exchange($0)] } ?? [], json.size)
        }
    }

    private static func part(
        _ sql: String,
        _ words: String,
        _ query: TextQuery,
        before: Int64,
        _ db: Database,
        _ read: (Row) throws -> (contents: [TextPage.Content], size: Int)
    ) throws -> Part {
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: sql),
            arguments: [words, before, query.agent, query.session, mostRows]
        )
        var (contents, size, count) = ([TextPage.Content](), 0, 0)
        while let row = try rows.next() {
            count += 1
            // One that cannot be read does not keep the others from being found.
            if let found = try? read(row) {
                contents += found.contents
                size += found.size
            }
            if count == mostRows || size >= mostBytes { return (contents, row["id"], size) }
        }
        return (contents, nil, size)
    }
}

extension SearchWords {
    /// As FTS5 has it. Words consist of letters and digits, so that none can be taken for its syntax.
    fileprivate var matchExpression: String {
        phrases.map { phrase in "\"\(phrase.words.joined(separator: " "))\"\(phrase.isPrefix ? " *" : "")" }
            .joined(separator: " AND ")
    }
}

extension Database {
    private static let indexes = ["texts", "exchangeTexts"]

    func emptyIndexes() throws {
        for table in Self.indexes {
            try execute(sql: "DROP TABLE \(table)")
            try execute(sql: Schema.index(table))
        }
    }

    /// Indexes the texts of a row.
    func index(_ text: String, in table: String, row: Int64) throws {
        guard !text.isEmpty else { return }
        try cached("INSERT OR REPLACE INTO \(table) (rowid, text) VALUES (?, ?)", [row, text])
    }

    /// Takes the words of what was deleted out of the indexes, where they stay until their segments are merged.
    ///
    /// - Parameter pages: of an index that is not too large for that to be done at once.
    func forgetWords(within pages: Int) throws {
        for table in Self.indexes {
            let count = try Int.fetchOne(
                self,
                sql: "SELECT count(*) FROM (SELECT 1 FROM \(table)_data LIMIT ?)",
                arguments: [pages + 1]
            )
            guard count ?? 0 <= pages else { continue }
            try execute(sql: "INSERT INTO \(table) (\(table)) VALUES ('optimize')")
            if try indexLevels(table) > Self.mostLevels.small { try rebuild(table) }
        }
    }

    /// Merges some pages of the indexes; whether there is more to merge.
    ///
    /// - Parameter isFirst: whether this begins a merge of all segments.
    func mergeWords(isFirst: Bool) throws -> Bool {
        var more = false
        for table in Self.indexes {
            if isFirst, try indexLevels(table) > Self.mostLevels.large {
                try rebuild(table)
                continue
            }
            let before = totalChangesCount
            try execute(
                sql: "INSERT INTO \(table) (\(table), rank) VALUES ('merge', ?)",
                arguments: [isFirst ? -Self.mergedAtOnce : Self.mergedAtOnce]
            )
            // As SQLite's documentation has it: fewer than two changes mean that nothing was left to do.
            more = totalChangesCount - before >= 2 || more
        }
        return more
    }

    private static let mergedAtOnce = 256
}

// MARK: Levels of an index

/// Each merge of all segments of an index makes one more level of it, all but the last of them empty, and SQLite before 3.41
/// takes an index of more than 2,000 for damaged. So one that has many is built again, of the texts that it holds as well.
extension Database {
    /// Of an index that is built again in a moment, and of one for which that takes long.
    private static let mostLevels = (small: 200, large: 1800)
    private static let mostReadable = 2000
    /// The row of an index's data that says which segments it has.
    private static let structure = 10

    /// Levels of an index, read from its data: one that has too many cannot be opened.
    func indexLevels(_ table: String) throws -> Int {
        let sql = "SELECT block FROM \(table)_data WHERE id = \(Self.structure)"
        guard let block = try Data.fetchOne(self, sql: sql) else { return 0 }
        // After four bytes of a version, a number of which each byte holds seven bits, the first of them first.
        var levels = 0
        for byte in block.dropFirst(4).prefix(4) {
            levels = levels << 7 | Int(byte & 0x7F)
            if byte < 0x80 { break }
        }
        return levels
    }

    /// Whether SQLite does not read an index any more.
    func isUnreadable(_ table: String) throws -> Bool { try indexLevels(table) > Self.mostReadable }

    private func rebuild(_ table: String) throws {
        try execute(sql: "INSERT INTO \(table) (\(table)) VALUES ('rebuild')")
    }

    /// The indexes that SQLite does not read any more.
    var unreadableIndexes: [String] { get throws { try Self.indexes.filter { try isUnreadable($0) } } }

    /// Builds indexes of too many levels again, also those that versions of this program before have made unreadable.
    func mendIndexes() throws {
        for table in Self.indexes where try indexLevels(table) > Self.mostLevels.large {
            try inTransaction {
                if try isUnreadable(table) {
                    // Without segments; what they hold is in the index's own texts as well.
                    try execute(
                        sql: "UPDATE \(table)_data SET block = X'00000000000000' WHERE id = \(Self.structure)"
                    )
                }
                try rebuild(table)
                return .commit
            }
        }
    }
}
