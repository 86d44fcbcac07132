internal import GRDB
package import MagmaRuntime
package import SessionModel

/// Answers to requests, the audit log, what the runtime notes of itself; runs of static jobs, and jobs that are paused for all
/// sessions of their agents.
extension SQLiteStore {
    package func answer(to request: String) async throws -> StoredResponse? {
        try await json("SELECT body FROM answers WHERE request = ?", request).flatMap(StoredResponse.init(stored:))
    }

    package func save(_ answer: StoredResponse, to request: String, at time: Int64) async throws {
        try await write { db in try Self.save(answer, to: request, at: time, session: nil, db) }
    }

    static func save(
        _ answer: StoredResponse,
        to request: String,
        at time: Int64,
        session: Int64?,
        _ db: Database
    ) throws {
        try db.cached(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
            [request, time, session, answer.stored.text]
        )
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
        let (at, text, isRefusal, refusals) = (entry.at, entry.stored.text, entry.isRefusal, retention.refusals)
        try await write { db in
            try db.cached("INSERT INTO audits (at, body, isRefusal) VALUES (?, ?, ?)", [at, text, isRefusal])
            // Anyone with a token can make them, as fast as they like.
            guard isRefusal, db.lastInsertedRowID % 256 == 0 else { return }
            try Self.trimRefusals(to: refusals, db)
        }
    }

    static func trimRefusals(to count: Int, _ db: Database) throws {
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
                guard var entry = AuditEntry(stored: try JSON(parsing: row["body"] as String, depth: JSON.writtenDepth))
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

    // MARK: Jobs

    package func append(_ tick: Tick, of agent: String) async throws {
        try await write { db in try Self.append(tick, of: agent, db) }
    }

    static func append(_ tick: Tick, of agent: String, _ db: Database) throws {
        try db.cached(
            """
            INSERT INTO staticTicks (agent, job, scheduled, started, finished, status, error) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [agent, tick.job, tick.scheduled, tick.started, tick.finished, tick.status.rawValue, tick.error]
        )
        try db.cached(
            """
            DELETE FROM staticTicks WHERE agent = ?1 AND number <=
                (SELECT number FROM staticTicks WHERE agent = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
            """,
            [agent, JobStoreLimits.staticTicks]
        )
    }

    package func staticTicks(of agent: String) async throws -> [Tick] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM staticTicks WHERE agent = ? ORDER BY number", arguments: [agent])
                .map { row in
                    Tick(
                        job: row["job"],
                        session: nil,
                        scheduled: row["scheduled"],
                        started: row["started"],
                        finished: row["finished"],
                        status: TickStatus(rawValue: row["status"]) ?? .ok,
                        error: row["error"]
                    )
                }
        }
    }

    package func pause(_ job: JobKey) async throws {
        try await write { db in
            try db.cached("INSERT OR IGNORE INTO pausedJobs (agent, job) VALUES (?, ?)", [job.agent, job.job])
        }
    }

    package func resume(_ job: JobKey) async throws {
        try await write { db in
            try db.cached("DELETE FROM pausedJobs WHERE agent = ? AND job = ?", [job.agent, job.job])
        }
    }

    package func pausedJobs() async throws -> Set<JobKey> {
        try await read { db in
            Set(
                try Row.fetchAll(db, sql: "SELECT agent, job FROM pausedJobs")
                    .map { JobKey(agent: $0["agent"], job: $0["job"]) }
            )
        }
    }
}
