internal import GRDB
internal import MagmaRuntime
internal import SessionModel

/// Events of one session that follow on each other, stored as one row: what a turn writes is one row of some kilobytes
/// at the end of the table, and not half a dozen small ones between those of other sessions.
struct EventSegment: Sendable {
    /// Events of a segment, and bytes after which it ends, so that reading a few never means reading many.
    static let (longest, largest) = (64, 1 << 20)

    let first: Int
    let last: Int
    /// When the last of them happened.
    let at: Int64
    /// Whether something on a schedule is among them.
    let hasTicks: Bool
    let packed: PackedJSON
    /// What can be found of them by its words.
    let words: String

    /// - Parameter texts: the events as JSON text.
    private init(_ events: ArraySlice<SessionEvent>, _ texts: ArraySlice<String>, _ shown: ShownTexts) {
        first = events.first?.seq ?? 0
        last = events.last?.seq ?? 0
        at = events.last?.at ?? 0
        hasTicks = events.contains(where: \.body.isOfTick)
        words = events.flatMap(shown.ofEvent).indexText
        let isLarge = texts.contains { $0.utf8.count > PackedJSON.threshold }
        packed = PackedJSON(
            isLarge ? .array(events.map(\.json)) : nil,
            text: "[" + texts.joined(separator: ",") + "]"
        )
    }

    /// The events in as many segments as they need.
    ///
    /// - Parameters:
    ///   - texts: the events as JSON text, if they are known.
    ///   - shown: what can be found of them.
    static func all(of events: [SessionEvent], texts: [String] = [], _ shown: ShownTexts) -> [EventSegment] {
        let texts = texts.count == events.count ? texts : events.map(\.text)
        var segments: [EventSegment] = []
        var (start, size) = (0, 0)
        for index in events.indices {
            size += texts[index].utf8.count
            guard index + 1 == events.count || index + 1 - start == longest || size >= largest else { continue }
            segments.append(EventSegment(events[start...index], texts[start...index], shown))
            (start, size) = (index + 1, 0)
        }
        return segments
    }

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
