import Foundation
import GRDB
import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import SQLiteStore

@Suite("What a store keeps no longer", .timeLimit(.minutes(15)))
struct StoreTrimmingTests {
    private let key = SessionKey(agent: "a", session: "s")

    @Test("keeps so many entries of what was done, and the newest")
    func auditsWithin() async throws {
        try await withDatabase { path in
            var retention = SQLiteStore.Retention()
            retention.audits = 3
            let store = try SQLiteStore(path: path, retention: retention)
            for number in 1...8 {
                try await store.append(
                    AuditEntry(at: Int64(number), by: "ann", role: .operator, method: "session.send")
                )
            }
            try await store.trim(at: 10, answersBefore: 0)
            #expect(try await store.audits(before: nil, limit: 9).map(\.at) == [8, 7, 6])
        }
    }

    @Test("exchanges beyond a bound go at once, however many, and lists do not read their bodies")
    func exchanges() async throws {
        try await withDatabase { path in
            var retention = SQLiteStore.Retention(age: 1000)
            retention.exchanges = 10
            let store = try SQLiteStore(path: path, retention: retention)
            func exchange(_ number: Int, answered: Bool = true) -> Exchange {
                let items = JSON.array((0..<3000).map(JSON.int))
                var exchange = Exchange(
                    id: "ex_\(number)",
                    agent: "a",
                    hook: "h",
                    why: "w",
                    request: RecordedRequest(body: RecordedBody(items, .json)),
                    received: Int64(number)
                )
                if answered { exchange.response = RecordedResponse(status: 200, body: RecordedBody(items, .json)) }
                return exchange
            }
            for number in 1...600 { try await store.save(exchange(number)) }
            try await store.save(exchange(601, answered: false))
            #expect(try await store.openExchanges().map(\.id) == ["ex_601"])
            try await store.trim(at: 700, answersBefore: 0)
            let left = try await store.exchanges(agent: "a", session: nil, hook: nil, before: nil, limit: 1000)
            #expect(left.map(\.id) == (592...601).reversed().map { "ex_\($0)" })
            #expect(left.allSatisfy { $0.request.body == nil && $0.response?.body == nil })
            #expect(
                left.map(\.row) == [exchange(601, answered: false).row]
                    + (592...600).reversed().map { exchange($0).row }
            )
            #expect(try await store.exchange("ex_600") == exchange(600))
            var closed = exchange(601, answered: false)
            closed.error = "stopped"
            try await store.save(closed)
            #expect(try await store.openExchanges().isEmpty)
            try await store.trim(at: 5000, answersBefore: 0)
            #expect(try await store.exchanges(agent: nil, session: nil, hook: nil, before: nil, limit: 9).isEmpty)
        }
    }

    @Test("what is trimmed is not left in the file")
    func overwritten() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path, retention: SQLiteStore.Retention(age: 1000))
            for number in 0..<300 {
                var exchange = Exchange(
                    id: "ex_\(number)",
                    agent: "a",
                    hook: "h",
                    why: "w",
                    request: RecordedRequest(body: RecordedBody(["text": .string("confidential-\(number)")], .json)),
                    received: 1
                )
                exchange.response = RecordedResponse(status: 200)
                try await store.save(exchange)
            }
            let answer = StoredResponse(status: 200, body: "confidential answer", session: nil)
            try await store.save(answer, to: "key", at: 1)
            func isInFile() throws -> Bool {
                try [path, path + "-wal"].filter { FileManager.default.fileExists(atPath: $0) }.contains {
                    try !Data(contentsOf: URL(filePath: $0)).ranges(of: Data("confidential".utf8)).isEmpty
                }
            }
            #expect(try isInFile())
            try await store.trim(at: 5000, answersBefore: 5000)
            #expect(try await store.exchanges(agent: nil, session: nil, hook: nil, before: nil, limit: 9).isEmpty)
            await store.close()
            #expect(try !isInFile())
        }
    }

    @Test("refused requests never push accepted ones out of the audit log, and a limited number of them is kept")
    func refusals() async throws {
        try await withDatabase { path in
            var retention = SQLiteStore.Retention()
            (retention.audits, retention.refusals) = (5, 300)
            let store = try SQLiteStore(path: path, retention: retention)
            try await store.append(AuditEntry(at: 1, by: "ann", role: .admin, method: "session.delete"))
            for number in 0..<1100 {
                var entry = AuditEntry(at: Int64(number), by: "bob", role: .viewer, method: "session.delete")
                entry.error = "forbidden"
                try await store.append(entry)
            }
            let count = try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM audits") ?? 0 }
            #expect(count <= 300 + 256 + 1)
            try await store.trim(at: 10, answersBefore: 0)
            let all = try await store.audits(before: nil, limit: 1000)
            #expect(all.count == 301)
            #expect(all.last?.by == "ann")
        }
    }

    @Test("old events go by age and by number, but never what the present is read from")
    func retention() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path, retention: .init(age: 1000, events: 25))
            var all: [SessionEvent] = []
            for end in [10, 20, 30, 40] {
                var part = entry(key, seqs: (end - 9)...end)
                all += part.events
                part = part.with(checkpoint: SessionFold(all))
                try await store.appendAll([part])
            }
            try await store.trim(at: 0, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 11)
            try await store.trim(at: 1036, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 31)
            try await store.trim(at: 1_000_000, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 0)
            #expect(try await store.checkpoint(of: key, at: .max) == SessionFold(all))
            #expect(try StoreCheck(path: path).problems.isEmpty)
        }
    }

    @Test("what is stored as one is cut where a checkpoint stands, and keeps what the rest refers to")
    func cut() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path, retention: .init(events: 2))
            let large = String(repeating: "x", count: 5000)
            var whole = entry(key, seqs: 1...4) { large + "\($0 / 2)" }
            whole = whole.with(checkpoint: SessionFold(whole.events))
            whole = whole.extended(with: entry(key, seqs: 5...6) { large + "\($0 / 2)" })
            try await store.appendAll([whole])
            #expect(try await payloads(store) == 4)
            try await store.trim(at: 0, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 5)
            let rest = try await store.events(of: key, after: 0, limit: 9)
            #expect(rest == Array(whole.events.suffix(2)))
            #expect(try await payloads(store) == 2)
            #expect(try StoreCheck(path: path).problems.isEmpty)
        }
    }

    @Test("a journal that cannot be cut stays as it is, and others are cut")
    func uncuttable() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path, retention: .init(events: 2))
            let other = SessionKey(agent: "a", session: "other")
            for key in [key, other] {
                var whole = entry(key, seqs: 1...4)
                whole = whole.with(checkpoint: SessionFold(whole.events))
                whole = whole.extended(with: entry(key, seqs: 5...6))
                try await store.appendAll([whole])
            }
            try await store.write { try $0.execute(sql: "UPDATE stretches SET body = 'x' WHERE session = 1") }
            try await store.trim(at: 0, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 1)
            #expect(try await store.firstSeq(of: other) == 5)
        }
    }

    private func payloads(_ store: SQLiteStore) async throws -> Int {
        try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM payloads") ?? -1 }
    }
}
