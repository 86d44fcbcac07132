import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@Suite("What a runtime finds in a store that another one left", .timeLimit(.minutes(10)))
struct StoreRecoveryTests {
    @Test(
        "rows that are behind their journals are brought up to date by a runtime that takes over",
        arguments: StoreKind.allCases
    )
    func behind(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "a", session: "s")
            try await store.appendAll([entry(key, seqs: 1...2, status: .awake)])
            let more: [SessionEvent.Body] = [
                .messageAdded(.user("x")), .stateChanged(JSONPatch(from: [:], to: ["n": 1])),
                .messageAdded(.assistant("y")),
            ]
            let events = more.enumerated().map { SessionEvent(seq: $0 + 3, at: Int64($0 + 100), body: $1) }
            try await store.appendAll([JournalEntry(key: key, events: events)])
            #expect(try await store.record(of: key)?.summary.seq == 2)
            #expect(try await store.recover().isEmpty)
            let record = try #require(await store.record(of: key))
            #expect(record.summary.status == .asleep)
            #expect(record.summary.seq == 5)
            #expect(record.summary.messages == 2)
            #expect(record.state == ["n": 1])
            #expect(record.summary.times.active == 102)
        }
    }

    @Test("a runtime that takes over finds nobody awake, and who was in a turn", arguments: StoreKind.allCases)
    func recover(kind: StoreKind) async throws {
        try await kind.with { store in
            let (calm, busy) = (SessionKey(agent: "a", session: "calm"), SessionKey(agent: "a", session: "busy"))
            let turning = entry(busy, seqs: 1...1, status: .awake)
            var record = turning.record
            record?.openTurns = ["turn_1"]
            try await store.appendAll([entry(calm, seqs: 1...1, status: .awake), turning.with(record: record)])
            #expect(try await store.recover() == [busy])
            #expect(try await store.record(of: calm)?.summary.status == .asleep)
            #expect(try await store.storedSessionCounts.asleep == 2)
        }
    }
}
