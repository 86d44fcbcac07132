import Foundation
import MagmaRuntime
import Postgres
import SessionModel
import TestSupport
import Testing

@testable import PostgresStore

@Suite("The PostgreSQL store", .enabled(if: PostgresServer.address != nil), .timeLimit(.minutes(5)))
struct PostgresStoreTests {
    private let key = SessionKey(agent: "a", session: "s")
    private let other = SessionKey(agent: "a", session: "t")

    /// Runs SQL beside a store, in its schema.
    private func sql(_ text: String, _ store: PostgresStore) async throws {
        try await store.writes.run(Statement(text)())
    }

    // MARK: Epochs

    @Test("what a runtime writes after another one has taken over is refused")
    func fenced() async throws {
        try await PostgresServer.withStore { store in
            var epochs: [Int] = []
            for key in [key, other] {
                guard case .mine(let held) = try await store.claim(key) else { throw RuntimeError.sessionNotFound(key) }
                epochs.append(held.epoch)
            }
            func entries(_ seqs: ClosedRange<Int>) -> [JournalEntry] {
                zip([key, other], epochs).map { key, epoch in
                    let made = entry(key, seqs: seqs)
                    return JournalEntry(key: key, epoch: epoch, events: made.events, record: made.record)
                }
            }
            #expect(try await store.append(entries(1...2)).isEmpty)
            // As another process would.
            try await sql(
                "UPDATE heads SET owner = 999, epoch = nextval('epochs') WHERE id = 's'",
                store
            )
            let refused = try await store.append(entries(3...4))
            #expect(refused.mapValues { ($0 as? RuntimeError)?.code } == [0: "session_moved"])
            #expect(try await store.events(of: key, after: 0, limit: 9).map(\.seq) == [1, 2])
            #expect(try await store.events(of: other, after: 0, limit: 9).map(\.seq) == [1, 2, 3, 4])
            try await sql("UPDATE nodes SET buried = clock_timestamp()", store)
            let error = await #expect(throws: RuntimeError.self) { try await store.save("x", as: "note") }
            #expect(error?.code == "store_lease_lost")
            #expect(try await store.note("note") == nil)
        }
    }

    @Test("an entry and its companions are stored together, or none of them is")
    func companions() async throws {
        try await PostgresServer.withStore { store in
            try await store.appendAll([entry(key, seqs: 1...2)])
            try await sql("UPDATE heads SET owner = 999, epoch = nextval('epochs') WHERE id = 's'", store)
            let lost = JournalEntry(key: key, epoch: 1, events: entry(key, seqs: 3...3).events)
            let whole = entry(other, seqs: 1...1)
            let both = JournalEntry(key: other, events: whole.events, record: whole.record, companions: [lost])
            #expect(try await store.append([both]).count == 1)
            #expect(try await store.record(of: other) == nil)
            #expect(try await store.events(of: other, after: 0, limit: 9).isEmpty)
        }
    }

    // MARK: A server that goes away

    @Test("the same again counts as stored, and is stored once")
    func again() async throws {
        try await PostgresServer.withStore { store in
            let first = entry(key, seqs: 1...3)
            for _ in 0..<3 { try await store.appendAll([first]) }
            #expect(try await store.events(of: key, after: 0, limit: 9).map(\.seq) == [1, 2, 3])
            let refused = try await store.append([entry(key, seqs: 9...9)])
            #expect((refused[0] as? RuntimeError)?.code == "session_moved", "a journal has no holes")
        }
    }

    @Test("connections that the server ends cost nothing that was acknowledged, and nothing is stored twice")
    func terminated() async throws {
        try await PostgresServer.withStore { store in
            let end = Statement(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1::text AND pid <> pg_backend_pid()"
            )
            for number in 1...60 {
                async let stored: Void = store.appendAll([entry(key, seqs: number...number)])
                if number % 6 == 0 {
                    let line = PostgresLine(try PostgresAddress(PostgresServer.address ?? ""))
                    try await line.run(end(.text(store.settings.schema)))
                    await line.close()
                }
                try await stored
                #expect(try await store.events(of: key, before: .max, limit: 1).map(\.seq) == [number])
            }
            #expect(try await store.events(of: key, after: 0, limit: 99).map(\.seq) == Array(1...60))
        }
    }

    // MARK: What cannot be opened

    @Test("a database that cannot be opened says why and what to do, without its password")
    func unopenable() async throws {
        let address = try #require(PostgresServer.address)
        for (wrong, code, words) in [
            (address.replacing(":proof@", with: ":S3CRET@"), "store_unopenable", "password"),
            (address.replacing("/postgres?", with: "/nowhere?"), "store_unopenable", "nowhere"),
            (address + "&options=-cdefault_transaction_read_only%3Don", "store_read_only", "replica"),
            ("postgres://u:S3CRET@127.0.0.1:1/x?connect_timeout=1", "store_unopenable", "127.0.0.1:1"),
        ] {
            let error = await #expect(throws: RuntimeError.self) {
                try await PostgresStore.open(PostgresAddress(wrong), .init(), log: PostgresServer.log)
            }
            #expect(error?.code == code, "\(error?.message ?? "")")
            #expect(error?.message.contains(words) == true && error?.message.contains("S3CRET") == false)
        }
    }

    @Test("tables of a newer version are left alone")
    func newer() async throws {
        try await PostgresServer.withStore { store in
            try await sql("INSERT INTO versions VALUES (99)", store)
            await store.close()
            let error = await #expect(throws: RuntimeError.self) { try await PostgresServer.open(store.settings) }
            #expect(error?.code == "store_newer")
        }
    }

    @Test("processes that make the tables at the same time wait for each other")
    func migrating() async throws {
        let schema = PostgresServer.schema
        try await PostgresServer.withSchema(schema) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let line = PostgresLine(
                            try PostgresAddress(PostgresServer.address ?? ""),
                            settings: ["search_path": schema]
                        )
                        try await Schema.migrate(schema, on: line, of: "x")
                        #expect(try await Schema.version(schema, on: line) == Schema.migrations.count)
                        await line.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    // MARK: Texts

    @Test("texts with U+0000 are stored where they are content, and are nobody's name")
    func nul() async throws {
        try await PostgresServer.withStore { store in
            let large = "a\0b" + String(repeating: "x", count: 9000)
            try await store.appendAll([entry(key, seqs: 1...2) { $0 == 1 ? "a\0b" : large }])
            let events = try await store.events(of: key, after: 0, limit: 9)
            #expect(events.map(\.body) == [.log(level: "info", text: "a\0b"), .log(level: "info", text: large)])
            #expect(try await store.exchange("e\0x") == nil)
            #expect(try await store.record(of: SessionKey(agent: "a", session: "s\0")) == nil)
            let query = StoredSessionQuery(text: "\0", limit: 9)
            #expect(try await store.storedSessions(query).total == 0)
            let bad = entry(SessionKey(agent: "a", session: "s\0"), seqs: 1...1)
            let refused = try await store.append([bad, entry(other, seqs: 1...1)])
            #expect(refused.mapValues { ($0 as? RuntimeError)?.code } == [0: "text_invalid"])
            #expect(try await store.record(of: other) != nil)
        }
    }

    @Test("what is hidden is not looked at, and other rules have everything indexed again")
    func shown() async throws {
        let hiding = ShownTexts(
            name: "hiding",
            ofEvent: { $0.searchTexts.filter { !$0.hasPrefix("secret") } },
            ofExchange: { $0.searchTexts.filter { !$0.hasPrefix("secret") } }
        )
        func count(_ text: String, _ store: PostgresStore) async throws -> Int {
            try await store.texts(TextQuery(words: try #require(SearchWords(text)))).contents.count
        }
        try await PostgresServer.withStore { store in
            try await store.appendAll([
                entry(key, seqs: 1...1) { _ in "secret word" }, entry(other, seqs: 1...1) { _ in "open word" },
            ])
            #expect(try await count("secret", store) == 1)
            await store.close()
            var settings = store.settings
            settings.shown = hiding
            let next = try await PostgresServer.open(settings)
            #expect(try await count("secret", next) == 0)
            #expect(try await count("open", next) == 1)
            try await next.appendAll([entry(SessionKey(agent: "a", session: "u"), seqs: 1...1) { _ in "secret word" }])
            #expect(try await count("secret", next) == 0)
            await next.close()
        }
    }

    @Test("a text with more words than an index holds is found by all of them")
    func manyWords() async throws {
        try await PostgresServer.withStore { store in
            let text = (0..<140_000).map { "word\($0)" }.joined(separator: " ")
            try await store.appendAll([entry(key, seqs: 1...1) { _ in text }])
            #expect(SearchVector.of(text) == nil)
            let words = try #require(SearchWords("word7 word139999"))
            #expect(try await store.texts(TextQuery(words: words)).contents.count == 1)
        }
    }
}
