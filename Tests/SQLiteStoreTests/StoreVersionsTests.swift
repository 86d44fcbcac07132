import Foundation
import GRDB
import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import SQLiteStore

@Suite("Databases of other versions and of other programs", .timeLimit(.minutes(15)))
struct StoreVersionsTests {
    private let key = SessionKey(agent: "a", session: "s")

    @Test("a newer database is refused, and left as it is")
    func newer() async throws {
        try await withDatabase { path in
            do {
                let store = try SQLiteStore(path: path)
                try await store.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('10: later')") }
            }
            let error = #expect(throws: RuntimeError.self) { _ = try SQLiteStore(path: path) }
            #expect(error?.code == "store_newer")
            let versions = try await DatabaseQueue(path: path).read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM grdb_migrations")
            }
            #expect(versions == 10)
        }
    }

    @Test("a file that is no database is said to be none, and left as it is")
    func noDatabase() async throws {
        try await withDatabase { path in
            let bytes = Data(String(repeating: "no database ", count: 1000).utf8)
            try bytes.write(to: URL(filePath: path))
            for open in [{ _ = try SQLiteStore(path: path) }, { _ = try StoreCheck(path: path) }] {
                let error = #expect(throws: RuntimeError.self) { try open() }
                #expect(error?.code == "store_corrupt")
            }
            #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
        }
    }

    @Test("exchanges, answers and audits of an older database are there, and the one that was never answered is known")
    func upgradeExchanges() async throws {
        try await withDatabase { path in
            @Sendable func exchange(_ number: Int) -> Exchange {
                let body = RecordedBody(.string(String(repeating: "x", count: number == 2 ? 10_000 : 3)), .text)
                var exchange = Exchange(
                    id: "ex_\(number)",
                    agent: "a",
                    hook: "h",
                    why: "w",
                    request: RecordedRequest(body: body),
                    received: 5
                )
                if number < 3 { exchange.response = RecordedResponse(status: 200) }
                return exchange
            }
            do {
                let queue = try DatabaseQueue(path: path)
                try Schema.migrator.migrate(queue, upTo: "4: journals in stretches")
                try await queue.write { db in
                    for number in 1...3 {
                        let packed = PackedJSON(exchange(number).json)
                        try db.execute(
                            sql:
                                "INSERT INTO exchanges (id, agent, hook, received, isPacked, body) VALUES (?, 'a', 'h', 5, ?, ?)",
                            arguments: ["ex_\(number)", packed.isPacked, packed.text]
                        )
                        try db.keep(packed, part: .exchange, owner: Int64(number), seq: 0)
                    }
                    try db.execute(
                        sql: "INSERT INTO audits (at, body) VALUES (1, ?)",
                        arguments: [AuditEntry(at: 1, by: "ann", role: .admin, method: "session.end").stored.text]
                    )
                    try db.execute(
                        sql: "INSERT INTO answers VALUES ('chat\na\n\nk', 1, NULL, ?)",
                        arguments: [StoredResponse(status: 200, body: [:], session: nil).stored.text]
                    )
                }
            }
            let store = try SQLiteStore(path: path)
            #expect(try await store.openExchanges().map(\.id) == ["ex_3"])
            let rows = try await store.exchanges(agent: "a", session: nil, hook: nil, before: nil, limit: 9)
            #expect(rows.map(\.row) == [3, 2, 1].map { exchange($0).row })
            for number in 1...3 { #expect(try await store.exchange("ex_\(number)") == exchange(number)) }
            #expect(try await store.audits(before: nil, limit: 9).map(\.by) == ["ann"])
            #expect(try await store.answer(to: "chat\na\n\nk")?.fingerprint == nil)
            #expect(try StoreCheck(path: path).problems.isEmpty)
        }
    }

    @Test("a database that keeps a row for each event is brought up to date")
    func upgrade() async throws {
        try await withDatabase { path in
            let large = String(repeating: "x", count: 5000)
            let old = entry(key, seqs: 1...200) { $0 == 7 ? large : "secret of old \($0)" }
            do {
                let queue = try DatabaseQueue(path: path)
                try Schema.migrator.migrate(queue, upTo: "3: audit log")
                try await queue.write { db in
                    let record = try #require(old.record)
                    let id = try SQLiteStore.save(record, text: record.storedText, firstSeq: 1, db)
                    for event in old.events {
                        let packed = PackedJSON(event.json)
                        try db.execute(
                            sql: "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
                            arguments: [id, event.seq, event.at, event.body.kind, packed.isPacked, packed.text]
                        )
                        try db.keep(packed, part: .event, owner: id, seq: Int64(event.seq))
                    }
                }
            }
            let error = #expect(throws: RuntimeError.self) { try StoreCheck(path: path) }
            #expect(error?.code == "store_older")
            let store = try SQLiteStore(path: path)
            try await store.appendAll([entry(key, seqs: 201...300)])
            let all = try await store.events(of: key, after: 0, limit: .max)
            #expect(all.map(\.seq) == Array(1...300))
            #expect(Array(all.prefix(200)) == old.events)
            #expect(try StoreCheck(path: path).problems.isEmpty)
            try await store.remove([key])
            let folder = URL(filePath: path).deletingLastPathComponent()
            for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
                #expect(try !Data(contentsOf: file).contains(Data("secret of old".utf8)), "\(file.lastPathComponent)")
            }
        }
    }
}
