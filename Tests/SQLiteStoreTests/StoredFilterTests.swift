import GRDB
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import SQLiteStore

@Suite("Filters as SQL", .timeLimit(.minutes(15)))
struct StoredFilterTests {
    /// Ids that lower-case in unusual ways, or are parts of each other.
    private static let ids = [
        "Kevin", "\u{212A}evin", "kevin-2", "ÉCOLE", "e\u{301}cole", "각x", "\u{1100}\u{1161}\u{11A8}x", "İstanbul",
        "straße", "a%b_c", "O'Neil",
    ]
    private static let now: Int64 = 1_700_000_000_000

    private static func record(_ id: String, _ number: Int) -> SessionRecord {
        var summary = SessionSummary(
            key: SessionKey(agent: number % 2 == 0 ? "support" : "Kiosk", session: id),
            kind: number % 4 == 0 ? .temporary : .lasting,
            created: now - Int64(number) * 61_000,
            origin: [.chat, .hook, .fork][number % 3]
        )
        summary.status = number % 5 == 0 ? .ended : .asleep
        summary.times.active = now - Int64(number) * 30_500
        summary.seq = number
        summary.messages = number * 3
        summary.inputTokens = number * 100
        summary.paused = number % 3 == 1
        if number % 4 == 1 { summary.trouble = .init(kind: "turn", seq: 1, text: "it failed") }
        return SessionRecord(
            summary: summary,
            state: ["plan": number % 2 == 0 ? "Pro" : "free", "count": .int(number), "trouble": "none"],
            pausedJobs: []
        )
    }

    private static let filters = [
        "kevin", "\"o'n\"", "école", "e\u{301}cole", "istanbul", "i̇stanbul", "STRASSE", "straße", "%", "_", "-kevin",
        "xyz", "ecole", "각", "\u{1100}\u{1161}\u{11A8}x",
        "agent:k", "agent:sup", "session:kev", "session:É", "-session:é", "kind:temp", "status:asleep", "status:awake",
        "-status:ended", "origin:h", "doing:x", "-doing:x", "messages>6", "messages>=6", "messages=6", "messages<6.5",
        "tokens<=400", "seq=4", "age>3m", "age<=183", "idle<2m", "-idle<2m", "error", "-error", "paused", "-paused",
        "state.plan=pro", "-state.plan=pro", "state.count>4", "error paused", "kevin -error messages>0", "kvn",
    ]

    @Test("the database finds the same sessions as memory, in the same order", arguments: filters)
    func same(text: String) async throws {
        for kind in StoreKind.allCases where kind != .memory { try await same(text, kind) }
    }

    private func same(_ text: String, _ kind: StoreKind) async throws {
        try await kind.with { store in
            let memory = MemoryStore()
            for (number, id) in Self.ids.enumerated() {
                let record = Self.record(id, number)
                let entry = JournalEntry(key: record.summary.key, events: [], record: record)
                try await store.append(entry)
                try await memory.append(entry)
            }
            let plain = StoredSessionQuery(text: text.lowercased(), sort: .seq, limit: 100)
            let (found, wanted) = (try await store.storedSessions(plain), try await memory.storedSessions(plain))
            #expect(found.entries.map(\.summary.key) == wanted.entries.map(\.summary.key))
            for isFuzzy in [false, true] {
                var matcher = SessionMatcher(try SessionFilter(parsing: text), now: Self.now)
                matcher.isFuzzy = isFuzzy
                for (offset, limit) in [(0, 100), (1, 2)] {
                    let query = StoredSessionQuery(sort: .seq, offset: offset, limit: limit, matcher: matcher)
                    let (found, wanted) = (
                        try await store.storedSessions(query), try await memory.storedSessions(query)
                    )
                    #expect(found.entries.map(\.summary.key) == wanted.entries.map(\.summary.key))
                    #expect(found.total == wanted.total)
                }
            }
        }
    }

    @Test("only what SQL cannot tell is left for each row")
    func rest() throws {
        for (text, count) in [("kevin age>3m error -paused", 0), ("state.plan=pro kevin", 1)] {
            let matcher = SessionMatcher(try SessionFilter(parsing: text), now: 0)
            #expect(StoredSessionCondition(StoredSessionQuery(limit: 1, matcher: matcher)).rest.count == count)
        }
    }

    @Test("an entry that is refused is refused alone")
    func refusal() async throws {
        try await StoreKind.sqlite.with { store in
            let known = (0..<3).map { Self.record("s\($0)", $0) }
            let unknown = SessionKey(agent: "support", session: "without a record")
            var entries = known.map { JournalEntry(key: $0.summary.key, events: [], record: $0) }
            entries.insert(JournalEntry(key: unknown, events: []), at: 1)
            let refused = try await store.append(entries)
            #expect(refused.keys.sorted() == [1])
            #expect((refused[1] as? RuntimeError)?.code == "session_not_found")
            for record in known { #expect(try await store.record(of: record.summary.key) != nil) }
        }
    }

    @Test("what an older database noted of jobs is there as rows")
    func upgradeJobs() async throws {
        try await withDatabase { path in
            do {
                let queue = try DatabaseQueue(path: path)
                try Schema.migrator.migrate(queue, upTo: "6: exchanges as rows")
                try await queue.write { db in
                    try db.execute(
                        sql: """
                            INSERT INTO notes VALUES ('static ticks of a', '[
                                {"job":"x","scheduled":5,"started":6,"finished":7,"status":"failed","error":"no"},{"job":"y"}
                            ]'), ('paused jobs', '[{"agent":"a","job":"x"}]'), ('alive', '9')
                            """
                    )
                }
            }
            let store = try SQLiteStore(path: path)
            let tick = Tick(
                job: "x",
                session: nil,
                scheduled: 5,
                started: 6,
                finished: 7,
                status: .failed,
                error: "no"
            )
            #expect(try await store.staticTicks(of: "a") == [tick])
            #expect(try await store.pausedJobs() == [JobKey(agent: "a", job: "x")])
            #expect(try await store.note("paused jobs") == nil)
            #expect(try await store.note("alive") == 9)
        }
    }

    @Test("runs of static jobs and paused jobs are rows, of which the newest are kept")
    func jobs() async throws {
        for kind in StoreKind.allCases {
            try await kind.with { store in
                for number in 0..<70 {
                    let tick = Tick(job: "sweep", session: nil, scheduled: Int64(number), status: .ok)
                    try await store.append(tick, of: "a")
                }
                try await store.append(
                    Tick(job: "x", session: nil, scheduled: 1, status: .failed, error: "no"),
                    of: "b"
                )
                #expect(try await store.staticTicks(of: "a").map(\.scheduled) == (6..<70).map { Int64($0) })
                #expect(try await store.staticTicks(of: "b").map(\.error) == ["no"])
                let jobs = ["one", "two"].map { JobKey(agent: "a", job: $0) }
                for job in jobs + jobs { try await store.pause(job) }
                try await store.resume(jobs[0])
                #expect(try await store.pausedJobs() == [jobs[1]])
            }
        }
    }
}
