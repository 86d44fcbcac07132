internal import MagmaRuntime
package import Postgres
internal import SessionModel

/// Reads a whole database and tells what is wrong with it: journals with holes, and checkpoints that are not the fold of the events
/// before them. The server looks after its files itself.
package struct PostgresCheck: Sendable {
    package private(set) var sessions = 0
    package private(set) var events = 0
    /// Sentences, each about one thing; at most ``maximumProblems``.
    package private(set) var problems: [String] = []
    private let line: PostgresLine

    private static let maximumProblems = 100

    /// Checks without writing, also while a runtime uses the database.
    ///
    /// - Throws: ``RuntimeError`` when there are no tables, or none of it can be read.
    package init(_ address: PostgresAddress, schema: String = "seismo") async throws {
        line = PostgresLine(
            address,
            settings: ["search_path": schema, "statement_timeout": "600000"],
            patience: { .seconds(620) }
        )
        do {
            guard let version = try await Schema.version(schema, on: line) else {
                throw RuntimeError.store(
                    "missing",
                    "There are no tables of this program in the database \(address.name); see to its address."
                )
            }
            guard version == Schema.migrations.count else {
                let isNewer = version > Schema.migrations.count
                throw RuntimeError.store(
                    isNewer ? "newer" : "older",
                    isNewer
                        ? "The database \(address.name) was written by a newer version of this program; use that one."
                        : "The database \(address.name) was written by an older version; start the runtime on it once, which brings it up to date."
                )
            }
            try await check()
            await line.close()
        } catch {
            await line.close()
            throw RuntimeError.opening(error, address.name)
        }
    }

    private mutating func check() async throws {
        var last: Int64 = 0
        while problems.count < Self.maximumProblems {
            let rows = try await line.run(
                Statement("\(Self.columns) session > $1::bigint ORDER BY session LIMIT 500")(.int(last))
            )
            for row in rows {
                var problems = try await check(row)
                // A runtime may have written meanwhile: what is still wrong with it is wrong.
                if !problems.isEmpty, let number = row.int(0),
                    let now = try await line.run(Self.one(.int(number))).first
                {
                    problems = try await check(now)
                }
                sessions += 1
                for problem in problems { found(problem) }
            }
            guard let end = rows.last?.int(0) else { return }
            last = end
        }
    }

    private static let columns = """
        SELECT session, agent || '/' || id, status, seq, first_seq, messages FROM sessions WHERE
        """
    private static let one = Statement("\(columns) session = $1::bigint")

    /// What is wrong with a session.
    private mutating func check(_ row: Rows.Row) async throws -> [String] {
        guard let session = row.int(0), problems.count < Self.maximumProblems else { return [] }
        var found: [String] = []
        func number(_ column: Int) -> Int { Int(row.int(column) ?? 0) }
        let checkpoints = try await read(
            Statement(
                "SELECT session, refs, body, seq FROM checkpoints WHERE session = $1::bigint"
            )(.int(session))
        )
        var journal = JournalCheck(
            JournalCheck.Row(
                name: row[1] ?? "",
                isAwake: row[2] == "awake",
                seq: number(3),
                firstSeq: number(4),
                messages: number(5)
            ),
            checkpoints: Dictionary(
                checkpoints.map { (Int($0.row.int(3) ?? 0), $0.json.flatMap(SessionFold.init(json:))) },
                uniquingKeysWith: { first, _ in first }
            )
        )
        var last: Int64 = 0
        var isOpen = true
        while isOpen {
            let rows = try await read(
                Statement(
                    """
                    SELECT session, refs, body, first FROM stretches
                    WHERE session = $1::bigint AND first > $2::bigint ORDER BY first LIMIT 16
                    """
                )(.int(session), .int(last))
            )
            for stretch in rows where isOpen {
                let events = stretch.json?.array?.map(SessionEvent.init(json:)) ?? [nil]
                guard events.allSatisfy({ $0 != nil }) else {
                    found.append(
                        "\(row[1] ?? ""): its journal cannot be read from event \(stretch.row.int(3) ?? 0) on."
                    )
                    isOpen = false
                    continue
                }
                isOpen = journal.take(events.compactMap { $0 })
            }
            guard isOpen, let end = rows.last?.row.int(3) else {
                if isOpen { journal.finish() }
                break
            }
            last = end
        }
        found += journal.problems
        if found.isEmpty { events += journal.events }
        return found
    }

    private func read(_ command: Command) async throws -> [(row: Rows.Row, json: JSON?)] {
        let rows = try await line.run(command)
        let json = try await PayloadReading.unpacked(rows) { try await line.run($0) }
        return zip(rows, json).map { (row: $0, json: $1) }
    }

    private mutating func found(_ problem: String) {
        if problems.count < Self.maximumProblems { problems.append(problem) }
    }
}
