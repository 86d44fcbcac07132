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
                if last == 20 { good = good.with(checkpoint: SessionFold(all)) }
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
}
