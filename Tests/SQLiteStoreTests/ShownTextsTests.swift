import Foundation
import GRDB
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import SQLiteStore

@Suite("What can be found in a store", .timeLimit(.minutes(15)))
struct ShownTextsTests {
    private static let ann = SessionKey(agent: "a", session: "ann")

    /// Hides all words that begin with `secret`.
    private static func hiding(_ name: String) -> ShownTexts {
        @Sendable func shown(_ texts: [String]) -> [String] {
            texts.map { $0.split(separator: " ").filter { !$0.hasPrefix("secret") }.joined(separator: " ") }
        }
        return ShownTexts(
            name: name,
            ofEvent: { shown($0.searchTexts) },
            ofExchange: { shown($0.searchTexts) }
        )
    }

    private func fill(_ store: any SessionStore) async throws {
        var record = SessionRecord(
            summary: SessionSummary(key: Self.ann, kind: .lasting, created: 1, origin: .chat),
            state: [:],
            pausedJobs: []
        )
        record.summary.seq = 1
        let body = SessionEvent.Body.log(level: "info", text: "open secret4711")
        let entry = JournalEntry(key: Self.ann, events: [SessionEvent(seq: 1, at: 1000, body: body)], record: record)
        try await store.appendAll([entry])
        let text = RecordedBody(.string("public secret4712"), .text)
        let request = RecordedRequest(path: "/", body: text)
        try await store.save(Exchange(id: "ex_1", agent: "a", hook: "h", why: "", request: request, received: 1000))
    }

    /// How many rows the store gives, before anybody looks at what they hold.
    private func candidates(_ text: String, _ store: any SessionStore) async throws -> Int {
        let words = try #require(SearchWords(text))
        return try await store.texts(TextQuery(words: words)).contents.count
    }

    @Test("what is hidden is not looked at: nothing of it can be measured")
    func hidden() async throws {
        try await withDatabase { path in
            let stores: [any SessionStore] = [
                MemoryStore(shown: Self.hiding("1")), try SQLiteStore(path: path, shown: Self.hiding("1")),
            ]
            for store in stores {
                try await fill(store)
                #expect(try await candidates("open", store) == 1)
                #expect(try await candidates("public", store) == 1)
                for guess in ["secret4711", "secret*", "secret4712", "open secret4*"] {
                    #expect(try await candidates(guess, store) == 0, "\(guess)")
                }
            }
        }
    }

    @Test("other rules have everything indexed again, and the old index is overwritten")
    func rules() async throws {
        try await withDatabase { path in
            do {
                let store = try SQLiteStore(path: path)
                try await fill(store)
                #expect(try await candidates("secret*", store) == 2)
                await store.close()
            }
            do {
                var indexings = 0
                let store = try SQLiteStore(path: path, shown: Self.hiding("1")) { indexings += 1 }
                #expect(indexings == 1)
                #expect(try await candidates("secret*", store) == 0)
                #expect(try await candidates("public", store) == 1)
                #expect(try await candidates("open", store) == 1)
                await store.close()
            }
            // The same rules need no index of their own.
            var indexings = 0
            await (try SQLiteStore(path: path, shown: Self.hiding("1")) { indexings += 1 }).close()
            #expect(indexings == 0)
            // They stand in the journal and the exchange, and nowhere else.
            let bytes = try Data(contentsOf: URL(filePath: path))
            for secret in ["secret4711", "secret4712"] {
                #expect(bytes.ranges(of: Data(secret.utf8)).count == 1, "\(secret)")
            }
            let store = try SQLiteStore(path: path)
            #expect(try await candidates("secret*", store) == 2)
        }
    }

    @Test("what is trimmed, renamed and closed is indexed by the same rules")
    func rewritten() async throws {
        try await withDatabase { path in
            let store = try SQLiteStore(path: path, shown: Self.hiding("1"))
            try await fill(store)
            try await store.rename(Self.ann, to: SessionKey(agent: "a", session: "bob"), as: nil)
            try await store.trim(at: 2000, answersBefore: 0)
            #expect(try await candidates("secret*", store) == 0)
            #expect(try await candidates("public", store) == 1)
        }
    }
}
