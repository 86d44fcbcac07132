internal import MagmaRuntime
internal import Postgres

/// What the database holds, by version. A migration only adds, so that a runtime of the version before goes on beside it.
enum Schema {
    /// Of advisory locks: `seismo` as a number.
    static let lock = 0x7365_6973

    /// The statements of each version, from 1.
    static let migrations = [first, second]

    /// Brings the tables up to date; makes them where there are none. Processes that do so at the same time wait for each other.
    ///
    /// - Parameters:
    ///   - schema: where the tables are.
    ///   - line: a connection whose `search_path` that is.
    /// - Throws: `PostgresError`, ``RuntimeError`` `store_newer`, `store_unopenable`.
    static func migrate(_ schema: String, on line: PostgresLine, of name: String) async throws {
        let server = try await line.run(Statement("SELECT current_setting('server_version_num')::bigint")())
        guard server[0].int(0) ?? 0 >= 140_000 else {
            throw RuntimeError.store(
                "unopenable",
                "The database \(name) is older than PostgreSQL 14; update the server."
            )
        }
        if try await version(schema, on: line) == nil {
            // Making it takes a right on the database, also where it is there.
            let there = Statement("SELECT to_regnamespace('\(schema)') IS NOT NULL")
            let isThere = try await line.run(there())[0].bool(0)
            let making = Statement("CREATE SCHEMA IF NOT EXISTS \(schema)")()
            try await line.run([
                locking(), isThere ? there() : making,
                Statement("CREATE TABLE IF NOT EXISTS \(schema).versions (version int PRIMARY KEY)")(),
            ])
        }
        while true {
            let known = try await version(schema, on: line) ?? 0
            guard known <= migrations.count else {
                throw RuntimeError.store(
                    "newer",
                    "The database \(name) was written by a newer version of this program; use that one, or another database."
                )
            }
            guard known < migrations.count else { return }
            do { try await migrate(to: known + 1, on: line) } catch let error as PostgresError {
                // Another process has done the same meanwhile.
                guard error.code == "23505" else { throw error }
            }
        }
    }

    private static func migrate(to version: Int, on line: PostgresLine) async throws {
        let statements = migrations[version - 1].enumerated().map { Statement($1)() }
        try await line.run(
            [locking(), Statement("INSERT INTO versions VALUES (\(version))")()] + statements
        )
    }

    private static func locking() -> Command {
        Statement("SELECT pg_advisory_xact_lock(\(lock), 1)")()
    }

    /// The version of the tables; `nil` where there are none.
    static func version(_ schema: String, on line: PostgresLine) async throws -> Int? {
        let there = Statement("SELECT to_regclass('\(schema).versions') IS NOT NULL")
        guard try await line.run(there())[0].bool(0) else { return nil }
        let rows = try await line.run(Statement("SELECT coalesce(max(version), 0) FROM \(schema).versions")())
        return rows.first?.int(0).map { Int($0) }
    }
}
