import Foundation
import GRDB
import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import SQLiteStore

@Suite("The SQLite store", .timeLimit(.minutes(15)))
struct SQLiteStoreTests {
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

    @Test("opened again it has everything, and one file is for one runtime at a time")
    func reopening() async throws {
        try await withDatabase { path in
            do {
                let store = try SQLiteStore(path: path)
                try await store.appendAll([entry(key, seqs: 1...3)])
                let error = #expect(throws: RuntimeError.self) { _ = try SQLiteStore(path: path) }
                #expect(error?.code == "store_locked")
            }
            let store = try SQLiteStore(path: path)
            #expect(try await store.events(of: key, after: 0, limit: 9).count == 3)
        }
    }

    @Test("closed, all of it is in the one file, and whoever asks afterwards is told")
    func closing() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            try await store.appendAll([entry(key, seqs: 1...3)])
            #expect(FileManager.default.fileExists(atPath: path + "-wal"))
            await store.close()
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
            await #expect(throws: RuntimeError.self) { _ = try await store.events(of: key, after: 0, limit: 9) }
            await #expect(throws: RuntimeError.self) { try await store.appendAll([entry(key, seqs: 4...5)]) }
            try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
            #expect(try await SQLiteStore(path: path + ".copy").events(of: key, after: 0, limit: 9).count == 3)
        }
    }

    @Test("a store that is in use is in use however it is reached")
    func oneFile() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            try await store.appendAll([entry(key, seqs: 1...3)])
            let files = FileManager.default
            try files.createSymbolicLink(atPath: path + ".dangling", withDestinationPath: path + ".target")
            do {
                let linked = try SQLiteStore(path: path + ".dangling")
                try await linked.appendAll([entry(key, seqs: 1...3)])
                #expect(await linked.problem == nil)
            }
            #expect(try files.destinationOfSymbolicLink(atPath: path + ".dangling") == path + ".target")
            #expect(files.fileExists(atPath: path + ".target"))
            #expect(throws: RuntimeError.self) { try SQLiteStore(path: path + "-nofolder/x.sqlite") }
            #expect(!files.fileExists(atPath: path + "-nofolder"))
            try files.createSymbolicLink(atPath: path + ".symbolic", withDestinationPath: path)
            try files.linkItem(atPath: path, toPath: path + ".hard")
            try files.removeItem(atPath: path + "-lock")
            for other in [path, path + ".symbolic", path + ".hard"] {
                let error = #expect(throws: RuntimeError.self) { _ = try SQLiteStore(path: other) }
                #expect(error?.code == "store_locked")
            }
            #expect(await store.problem == nil)
            try files.moveItem(atPath: path, toPath: path + ".moved")
            #expect(await store.problem?.code == "store_gone")
            _ = files.createFile(atPath: path, contents: nil)
            #expect(await store.problem?.code == "store_gone")
        }
    }

    @Test("a store that was full says so until there is room")
    func fullStore() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            try await store.appendAll([entry(key, seqs: 1...10)])
            try await store.writeOutsideTransactions { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages)")
            }
            let large = entry(SessionKey(agent: "a", session: "b"), seqs: 1...2000)
            await #expect(throws: RuntimeError.self) { try await store.appendAll([large]) }
            // A note may still fit into a page that is there; what must be seen is that it was tried.
            _ = await store.problem
            try await store.remove([key])
            try await store.writeOutsideTransactions { _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = 100000") }
            try await store.appendAll([large])
            #expect(await store.problem == nil)
            #expect(try await store.record(of: key) == nil)
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

    @Test("refusals push nothing out that was done, and there are only so many of them")
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

    @Test("sessions whose stored numbers are at their edges are read, listed, ticked and go on")
    func edges() async throws {
        try await withDatabase { path in
            do {
                let store = try SQLiteStore(path: path)
                for (name, number) in [
                    ("top", "9223372036854775807"), ("bottom", "-9223372036854775808"), ("huge", "1e300"),
                ] {
                    try await store.appendAll([entry(SessionKey(agent: "a", session: name), seqs: 1...3)])
                    try await store.write { db in
                        for member in ["created", "active", "seq", "messages", "input", "output", "written"] {
                            try db.execute(
                                sql:
                                    "UPDATE sessions SET record = json_set(record, '$.summary.\(member == "input" || member == "output" ? "tokens." : "")\(member)', json(?)) WHERE session = ?",
                                arguments: [number, name]
                            )
                        }
                        try db.execute(
                            sql:
                                "UPDATE stretches SET body = replace(body, '\"at\":', '\"at\":\(number.hasPrefix("-") ? "-" : "")9') WHERE session = (SELECT id FROM sessions WHERE session = ?)",
                            arguments: [name]
                        )
                    }
                }
            }
            let store = try SQLiteStore(path: path)
            _ = try await store.recover()
            for name in ["top", "bottom", "huge"] {
                let key = SessionKey(agent: "a", session: name)
                let record = try #require(try await store.record(of: key))
                #expect(
                    NumberRange.time.contains(record.summary.times.created)
                        && NumberRange.time.contains(record.summary.times.active)
                )
                #expect(NumberRange.count.contains(record.summary.tokens / 2))
                #expect(try await store.events(of: key, after: 0, limit: 9).map(\.seq) == [1, 2, 3])
            }
            #expect(try await store.storedSessions(StoredSessionQuery(sort: .tokens, limit: 9)).total == 3)
        }
    }

    @Test("ids that only Unicode calls the same are sessions of their own, in memory's order")
    func ids() async throws {
        try await withDatabase { path in
            let stores: [any SessionStore] = [try SQLiteStore(path: path), MemoryStore()]
            let ids = [
                "Kevin", "\u{212A}evin", "\u{E9}", "e\u{301}", ";", "\u{37E}", "\u{AC00}", "\u{1100}\u{1161}",
                "\u{2000}", "\u{2002}",
            ]
            for store in stores {
                for (number, id) in ids.enumerated() {
                    try await store.appendAll([entry(SessionKey(agent: "a", session: id), seqs: 1...(number + 1))])
                }
                _ = try await store.recover()
            }
            for (number, id) in ids.enumerated() {
                for store in stores {
                    let key = SessionKey(agent: "a", session: id)
                    #expect(try await store.events(of: key, after: 0, limit: 99).count == number + 1)
                    #expect(try await store.record(of: key)?.summary.key.session.isExactly(id) == true)
                }
            }
            let sorted = ids.map(ExactString.init(_:)).sorted().map(\.wrappedValue)
            for store in stores {
                let page = try await store.storedSessions(of: "a", after: "", limit: 99).map(\.summary.key.session)
                #expect(page.count == ids.count && zip(page, sorted).allSatisfy { $0.isExactly($1) })
                let rows = try await store.storedSessions(
                    StoredSessionQuery(sort: .session, descending: false, limit: 99)
                ).entries
                #expect(
                    rows.count == ids.count && zip(rows, sorted).allSatisfy { $0.summary.key.session.isExactly($1) }
                )
            }
            #expect(try StoreCheck(path: path).problems.isEmpty)
        }
    }

    @Test("a large text is stored once, whoever says it, and goes with the last one")
    func payloads() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            let text = String(repeating: "é", count: 5000)
            let other = SessionKey(agent: "a", session: "t")
            try await store.appendAll([entry(key, seqs: 1...2) { _ in text }, entry(other, seqs: 1...1) { _ in text }])
            #expect(try await payloads(store) == 1)
            let events = try await store.events(of: key, after: 0, limit: 2)
            #expect(events.last?.body == .log(level: "info", text: text))
            try await store.remove([key])
            #expect(try await payloads(store) == 1)
            try await store.remove([other])
            #expect(try await payloads(store) == 0)
        }
    }

    @Test(
        "JSON that looks like a reference comes back as it was",
        arguments: [
            ["$payload": "aGk="], ["$payload": nil, "object": ["x": 1]], ["a": [["$payload": ["b": 1]]]], ["x": 1.5],
        ] as [JSON]
    )
    func lookalikes(json: JSON) throws {
        let large: JSON = ["large": .string(String(repeating: "x", count: PackedJSON.threshold)), "json": json]
        let packed = PackedJSON(large)
        #expect(packed.isPacked)
        let unpacked = try PackedJSON.unpack(try JSON(parsing: packed.text)) { hash in
            packed.payloads.first { $0.hash == hash }?.text
        }
        #expect(unpacked == large)
        #expect(PackedJSON(json).text == json.text)
    }

    private func payloads(_ store: SQLiteStore) async throws -> Int {
        try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM payloads") ?? -1 }
    }

    @Test("what is removed is in none of its files any more")
    func removal() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            try await store.appendAll([
                entry(key, seqs: 1...50) { "very secret \($0)" },
                entry(SessionKey(agent: "a", session: "t"), seqs: 1...50) { "not secret \($0)" },
            ])
            try await store.remove([key])
            let folder = URL(filePath: path).deletingLastPathComponent()
            for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
                #expect(try !Data(contentsOf: file).contains(Data("very secret".utf8)), "\(file.lastPathComponent)")
            }
        }
    }

    @Test("a newer database is refused, and left as it is")
    func newer() async throws {
        try await withDatabase { path in
            do {
                let store = try SQLiteStore(path: path)
                try await store.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9: later')") }
            }
            let error = #expect(throws: RuntimeError.self) { _ = try SQLiteStore(path: path) }
            #expect(error?.code == "store_newer")
            let versions = try await DatabaseQueue(path: path).read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM grdb_migrations")
            }
            #expect(versions == 9)
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

    @Test("on a full disk nothing is half stored, and reading goes on")
    func full() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            try await store.appendAll([entry(key, seqs: 1...10)])
            try await store.writeOutsideTransactions { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages + 2)")
            }
            let error = await #expect(throws: RuntimeError.self) {
                try await store.appendAll([entry(key, seqs: 11...2000)])
            }
            #expect(error?.code == "store_full")
            #expect(try await store.events(of: key, before: .max, limit: 1).map(\.seq) == [10])
            #expect(try await store.record(of: key)?.summary.seq == 10)
            try await store.writeOutsideTransactions { _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = 100000") }
            try await store.appendAll([entry(key, seqs: 11...2000)])
            #expect(try StoreCheck(path: path).problems.isEmpty)
        }
    }

    @Test("a read-only database, a disk that fails and one in use are told apart")
    func errors() {
        for (code, expected) in [
            (ResultCode.SQLITE_READONLY, "store_read_only"), (.SQLITE_IOERR, "store_io"),
            (.SQLITE_BUSY, "store_locked"), (.SQLITE_FULL, "store_full"), (.SQLITE_CANTOPEN, "store_unopenable"),
            (.SQLITE_TOOBIG, "store_failed"),
        ] {
            let error = RuntimeError.store(DatabaseError(resultCode: code, message: "why"), "/x")
            #expect(error.code == expected)
            #expect(error.message.contains("/x"))
        }
    }

    @Test("the check finds holes, endings and checkpoints that are wrong")
    func checking() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            var all: [SessionEvent] = []
            for (first, last) in [(1, 6), (7, 7), (8, 20)] {
                var good = entry(key, seqs: first...last)
                all += good.events
                if last == 20 { good.checkpoint = SessionFold(all) }
                try await store.appendAll([good])
            }
            let check = try StoreCheck(path: path)
            #expect((check.sessions, check.events, check.problems) == (1, 20, []))
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
                try await store.write { try $0.execute(sql: damage) }
                let problems = try StoreCheck(path: path).problems
                #expect(problems.contains { $0.contains(words) }, "\(problems)")
            }
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
                part.checkpoint = SessionFold(all)
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
            whole.checkpoint = SessionFold(whole.events)
            whole.extend(with: entry(key, seqs: 5...6) { large + "\($0 / 2)" })
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
                whole.checkpoint = SessionFold(whole.events)
                whole.extend(with: entry(key, seqs: 5...6))
                try await store.appendAll([whole])
            }
            try await store.write { try $0.execute(sql: "UPDATE stretches SET body = 'x' WHERE session = 1") }
            try await store.trim(at: 0, answersBefore: 0)
            #expect(try await store.firstSeq(of: key) == 1)
            #expect(try await store.firstSeq(of: other) == 5)
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
