internal import GRDB
internal import MagmaRuntime
package import SessionModel

/// Runs of static jobs, and jobs that are paused for all sessions of their agents.
extension SQLiteStore {
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
