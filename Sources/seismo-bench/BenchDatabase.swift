internal import Foundation
internal import Postgres
internal import PostgresStore

/// A database of PostgreSQL that is made for a measurement, and dropped after it.
struct BenchDatabase: Sendable {
    /// In libpq's language.
    let address: String
    private let line: PostgresLine

    /// Runs `body` with a database of its own, on the server of an address.
    ///
    /// - Parameter server: `postgres://…` of a user who may make databases.
    static func with(_ server: String, _ body: (BenchDatabase) async throws -> Void) async throws {
        guard var parts = URLComponents(string: server), parts.scheme?.hasPrefix("postgres") == true else {
            throw Load.Failed(description: "--postgres needs an address of the form postgres://USER@HOST:PORT/DATABASE")
        }
        let name = "seismo_bench_\(UInt32.random(in: .min ... .max))"
        parts.path = "/\(name)"
        let outside = PostgresLine(try PostgresAddress(server, client: "seismo-bench"))
        try await outside.run(Statement("CREATE DATABASE \(name)")())
        let address = parts.string ?? server
        let database = BenchDatabase(
            address: address,
            line: PostgresLine(try PostgresAddress(address, client: "seismo-bench"))
        )
        let result: Result<Void, any Error>
        do { result = .success(try await body(database)) } catch { result = .failure(error) }
        await database.line.close()
        try await outside.run(Statement("DROP DATABASE \(name) WITH (FORCE)")())
        await outside.close()
        try result.get()
    }

    /// - Parameter lease: milliseconds.
    func store(lease: Int64 = 10_000) async throws -> PostgresStore {
        var settings = PostgresStore.Settings()
        settings.lease = lease
        settings.node = "bench"
        return try await PostgresStore.open(try PostgresAddress(address), settings, log: Servers.quiet)
    }

    /// What the server has done so far.
    struct Work {
        var bytes: Double
        var commits: Double
    }

    /// Bytes of its log of changes (WAL), and transactions of this database.
    var work: Work {
        get async throws {
            // What a connection did is counted a second after it, at the latest.
            try await Task.sleep(for: .seconds(1.5))
            let row = try await line.run(
                Statement(
                    """
                    SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,
                        (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())
                    """
                )()
            ).first
            return Work(bytes: Double(row?.int(0) ?? 0), commits: Double(row?.int(1) ?? 0))
        }
    }

    /// Commits a second of one row each, by PostgreSQL's own `pgbench`; `nil` where it is not installed.
    ///
    /// - Parameter transactions: of each connection. A time would not do: its timer's signal is blocked in children of Foundation.
    func floor(connections: Int = 32, transactions: Int = 200) async throws -> Double? {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let places =
            ["/usr/bin", "/usr/local/bin"] + folders.sorted().reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        guard
            let program = places.map({ "\($0)/pgbench" }).first(where: FileManager.default.isExecutableFile(atPath:))
        else { return nil }
        try await line.run(Statement("CREATE TABLE IF NOT EXISTS floor (number bigserial PRIMARY KEY, body text)")())
        let script = FileManager.default.temporaryDirectory.appending(path: "seismo-bench-\(UUID().uuidString).sql")
        defer { try? FileManager.default.removeItem(at: script) }
        // About what a turn's events take.
        try Data("INSERT INTO floor (body) VALUES (repeat('x', 1500));\n".utf8).write(to: script)
        let output = try await Child.output(
            program,
            [
                "-n", "-c", "\(connections)", "-j", "1", "-t", "\(transactions)", "-f",
                script.path(percentEncoded: false), address,
            ],
            errors: .nullDevice
        )
        return output.split(separator: "\n").first { $0.hasPrefix("tps = ") }
            .flatMap { $0.split(separator: " ").dropFirst(2).first }.flatMap { Double($0) }
    }
}
