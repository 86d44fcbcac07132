import Foundation
import Postgres
import Testing

/// Of a server that `.ci/postgres` started.
private let url = ProcessInfo.processInfo.environment["SEISMO_TEST_POSTGRES"]

@Suite("Connections to PostgreSQL", .enabled(if: url != nil), .timeLimit(.minutes(2)))
struct ConnectionTests {
    private func open(_ patience: Duration = .seconds(8)) async throws -> PostgresConnection {
        try await PostgresConnection.open(PostgresAddress(url ?? ""), patience: { patience })
    }

    @Test("a connection is encrypted, and by the server's certificate") func encryption() async throws {
        #expect(try await open().encryption == "TLSv1.3")
    }

    @Test("a wrong password is told in words that do not hold it") func password() async throws {
        let wrong = try #require(url).replacing(":proof@", with: ":sesame@")
        let error = await #expect(throws: PostgresError.self) {
            try await PostgresConnection.open(PostgresAddress(wrong))
        }
        #expect(error?.message.contains("password authentication failed") == true)
        #expect(error?.message.contains("sesame") == false)
    }

    @Test("values come back as they were sent") func values() async throws {
        let echo = Statement("SELECT $1::bigint, $2::text, $3::bigint[]::text, $4::text[]::text, $5::text")
        let text = "“quotes”, \\ and 🦆"
        let rows = try await open().run([
            echo(.int(.min), .text(text), .ints([1, nil, -2]), .texts(["a\"b", "", nil]), .text(nil))
        ])
        #expect(rows[0][0].int(0) == .min)
        #expect(rows[0][0][1] == text)
        #expect(rows[0][0][2] == "{1,NULL,-2}")
        #expect(rows[0][0][3] == #"{"a\"b","",NULL}"#)
        #expect(rows[0][0][4] == nil)
    }

    @Test("each of many callers gets the answer to its own question") func pipelining() async throws {
        let connection = try await open()
        let double = Statement("SELECT 2 * $1::bigint")
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<2000 {
                group.addTask {
                    try await connection.run([double(.int(Int64(number)))])[0][0].int(0) == Int64(2 * number)
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test("what does not fit the socket's buffers at once arrives whole, both ways") func large() async throws {
        let connection = try await open()
        let twice = Statement("SELECT $1::text || $1::text")
        let text = String(repeating: "0123456789abcdef", count: 1 << 19)
        async let first = connection.run([twice(.text(text))])
        async let second = connection.run([twice(.text(text))])
        for rows in try await [first, second] { #expect(rows[0][0][0]?.utf8.count == 2 * text.utf8.count) }
    }

    @Test("what fails undoes its own transaction and no other one") func failure() async throws {
        let connection = try await open()
        let table = "failure_\(connection.process)"
        let insert = Statement("INSERT INTO \(table) SELECT 10 / $1::bigint")
        try await connection.run([Statement("CREATE TEMP TABLE \(table) (value bigint)")()])
        async let good: [Rows] = connection.run([insert(.int(1))])
        let bad = Task { try await connection.run([insert(.int(2)), insert(.int(0)), insert(.int(5))]) }
        async let better: [Rows] = connection.run([insert(.int(10))])
        _ = try await (good, better)
        await #expect(throws: PostgresError(code: "22012", message: "division by zero")) { try await bad.value }
        let rows = try await connection.run([Statement("SELECT value FROM \(table) ORDER BY 1")()])
        #expect(rows[0].map { $0.int(0) } == [1, 10])
    }

    @Test("a statement that is wrong says why, each time, and can be put right") func preparing() async throws {
        let connection = try await open()
        for _ in 0..<2 {
            let error = await #expect(throws: PostgresError.self) {
                try await connection.run([Statement("SELECT 1")(), Statement("SELEC 1")()])
            }
            #expect(error?.code == "42601")
        }
        #expect(try await connection.run([Statement("SELECT 7")()])[0][0].int(0) == 7)
    }

    @Test("the server keeps only so many statements prepared, whatever is asked") func manyStatements() async throws {
        let connection = try await open()
        for number in 0..<900 {
            let rows = try await connection.run([Statement("SELECT \(number) + $1::bigint")(.int(1))])
            #expect(rows[0][0].int(0) == Int64(number + 1))
        }
        let count = try await connection.run([Statement("SELECT count(*) FROM pg_prepared_statements")()])
        #expect((1...410).contains(count[0][0].int(0) ?? 0))
    }

    @Test("a caller that waits is told that the connection is lost") func loss() async throws {
        let (connection, other) = try await (open(), open())
        let answer = Task { try await connection.run([Statement("SELECT pg_sleep(30)")()]) }
        let process = Argument.int(Int64(connection.process))
        let state = Statement("SELECT state FROM pg_stat_get_activity($1::bigint::int)")
        while try await other.run([state(process)])[0][0][0] != "active" { await Task.yield() }
        try await other.run([Statement("SELECT pg_terminate_backend($1::bigint::int)")(process)])
        let error = await #expect(throws: PostgresError.self) { try await answer.value }
        #expect(error?.isPassing == true)
        #expect(await connection.isClosed)
        await #expect(throws: PostgresError.self) { try await connection.run([Statement("SELECT 1")()]) }
    }

    @Test(
        "connections that the server ends all at once are opened again, and none of them hangs",
        .timeLimit(.minutes(5))
    )
    func reopened() async throws {
        let address = try PostgresAddress(url ?? "")
        // One that hangs would do so for longer than the test may take.
        let lines = (0..<16).map { _ in PostgresLine(address, patience: { .seconds(3600) }) }
        for _ in 0..<12 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for line in lines {
                    group.addTask {
                        _ = try? await line.run(Statement("SELECT pg_terminate_backend(pg_backend_pid())")())
                        while true {
                            do {
                                let rows = try await line.run(Statement("SELECT 7::bigint")())
                                return #expect(rows.first?.int(0) == 7)
                            } catch { #expect((error as? PostgresError)?.isPassing == true) }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        for line in lines { await line.close() }
    }

    @Test("a server that does not answer counts as gone") func patience() async throws {
        let connection = try await open(.milliseconds(300))
        let error = await #expect(throws: PostgresError.self) {
            try await connection.run([Statement("SELECT pg_sleep(30)")()])
        }
        #expect(error?.code == PostgresError.lost)
    }
}
