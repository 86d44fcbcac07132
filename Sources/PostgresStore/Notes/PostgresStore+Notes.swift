package import MagmaRuntime
internal import Postgres
package import SessionModel

/// Answers to requests, the audit log, what the runtime notes of itself; runs of static jobs, and jobs that are paused for all
/// sessions of their agents.
extension PostgresStore {
    package func answer(to request: String) async throws -> StoredResponse? {
        try await json(
            Statement("SELECT body FROM answers WHERE request = $1::text AND body IS NOT NULL")(.text(request))
        )
        .first.flatMap(StoredResponse.init(stored:))
    }

    package func save(_ answer: StoredResponse, to request: String, at time: Int64) async throws {
        try await write(
            Statement(
                """
                INSERT INTO answers (request, at, body) VALUES ($1::text, $2::bigint, $3::text)
                ON CONFLICT (request) DO UPDATE SET at = excluded.at, session = NULL, body = excluded.body
                """
            )(.text(request), .int(time), .text(answer.stored.text))
        )
    }

    package func note(_ name: String) async throws -> JSON? {
        try await json(Statement("SELECT body FROM notes WHERE name = $1::text")(.text(name))).first
    }

    package func save(_ note: JSON, as name: String) async throws { try await write(Self.saving(note.text, as: name)) }

    static func saving(_ note: String, as name: String) -> Command {
        Statement(
            "INSERT INTO notes VALUES ($1::text, $2::text) ON CONFLICT (name) DO UPDATE SET body = excluded.body"
        )(.text(name), .text(note))
    }

    /// The JSON in the first column of what a command answers.
    private func json(_ command: Command) async throws -> [JSON] {
        try await read(command).map { try JSON(parsing: $0[0] ?? "", depth: JSON.writtenDepth) }
    }

    // MARK: The audit log

    package func append(_ entry: AuditEntry) async throws {
        let rows = try await append([
            Statement(
                "INSERT INTO audits (at, refused, body) VALUES ($1::bigint, $2::bigint <> 0, $3::text) RETURNING number"
            )(.int(entry.at), .int(entry.isRefusal ? 1 : 0), .text(entry.stored.text))
        ])
        // Anyone with a token can make them, as fast as they like.
        guard entry.isRefusal, let number = rows[0].first?.int(0), number % 256 == 0 else { return }
        try await write(Self.trimmingAudits(areRefused: true, to: settings.retention.refusals))
    }

    static func trimmingAudits(areRefused: Bool, to count: Int) -> Command {
        Statement(
            """
            DELETE FROM audits WHERE \(areRefused ? "refused" : "NOT refused") AND number <=
                (SELECT number FROM audits WHERE \(areRefused ? "refused" : "NOT refused")
                ORDER BY number DESC LIMIT 1 OFFSET $1::bigint)
            """
        )(.int(Int64(count)))
    }

    package func audits(before: Int?, limit: Int) async throws -> [AuditEntry] {
        let rows = try await read(
            Statement(
                "SELECT body, number FROM audits WHERE number < $1::bigint ORDER BY number DESC LIMIT $2::bigint"
            )(.int(Int64(before ?? .max)), .int(Int64(limit)))
        )
        return try rows.map { row in
            let json = try? JSON(parsing: row[0] ?? "", depth: JSON.writtenDepth)
            guard var entry = json.flatMap(AuditEntry.init(stored:)), let number = row.int(1) else {
                throw RuntimeError.store(
                    "corrupt",
                    "An entry of the audit log cannot be read; repair or delete its row in `audits`."
                )
            }
            entry.number = Int(number)
            return entry
        }
    }

    // MARK: Jobs

    package func append(_ tick: Tick, of agent: String) async throws {
        try await append([
            Statement("INSERT INTO static_ticks (agent, body) VALUES ($1::text, $2::text)")(
                .text(agent),
                .text(tick.stored.text)
            ),
            Statement(
                """
                DELETE FROM static_ticks WHERE agent = $1::text AND number <=
                    (SELECT number FROM static_ticks WHERE agent = $1::text ORDER BY number DESC LIMIT 1 OFFSET $2::bigint)
                """
            )(.text(agent), .int(Int64(JobStoreLimits.staticTicks))),
        ])
    }

    package func staticTicks(of agent: String) async throws -> [Tick] {
        try await json(
            Statement("SELECT body FROM static_ticks WHERE agent = $1::text ORDER BY number")(.text(agent))
        )
        .compactMap(Tick.init(stored:))
    }

    package func pause(_ job: JobKey) async throws {
        try await write(
            Statement("INSERT INTO paused_jobs VALUES ($1::text, $2::text) ON CONFLICT DO NOTHING")(
                .text(job.agent),
                .text(job.job)
            )
        )
    }

    package func resume(_ job: JobKey) async throws {
        try await write(
            Statement("DELETE FROM paused_jobs WHERE agent = $1::text AND job = $2::text")(
                .text(job.agent),
                .text(job.job)
            )
        )
    }

    package func pausedJobs() async throws -> Set<JobKey> {
        Set(
            try await read(Statement("SELECT agent, job FROM paused_jobs")())
                .compactMap { row in row[0].flatMap { agent in row[1].map { JobKey(agent: agent, job: $0) } } }
        )
    }
}

extension Tick {
    /// As the database keeps it; of a static job, which has no session.
    fileprivate var stored: JSON {
        .members([
            "job": .string(job), "scheduled": .int(Int(scheduled)), "started": started.map { .int(Int($0)) },
            "finished": finished.map { .int(Int($0)) }, "status": .string(status.rawValue),
            "error": .from(error, JSON.string),
        ])
    }

    fileprivate init?(stored json: JSON) {
        guard let job = json["job"]?.string, let scheduled = json.time("scheduled") else { return nil }
        self.init(
            job: job,
            session: nil,
            scheduled: scheduled,
            started: json.time("started"),
            finished: json.time("finished"),
            status: json["status"]?.word.flatMap(TickStatus.init(rawValue:)) ?? .ok,
            error: json["error"]?.string
        )
    }
}
