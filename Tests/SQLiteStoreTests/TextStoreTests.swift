import Foundation
import GRDB
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import SQLiteStore

@Suite("Finding texts in a store", .timeLimit(.minutes(15)))
struct TextStoreTests {
    let ann = SessionKey(agent: "a", session: "ann")
    let bob = SessionKey(agent: "b", session: "bob")

    func entry(_ key: SessionKey, _ texts: [String], after: Int = 0) -> JournalEntry {
        var record = SessionRecord(
            summary: SessionSummary(key: key, kind: .lasting, created: 1, origin: .chat),
            state: [:],
            pausedJobs: []
        )
        let events = texts.enumerated().map { index, text in
            SessionEvent(
                seq: after + index + 1,
                at: Int64(1000 + after + index + (key == bob ? 1 : 0)),
                body: .messageAdded(Message(id: "m\(after + index)", role: .user, text: text))
            )
        }
        record.summary.seq = after + texts.count
        return JournalEntry(key: key, events: events, record: record)
    }

    func found(_ text: String, in store: any SessionStore, agent: String? = nil, session: String? = nil)
        async throws -> [String]
    {
        let words = try #require(SearchWords(text))
        var (found, query) = ([String](), TextQuery(words: words, agent: agent, session: session))
        repeat {
            let page = try await store.texts(query)
            for content in page.contents {
                switch content {
                case .event(let key, let event):
                    // An index returns all events of a row; the caller looks at each.
                    guard words.match(event.searchTexts.joined(separator: "\n")) else { continue }
                    found.append("\(key.session) \(event.seq)")
                case .exchange(let exchange): found.append(exchange.id)
                }
            }
            query.cursor = page.next
        } while query.cursor != nil
        return found
    }

    @Test("messages and bodies are found by their words, the newest first", arguments: StoreKind.allCases)
    func finding(kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.append(entry(ann, ["where is order 1188?", "It is shipped.", "我住在东京塔"]))
            try await store.append(entry(bob, ["Order a pizza, ünd more"]))
            try await store.append(entry(ann, ["where is my order now?"], after: 3))
            #expect(try await found("order", in: store) == ["ann 4", "bob 1", "ann 1"])
            #expect(try await found("order where", in: store) == ["ann 4", "ann 1"])
            #expect(try await found("order", in: store, agent: "b") == ["bob 1"])
            #expect(try await found("order", in: store, agent: "a", session: "bob") == [])
            #expect(try await found("order", in: store, session: "ann") == ["ann 4", "ann 1"])
            #expect(try await found("\"is my order\"", in: store) == ["ann 4"])
            #expect(try await found("ship*", in: store) == ["ann 2"])
            #expect(try await found("ship", in: store) == [])
            #expect(try await found("东京", in: store) == ["ann 3"])
            #expect(try await found("UND", in: store) == ["bob 1"])
            // Nothing of it is the syntax of an index.
            for text in [
                "order OR pizza", "NOT order", "text:order", "order^2", "a AND", "NEAR(order pizza)", "(order",
            ] {
                _ = try await found(text, in: store)
            }
            #expect(try await found("order NOT pizza", in: store) == [])
        }
    }

    @Test(
        "texts of any script are found in every store",
        arguments: StoreKind.allCases,
        [
            ("大한민국 한국어 배우기", "한국"), ("我住在东京塔", "\"东京\""), ("すしと天ぷらを食べる", "天ぷら"), ("ภาษาไทยที่นี่", "ที่นี่"),
            ("Ὀδυσσεύς λέγει", "οδυσσευς"), ("Привет, МИР", "мир"), ("naïve CAFÉ", "naive cafe"),
            ("İstanbul’da", "istanbul"),
            ("हिन्दी भाषा", "भाषा"), ("مرحبا بالعالم", "بالعالم"),
        ]
    )
    func scripts(kind: StoreKind, texts: (text: String, words: String)) async throws {
        try await kind.with { store in
            try await store.append(entry(ann, [texts.text, "something else"]))
            #expect(try await found(texts.words, in: store) == ["ann 1"])
        }
    }

    @Test("exchanges are found by their bodies, as they are now", arguments: StoreKind.allCases)
    func exchanges(kind: StoreKind) async throws {
        try await kind.with { store in
            var exchange = Exchange(
                id: "ex_1",
                agent: "a",
                hook: "h",
                why: "",
                request: RecordedRequest(method: "POST", body: RecordedBody(["note": "green parrot"], .json)),
                received: 5
            )
            try await store.save(exchange)
            #expect(try await found("parrot", in: store) == ["ex_1"])
            exchange.response = RecordedResponse(status: 200, body: RecordedBody("thank you", .text))
            exchange.request.body = RecordedBody(["note": "blue parrot"], .json)
            try await store.save(exchange)
            #expect(try await found("thank", in: store) == ["ex_1"])
            #expect(try await found("blue parrot", in: store) == ["ex_1"])
            #expect(try await found("green", in: store) == [])
        }
    }

    @Test("many results come in pages, none twice and none left out", arguments: StoreKind.allCases)
    func pages(kind: StoreKind) async throws {
        try await kind.with { store in
            for number in 0..<300 {
                try await store.append(entry(ann, ["apple \(number)"], after: number))
            }
            let all = try await found("apple", in: store)
            #expect(all == (1...300).reversed().map { "ann \($0)" })
        }
    }

    @Test("what is removed is not found, and its words are gone from the file")
    func removing() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            try await store.append(entry(ann, ["xylophone quartz"]))
            try await store.append(entry(bob, ["something else"]))
            try await store.remove([ann])
            #expect(try await found("xylophone", in: store) == [])
            #expect(try await found("something", in: store) == ["bob 1"])
            await store.close()
            let bytes = try Data(contentsOf: URL(filePath: path))
            #expect(bytes.range(of: Data("quartz".utf8)) == nil)
            #expect(bytes.range(of: Data("something".utf8)) != nil)
        }
    }

    @Test("what a failed transaction has not indexed is indexed by the next one")
    func failing() async throws {
        struct Failed: Error {}
        try await withDatabase { path in
            let store = try SQLiteStore(path: path)
            try await store.append(entry(ann, ["a word"]))
            #expect(!store.words.isEmpty)
            await #expect(throws: (any Error).self) {
                try await store.write { [words = store.words] db in
                    try words.index(db)
                    throw Failed()
                }
            }
            #expect(!store.words.isEmpty)
            #expect(try await found("word", in: store) == ["ann 1"])
            #expect(store.words.isEmpty)
        }
    }

    @Test("of very many events that happened at the same time, all are looked at", arguments: StoreKind.allCases)
    func manyOfOneTime(kind: StoreKind) async throws {
        try await kind.with { store in
            // More than are looked at for one page; a thousand at each millisecond.
            var entries: [JournalEntry] = []
            for number in 0..<420 {
                var entry = entry(SessionKey(agent: "a", session: "s\(number)"), ["w\(number)"])
                let events = (0..<100).map { index in
                    let text = index == 50 ? "needle" : "hay\(index)"
                    let body = SessionEvent.Body.log(level: "info", text: text)
                    return SessionEvent(seq: index + 1, at: Int64(1 + (number * 100 + index) / 1000), body: body)
                }
                entry = entry.with(events: events)
                entries.append(entry)
            }
            try await store.appendAll(entries)
            #expect(try await found("needle", in: store).count == 420)
        }
    }

    @Test("of events that happened at the same time the later ones come first", arguments: StoreKind.allCases)
    func order(kind: StoreKind) async throws {
        try await kind.with { store in
            var entry = entry(ann, ["x"])
            entry = entry.with(
                events: (1...9).map { SessionEvent(seq: $0, at: 7, body: .log(level: "info", text: "word")) }
            )
            try await store.append(entry)
            #expect(try await found("word", in: store) == (1...9).reversed().map { "ann \($0)" })
        }
    }

    @Test("a cursor that no search has answered is refused", arguments: StoreKind.allCases)
    func cursors(kind: StoreKind) async throws {
        try await kind.with { store in
            try await store.append(entry(ann, ["word"]))
            let words = try #require(SearchWords("word"))
            for cursor in ["", "x", "-1", ".", "1.2.3", "0.0", String(repeating: "9", count: 1000), "9.x"] {
                let error = await #expect(throws: RuntimeError.self) {
                    try await store.texts(TextQuery(words: words, cursor: cursor))
                }
                #expect(error?.code == "cursor_invalid", "\(cursor)")
            }
        }
    }

    @Test("rows without texts are not looked at again at each start, and what a crash left out is")
    func mark() async throws {
        try await withDatabase { path in
            func mark(_ store: SQLiteStore) async throws -> String? {
                try await store.read {
                    try String.fetchOne($0, sql: "SELECT body FROM notes WHERE name = 'words indexed'")
                }
            }
            do {
                let store = try SQLiteStore(path: path)
                var silent = entry(ann, ["a word"])
                try await store.append(silent)
                silent = silent.with(events: [SessionEvent(seq: 2, at: 5, body: .tickStarted(job: "j", scheduled: 5))])
                try await store.append(silent)
                try await store.trim(at: 10, answersBefore: 0)
                #expect(try await mark(store) == "2")
                // As after a crash: stored, and not indexed.
                try await store.append(entry(bob, ["another one"]))
                #expect(try await mark(store) == "2")
            }
            let store = try SQLiteStore(path: path)
            #expect(try await mark(store) == "3")
            #expect(try await found("another", in: store) == ["bob 1"])
        }
    }

    @Test("a database of before is indexed when it is opened")
    func migrating() async throws {
        try await withDatabase { path in
            do {
                let store = try SQLiteStore(path: path)
                try await store.append(
                    entry(ann, ["an old message", String(repeating: "long ", count: 2000) + "tail"])
                )
                try await store.write { db in
                    for statement in [
                        "DROP TRIGGER stretchRemoved", "DROP TRIGGER exchangeRemoved", "DROP TABLE texts",
                        "DROP TABLE exchangeTexts", "DELETE FROM grdb_migrations WHERE identifier LIKE '9:%'",
                        "DELETE FROM notes WHERE name = 'words indexed'",
                    ] { try db.execute(sql: statement) }
                }
                await store.close()
            }
            let store = try SQLiteStore(path: path)
            #expect(try await found("old message", in: store) == ["ann 1"])
            #expect(try await found("tail", in: store) == ["ann 2"])
        }
    }
}
