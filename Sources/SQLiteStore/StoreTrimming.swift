internal import GRDB
internal import MagmaRuntime
internal import Synchronization

/// Drops what is kept no longer.
struct StoreTrimming: Sendable {
    private let store: SQLiteStore

    init(of store: SQLiteStore) { self.store = store }

    private var retention: SQLiteStore.Retention { store.retention }

    func run(at now: Int64, answersBefore: Int64) async throws {
        let retention = retention
        try await store.write { db in
            try db.overwriting {
                try db.execute(sql: "DELETE FROM answers WHERE at < ?", arguments: [answersBefore])
                try db.execute(
                    sql: """
                        DELETE FROM audits WHERE NOT isRefusal AND number <=
                            (SELECT number FROM audits WHERE NOT isRefusal ORDER BY number DESC LIMIT 1 OFFSET ?)
                        """,
                    arguments: [retention.audits]
                )
                try SQLiteStore.trimRefusals(to: retention.refusals, db)
            }
        }
        while try await trimExchanges(at: now) {}
        if store.reserve.keep() {
            try await store.writeOutsideTransactions { try $0.emptyLog(afterPages: SQLiteStore.logPages) }
        }
        if retention.age != nil || retention.events != nil {
            var last: Int64 = 0
            while let next = try await trim(sessionsAfter: last, at: now) { last = next }
        }
        try await store.indexWords()
        try await mergeWords()
    }

    /// Parts after which the next trimming goes on.
    private static let mostMerges = 2000

    /// Takes the words of what was deleted since the last time out of the indexes, a part at a time, so that nobody waits
    /// long for the writer.
    private func mergeWords() async throws {
        guard store.hasRemoved.exchange(false, ordering: .relaxed) else { return }
        for part in 0..<Self.mostMerges {
            guard try await store.write({ db in try db.mergeWords(isFirst: part == 0) }) else { return }
        }
        store.hasRemoved.store(true, ordering: .relaxed)
    }

    /// Drops some of the exchanges that are over a bound, few enough that nobody waits long for the writer; whether there may
    /// be more.
    private func trimExchanges(at now: Int64) async throws -> Bool {
        let retention = retention
        let removed = try await store.write { db in
            let old = try Int64.fetchAll(
                db,
                sql: """
                    SELECT number FROM exchanges WHERE received < ?1
                    UNION SELECT number FROM exchanges WHERE number <= (SELECT max(number) FROM exchanges) - ?2 LIMIT ?3
                    """,
                arguments: [retention.age.map { now - $0 } ?? 0, retention.exchanges, Self.exchangesAtOnce]
            )
            try db.overwriting { for number in old { try SQLiteStore.removeExchange(number, db) } }
            return old.count
        }
        if removed > 0 { store.hasRemoved.store(true, ordering: .relaxed) }
        return removed == Self.exchangesAtOnce
    }

    private static let exchangesAtOnce = 256

    /// Trims some journals; where to go on.
    private func trim(sessionsAfter last: Int64, at now: Int64) async throws -> Int64? {
        let (retention, store) = (retention, store)
        return try await store.write { db in
            try store.words.index(db)
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
                store.hasRemoved.store(true, ordering: .relaxed)
                do { try db.overwriting { try Self.trim(id, through: cut, store.shown, db) } } catch let error
                    as RuntimeError
                {
                    // A corrupt session is left as it is; the others are trimmed.
                    guard error.code == "store_corrupt" else { throw error }
                }
            }
            return rows.last.map { $0["id"] }
        }
    }

    /// Drops events up to the newest checkpoint at or before `seq`, from which the rest can be read.
    private static func trim(_ session: Int64, through seq: Int, _ shown: ShownTexts, _ db: Database) throws {
        let base = try Int.fetchOne(
            db,
            sql: "SELECT max(seq) FROM checkpoints WHERE session = ? AND seq <= ?",
            arguments: [session, seq]
        )
        guard let base else { return }
        try EventSegment.trim(session, through: base, shown, db)
        try db.release(part: .checkpoint, owner: session, through: Int64(base - 1))
        try db.execute(sql: "DELETE FROM checkpoints WHERE session = ? AND seq < ?", arguments: [session, base])
        try db.execute(sql: "UPDATE sessions SET firstSeq = ? WHERE id = ?", arguments: [base + 1, session])
    }
}
