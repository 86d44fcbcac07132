import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("A stored row that is behind its journal", .timeLimit(.minutes(10)))
struct RecordTests {
    @Test("is stored with the first turn and then now and then, and catches up with what the journal tells")
    func behind() async throws {
        let store = MemoryStore()
        try await DiaryAgent.with(store) { runtime, time, _ in
            let session = try await runtime.open("a")
            let first = try #require(await store.record(of: session.key))
            var seqs: [Int] = []
            for number in 1...30 {
                time.set(by: 1000)
                let text = number.isMultiple(of: 3) ? "note" : "hello \(number)"
                _ = try await runtime.send([.user(text)], to: session.key, acceptance: .storedSoon).reply
                if number == 5 {
                    let failing = try await runtime.send([.user("fail")], to: session.key, acceptance: .storedSoon)
                    await #expect(throws: RuntimeError.self) { try await failing.reply }
                }
                var record = try #require(await store.record(of: session.key))
                seqs.append(record.summary.seq)
                // What a runtime does that finds the row after a crash.
                record.follow(try await store.events(of: session.key, after: record.summary.seq, limit: .max))
                let now = await session.record
                #expect(record.summary == now.summary)
                #expect(record.state == now.state)
                #expect(record.openTurns == now.openTurns && record.openHooks == now.openHooks)
                #expect(record.pausedJobs == now.pausedJobs)
            }
            let last = await session.fold.seq
            #expect(first.summary.seq > 0)
            #expect(seqs.allSatisfy { seq in seq <= last })
            #expect(Set(seqs).count < 20)
            #expect(last - (seqs.last ?? 0) < SessionRecord.mostBehind)
        }
    }

    @Test("is never behind of a session that sleeps or has ended", arguments: [true, false])
    func asleep(hasEnded: Bool) async throws {
        let store = MemoryStore()
        try await DiaryAgent.with(store) { runtime, _, _ in
            let session = try await runtime.open("a")
            _ = try await runtime.say("hello", to: session)
            if hasEnded { try await runtime.end(session.key, by: me) }
            let next = try await DiaryAgent.runtime(store)
            for number in 1...3 {
                _ = try await next.snapshot(session.key, name: "s\(number)", at: nil, by: me)
                _ = try await next.fork(session.key, at: nil, as: "f\(number)", kind: .lasting, by: me)
                let last = try await store.events(of: session.key, before: .max, limit: 1).last?.seq
                #expect(try await store.record(of: session.key)?.summary.seq == last)
            }
        }
    }

    @Test("tells of turns and hooks that are under way, so that they are found after a crash")
    func open() async throws {
        let store = MemoryStore()
        try await DiaryAgent.with(store) { runtime, _, house in
            let session = try await runtime.open("a")
            _ = try await runtime.say("hello", to: session)
            let ticket = try await runtime.send([.user("wait")], to: session.key)
            try await eventually("the model is asked") { house.gate.waiting == 1 }
            #expect(try await store.record(of: session.key)?.openTurns == [ticket.turn])
            house.gate.open()
            _ = try await ticket.reply
            #expect(try await store.record(of: session.key)?.openTurns == [])
        }
    }

    @Test("counts a restored context, and puts a temporary session's end off with its traffic")
    func restored() {
        let key = SessionKey(agent: "a", session: "tmp_1")
        var summary = SessionSummary(key: key, kind: .temporary, created: 10, origin: .chat)
        summary.times.expires = 110
        var record = SessionRecord(summary: summary, state: ["a": 1], pausedJobs: [])
        let picture = SessionPicture(messages: [.user("x"), .assistant("y")], state: ["b": 2])
        record.follow([
            SessionEvent(seq: 1, at: 20, turn: "t", body: .messageAdded(.user("x"))),
            SessionEvent(seq: 2, at: 30, body: .sessionRestored(to: 0, snapshot: nil, picture)),
            SessionEvent(seq: 3, at: 40, turn: "t", body: .turnFinished(TurnResult(status: .finished))),
            SessionEvent(seq: 4, at: 50, body: .hookReceived(exchange: "e", hook: "h")),
        ])
        #expect(record.summary.messages == 2)
        #expect(record.state == ["b": 2])
        #expect(record.openTurns == [] && record.openHooks == [4])
        #expect(record.summary.times.active == 50 && record.summary.times.expires == 150)
        record.follow([SessionEvent(seq: 4, at: 50, body: .hookReceived(exchange: "e", hook: "h"))])
        #expect(record.openHooks == [4])
    }
}
