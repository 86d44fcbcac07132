internal import GRDB
internal import MagmaRuntime
internal import SessionModel

extension EventSegment {
    /// - Returns: the number of its row, by which its words are to be indexed.
    func save(of session: Int64, _ db: Database) throws -> Int64 {
        try db.cached(
            """
            INSERT INTO stretches (session, first, last, at, hasTicks, isPacked, body) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [session, first, last, at, hasTicks, packed.isPacked, packed.text]
        )
        let row = db.lastInsertedRowID
        try db.keep(packed, part: .event, owner: session, seq: Int64(first))
        return row
    }

    /// The same without payloads, in one statement.
    ///
    /// - Returns: `nil` when there is no such session.
    func save(of key: SessionKey, _ db: Database) throws -> Int64? {
        try db.cached(
            """
            INSERT INTO stretches (session, first, last, at, hasTicks, isPacked, body)
            SELECT id, ?, ?, ?, ?, 0, ? FROM sessions WHERE agent = ? AND session = ?
            """,
            [first, last, at, hasTicks, packed.text, key.agent, key.session]
        )
        return db.changesCount == 1 ? db.lastInsertedRowID : nil
    }

    /// Drops a session's events up to that one; what waits to be indexed must have been before.
    static func trim(_ session: Int64, through seq: Int, _ shown: ShownTexts, _ db: Database) throws {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT isPacked, body FROM stretches
                WHERE session = ?1 AND first <= ?2 AND last > ?2 ORDER BY first DESC LIMIT 1
                """,
            arguments: [session, seq]
        )
        // Read before anything is changed, in case it cannot be.
        let rest = try row.map { try db.events($0, of: "\(session)") } ?? []
        // Saved first, before the payloads that they refer to are released.
        for segment in all(of: rest.filter { $0.seq > seq }, shown) {
            try db.index(segment.words, in: "texts", row: try segment.save(of: session, db))
        }
        try db.release(part: .event, owner: session, through: Int64(seq))
        try db.execute(sql: "DELETE FROM stretches WHERE session = ? AND first <= ?", arguments: [session, seq])
    }
}

extension Database {
    /// The events of a row of `stretches` with `isPacked` and `body`.
    ///
    /// - Parameter session: what the session is called in an error.
    /// - Throws: ``RuntimeError`` when there is something else.
    func events(_ row: Row, of session: String) throws -> [SessionEvent] { try sizedEvents(row, of: session).events }

    /// The same, and about how many bytes they take.
    func sizedEvents(_ row: Row, of session: String) throws -> (events: [SessionEvent], size: Int) {
        let corrupt = RuntimeError.store("corrupt", "An event of the session '\(session)' cannot be read.")
        do {
            let json = try unpacked(row)
            guard let items = json.array else { throw corrupt }
            let events = try items.map { item in
                guard let event = SessionEvent(json: item) else { throw corrupt }
                return event
            }
            return (events, json.size)
        } catch is JSONError {
            throw corrupt
        }
    }
}
