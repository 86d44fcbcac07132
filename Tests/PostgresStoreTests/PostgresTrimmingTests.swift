import MagmaRuntime
import Postgres
import SessionModel
import TestSupport
import Testing

@testable import PostgresStore

@Suite("What PostgreSQL keeps no longer", .enabled(if: PostgresServer.address != nil), .timeLimit(.minutes(5)))
struct PostgresTrimmingTests {
    private let key = SessionKey(agent: "a", session: "s")

    private func count(_ table: String, _ store: PostgresStore) async throws -> Int64? {
        try await store.writes.run(Statement("SELECT count(*) FROM \(table)")())[0].int(0)
    }

    private func check(_ store: PostgresStore) async throws -> [String] {
        try await PostgresCheck(PostgresAddress(PostgresServer.address ?? ""), schema: store.settings.schema).problems
    }

    @Test("old events go by age and by number, but never what the present is read from")
    func retention() async throws {
        try await PostgresServer.withStore {
            $0.retention = StoreRetention(age: 1000, events: 25)
        } _: { store in
            var all: [SessionEvent] = []
            for end in [10, 20, 30, 40] {
                let part = entry(key, seqs: (end - 9)...end)
                all += part.events
                try await store.appendAll([part.with(checkpoint: SessionFold(all))])
            }
            try await store.trim(at: 0, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 11)
            #expect(try await store.events(of: key, after: 0, limit: 3).map(\.seq) == [11, 12, 13])
            try await store.trim(at: 1036, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 31)
            try await store.trim(at: 1_000_000, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 0)
            #expect(try await store.checkpoint(of: key, at: .max) == SessionFold(all))
            #expect(try await check(store) == [])
        }
    }

    @Test("what is stored as one is cut where a checkpoint stands, and keeps what the rest refers to")
    func cut() async throws {
        try await PostgresServer.withStore {
            $0.retention = StoreRetention(events: 2)
        } _: { store in
            let large = String(repeating: "x", count: 5000)
            var whole = entry(key, seqs: 1...4) { large + "\($0 / 2)" }
            whole = whole.with(checkpoint: SessionFold(whole.events))
            whole = whole.extended(with: entry(key, seqs: 5...6) { large + "\($0 / 2)" })
            try await store.appendAll([whole])
            #expect(try await count("payloads", store) == 4)
            try await store.trim(at: 0, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 5)
            #expect(try await store.events(of: key, after: 0, limit: 9) == Array(whole.events.suffix(2)))
            #expect(try await count("payloads", store) == 2)
            #expect(try await check(store) == [])
            try await store.remove([key])
            for table in ["payloads", "stretches", "checkpoints", "sessions", "heads"] {
                #expect(try await count(table, store) == 0, "\(table)")
            }
        }
    }

    @Test("exchanges, entries of the audit log and answers go beyond their bounds")
    func bounds() async throws {
        var retention = StoreRetention(age: 1000)
        (retention.exchanges, retention.audits, retention.refusals) = (10, 3, 2)
        try await PostgresServer.withStore {
            $0.retention = retention
        } _: { store in
            for number in 1...30 {
                var exchange = Exchange(
                    id: "ex_\(number)",
                    agent: "a",
                    hook: "h",
                    why: "",
                    request: RecordedRequest(),
                    received: Int64(number)
                )
                exchange.error = "it broke"
                try await store.save(exchange)
                var entry = AuditEntry(at: Int64(number), by: "ann", role: .operator, method: "session.send")
                if number % 2 == 0 { entry.error = "forbidden" }
                try await store.append(entry)
                try await store.save(
                    StoredResponse(status: 200, body: 1, session: nil),
                    to: "\(number)",
                    at: Int64(number)
                )
            }
            try await store.trim(at: 40, answersBefore: 21)
            let left = try await store.exchanges(agent: "a", session: nil, hook: nil, before: nil, limit: 99)
            #expect(left.map(\.id) == (21...30).reversed().map { "ex_\($0)" })
            #expect(try await store.audits(before: nil, limit: 99).map(\.at) == [30, 29, 28, 27, 25])
            #expect(try await store.answer(to: "20") == nil)
            #expect(try await store.answer(to: "21") != nil)
            try await store.trim(at: 5000, answersBefore: 0)
            #expect(try await count("exchanges", store) == 0)
        }
    }

    @Test("the check finds holes, endings and checkpoints that are wrong")
    func checking() async throws {
        try await PostgresServer.withStore { store in
            var all: [SessionEvent] = []
            for (first, last) in [(1, 6), (7, 7), (8, 20)] {
                var good = entry(key, seqs: first...last)
                all += good.events
                if last == 20 { good = good.with(checkpoint: SessionFold(all)) }
                try await store.appendAll([good])
            }
            #expect(try await check(store) == [])
            for (damage, words) in [
                ("UPDATE sessions SET seq = 19", "ends at event 20, not at 19"),
                ("UPDATE sessions SET seq = 20, messages = 2", "leaves 0 messages, not 2"),
                (
                    "UPDATE checkpoints SET body = replace(body, '[]', '[{\"id\":\"x\",\"role\":\"user\"}]')",
                    "checkpoint 20"
                ),
                ("DELETE FROM stretches WHERE first = 7", "event 6 is followed by event 8"),
                ("UPDATE stretches SET body = 'x' WHERE first = 1", "cannot be read"),
                ("UPDATE stretches SET body = '[{}]' WHERE first = 1", "cannot be read"),
            ] {
                try await store.writes.run(Statement(damage)())
                let problems = try await check(store)
                #expect(problems.contains { $0.contains(words) }, "\(problems)")
            }
        }
    }
}
