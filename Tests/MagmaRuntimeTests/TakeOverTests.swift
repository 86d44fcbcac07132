import Magma
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

/// What becomes of a session when its node goes.
@Suite("Sessions of nodes that go", .timeLimit(.minutes(15)))
struct TakeOverTests: SharedDiaries {
    let base = MemoryStore()
    let ledger = SharedStore.Ledger()
    let key = SessionKey(agent: "diary", session: "a")

    @Test("a node whose sessions were taken over lets go of them, and cancels what runs in them")
    func dropped() async throws {
        let house = House()
        let store = SharedStore(base, ledger, node: "one")
        try await DiaryAgent.with(store, house: house) { one, _, _ in
            try await say("b", one, "b")
            let place = SessionPlace(lasting: key)
            let turn = Task { try await one.send([.user("wait")], to: place, origin: .chat).reply }
            try await eventually("the model is asked") { house.gate.waiting == 1 }
            store.tell(.lost)
            await #expect(throws: RuntimeError.self) { _ = try await turn.value }
            try await eventually("all are let go") { one.directory.loadedCount == 0 }
            #expect(one.directory.index.counts.awake == 0)
            house.gate.open()
        }
    }

    @Test("it lets go of them also while the store does not answer what others have left")
    func droppedInSilence() async throws {
        let store = SharedStore(base, ledger, node: "one")
        let silence = Promise<Void, Never>()
        store.silence.withLock { $0 = silence }
        try await DiaryAgent.with(store, house: House()) { one, _, _ in
            try await say("b", one, "b")
            store.tell(.othersGone)
            store.tell(.lost)
            try await eventually("all are let go") { one.directory.loadedCount == 0 }
            silence.finish(.success(()))
        }
    }

    @Test("what a node that is gone has left in the middle is brought to an end by another one")
    func takenOver() async throws {
        let house = House()
        let one = try await DiaryAgent.runtime(SharedStore(base, ledger, node: "one"), ManualTime(), house)
        let turn = DiaryAgent.$house.withValue(house) {
            Task { try await one.send([.user("wait")], to: SessionPlace(lasting: key), origin: .chat).reply }
        }
        try await eventually("the model is asked") { house.gate.waiting == 1 }
        let store = SharedStore(base, ledger, node: "two")
        try await DiaryAgent.with(store, house: House()) { two, _, _ in
            ledger.free(key)
            store.left([key])
            store.tell(.othersGone)
            try await eventually("it is taken back") {
                let events = try? await base.events(of: key, after: 0, limit: .max)
                return events?.contains {
                    if case .turnFinished(let end) = $0.body { end.status == .interrupted } else { false }
                }
                    ?? false
            }
            #expect(try await two.present(of: key).messages.isEmpty)
        }
        house.gate.open()
        await #expect(throws: RuntimeError.self) { _ = try await turn.value }
    }

    private var hour: Int64 { 3_600_000 }

    /// Brings the tick that is due then.
    private func fire(_ due: Int64, on runtime: Runtime, _ time: ManualTime) async throws {
        let agent = try runtime.agent(nil)
        time.advance(by: due - time.now)
        await runtime.scheduler.fire(try #require(agent.job("chime")), of: agent, scheduled: due)
    }

    /// What became of ticks, with the hours after a time at which they were due.
    private func ticks(since start: Int64) async throws -> [String] {
        try await base.events(of: key, after: 0, limit: .max).compactMap { event in
            switch event.body {
            case .tickStarted(_, let scheduled): "ran \((scheduled - start) / hour)"
            case .tickMissed(_, let scheduled, let reason): "missed \((scheduled - start) / hour) \(reason)"
            default: nil
            }
        }
    }

    @Test("a tick that was due in an absence is recorded with the next one, however long after")
    func shortAbsence() async throws {
        let (clock, other) = (ManualTime(), ManualTime())
        let one = try await node("one", clock)
        let store = SharedStore(base, ledger, node: "two", absence: 20 * 60_000)
        let two = try await DiaryAgent.runtime(store, other)
        let start = (clock.now / hour + 1) * hour
        try await say("1", one)
        try await fire(start, on: one, clock)
        try await fire(start + hour, on: one, clock)
        await sleep(one)
        // A client wakes it elsewhere, five minutes after a tick that nobody brought.
        other.advance(by: start + 2 * hour + 300_000 - other.now)
        try await say("2", two)
        try await fire(start + 3 * hour, on: two, other)
        await sleep(two)
        let reason = "The runtime that had the session was gone."
        #expect(try await ticks(since: start) == ["ran 0", "ran 1", "missed 2 \(reason)", "ran 3"])
    }

    @Test("ticks that another process brought meanwhile were not missed here")
    func broughtElsewhere() async throws {
        let (clock, other) = (ManualTime(), ManualTime())
        let (one, two) = (try await node("one", clock), try await node("two", other))
        let start = (clock.now / hour + 1) * hour
        try await say("1", one)
        try await fire(start, on: one, clock)
        await sleep(one)
        try await fire(start + hour, on: two, other)
        try await fire(start + 2 * hour, on: two, other)
        await sleep(two)
        let missed = AgentBlueprint.Job.Missed(first: start + hour, last: start + 3 * hour, count: 3)
        let chime = try #require(try one.agent(nil).job("chime"))
        clock.advance(by: start + 3 * hour - clock.now)
        try await one.directory.withSession(key, .awake) { await $0.miss(chime, missed, because: "Paused") }
        #expect(try await ticks(since: start) == ["ran 0", "ran 1", "ran 2", "missed 3 Paused."])
    }

    @Test("ticks that were due while nobody had a session are recorded as missed, once, and no others")
    func unbrought() async throws {
        let (clock, other) = (ManualTime(), ManualTime())
        let (one, two) = (try await node("one", clock), try await node("two", other))
        let start = (clock.now / hour + 1) * hour
        let agent = try two.agent(nil)
        func fire(_ hours: Int64, on runtime: Runtime, _ time: ManualTime) async throws {
            try await self.fire(start + hours * hour, on: runtime, time)
        }
        func ticks() async throws -> [String] { try await self.ticks(since: start) }
        try await say("1", one)
        try await fire(0, on: one, clock)
        try await fire(1, on: one, clock)
        await sleep(one)
        // Its node is gone from here on, and the other one has its share of the ticks from 4 on.
        try await fire(4, on: two, other)
        try await fire(5, on: two, other)
        await sleep(two)
        try await fire(6, on: two, other)
        await sleep(two)
        let reason = "The runtime that had the session was gone; 2 ticks were due."
        var expected = ["ran 0", "ran 1", "missed 2 \(reason)", "ran 4", "ran 5", "ran 6"]
        #expect(try await ticks() == expected)
        // What was due while the job was paused was not missed.
        try await two.pauseJob("chime", of: agent, on: key, by: me)
        await sleep(two)
        try await fire(8, on: two, other)
        try await two.resumeJob("chime", of: agent, on: key, by: me)
        await sleep(two)
        try await fire(9, on: two, other)
        try await two.pauseJob("chime", of: agent, on: nil, by: me)
        await sleep(two)
        other.advance(by: 2 * hour)
        try await two.resumeJob("chime", of: agent, on: nil, by: me)
        try await fire(12, on: two, other)
        await sleep(two)
        expected += ["ran 9", "ran 12"]
        #expect(try await ticks() == expected)
    }

    @Test("what others list of sessions that were there before them is how these are")
    func rowsForOthers() async throws {
        let store = SharedStore(base, ledger, node: "one")
        try await DiaryAgent.with(store, house: House()) { one, _, _ in
            try await say("1", one)
            let seq = try await one.directory.withSession(key, .awake) { session in
                await session.log("info", "Nothing that a row has.")
                try await session.store()
                return await session.fold.seq
            }
            let before = try #require(await base.record(of: key))
            #expect(before.summary.seq < seq)
            store.tell(.renewed)
            store.others.withLock { $0 = true }
            store.tell(.renewed)
            try await eventually("it is stored") { try await base.record(of: key)?.summary.seq == seq }
        }
    }

    @Test("where sessions are is told once to many, and again when that changes")
    func places() async throws {
        let time = ManualTime()
        let (one, two) = (try await node("one"), try await node("two", time))
        try await say("1", one)
        // What the watch has just asked the store for may have been too early: so time goes on.
        let clock = Task {
            while !Task.isCancelled {
                time.advance(by: 1000)
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        defer { clock.cancel() }
        var first = two.places.places(of: key).makeAsyncIterator()
        var second = two.places.places(of: key).makeAsyncIterator()
        #expect(await first.next()??.address == "one")
        #expect(await second.next()??.address == "one")
        await sleep(one)
        #expect(await first.next()??.owner == .nobody)
        #expect(await second.next()??.owner == .nobody)
    }
}
