import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Reading sessions to wake them", .timeLimit(.minutes(15)))
struct LoadingTests {
    /// A session's journal in pieces, some with a checkpoint and some with a row, that may be behind it; some are long, and some
    /// have a large context or large events.
    private func entries(of key: SessionKey, _ random: inout Seeded) -> [JournalEntry] {
        var entries: [JournalEntry] = []
        var (events, record) = ([SessionEvent](), entry(key, seqs: 1...1).record)
        let length = Int.random(in: 1...1000, using: &random)
        let isLarge = Int.random(in: 0..<4, using: &random) == 0
        while events.count < length {
            let added = (0..<Int.random(in: 1...60, using: &random)).map { offset in
                let seq = events.count + offset + 1
                let text = isLarge && seq % 7 == 0 ? String(repeating: "x", count: seq * 31) : "\(seq)"
                let body: SessionEvent.Body =
                    switch seq % 5 {
                    case 0: .messageAdded(Message(id: "m\(seq)", role: .user, text: text))
                    case 1: .tickStarted(job: "j", scheduled: Int64(seq))
                    case 2: .tickFinished(job: "j", scheduled: Int64(seq - 1), status: .ok, duration: 1, error: nil)
                    case 3: .stateChanged(JSONPatch([.add(JSONPointer(["n\(seq)"]), .int(seq))]))
                    default: .hookReceived(exchange: "e\(seq)", hook: text)
                    }
                return SessionEvent(seq: seq, at: Int64(seq), body: body)
            }
            events += added
            let isFirst = entries.isEmpty
            let hasRow = isFirst || Bool.random(using: &random)
            if hasRow { record?.follow(events) }
            entries.append(
                JournalEntry(
                    key: key,
                    events: added,
                    record: hasRow ? record : nil,
                    checkpoint: Int.random(in: 0..<6, using: &random) == 0 ? SessionFold(events) : nil
                )
            )
        }
        return entries
    }

    @Test("many at once or one by one, it is what their journals have", arguments: StoreKind.allCases)
    func loading(kind: StoreKind) async throws {
        try await kind.with { store in
            var random = Seeded(7)
            let expected = MemoryStore()
            let keys = (0..<40).map { SessionKey(agent: "a", session: "s\($0)") }
            for key in keys {
                let entries = entries(of: key, &random)
                try await store.appendAll(entries)
                try await expected.appendAll(entries)
            }
            let unknown = [SessionKey(agent: "b", session: "s1"), SessionKey(agent: "a", session: "s\u{0}1")]
            for recent in [0, 1, 40, 256] {
                let loaded = try await withThrowingTaskGroup(of: (SessionKey, StoredSession?).self) { group in
                    for key in keys + unknown {
                        group.addTask { (key, try await store.load(key, recent: recent)) }
                    }
                    return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                }
                #expect(Set(loaded.keys) == Set(keys))
                for key in keys {
                    let (found, right) = (loaded[key], try await expected.load(key, recent: recent))
                    #expect(found?.record == right?.record)
                    #expect(found?.fold == right?.fold)
                    #expect(found?.checkpointed == right?.checkpointed)
                    #expect(found?.recent == right?.recent)
                    let inPieces = try await store.loadInPieces(key, recent: recent)
                    #expect(inPieces?.recent == found?.recent)
                    #expect(inPieces?.identity == found?.identity)
                }
            }
        }
    }

    @Test("nothing is put together where events are missing")
    func missing() throws {
        let key = SessionKey(agent: "a", session: "s")
        let (all, later) = (entry(key, seqs: 1...9), entry(key, seqs: 4...9))
        var behind = try #require(all.record)
        behind.summary.seq = 2
        func load(
            _ record: SessionRecord,
            _ checkpoint: Int?,
            _ events: [SessionEvent],
            firstKept: Int = 1,
            recent: Int = 0
        )
            -> StoredSession?
        {
            StoredSession(
                record,
                checkpoint: checkpoint.map { SessionFold(Array(all.events.prefix($0))) },
                events: events,
                firstKept: firstKept,
                last: 9,
                recent: recent,
                identity: nil
            )
        }
        let record = try #require(all.record)
        #expect(load(record, nil, all.events)?.fold.seq == 9)
        #expect(load(record, 3, later.events)?.fold.seq == 9)
        #expect(load(record, 9, [])?.fold.seq == 9)
        #expect(load(behind, 3, all.events)?.record.summary.seq == 9)
        #expect(load(record, 3, later.events, firstKept: 4, recent: 9)?.recent.count == 6)
        // Before the checkpoint, after it, at the end, in the middle, and behind the row.
        #expect(load(record, nil, later.events) == nil)
        #expect(load(record, 2, later.events) == nil)
        #expect(load(record, 3, later.events.dropLast()) == nil)
        #expect(load(record, nil, all.events.filter { $0.seq != 5 }) == nil)
        #expect(load(behind, 3, later.events) == nil)
        #expect(load(record, 3, []) == nil)
        // Fewer than are wanted, though the journal has more.
        #expect(load(record, 3, later.events, recent: 9) == nil)
        // The journal itself does not go back to the checkpoint.
        #expect(load(record, 3, Array(later.events.dropFirst()), firstKept: 5) == nil)
    }
}
