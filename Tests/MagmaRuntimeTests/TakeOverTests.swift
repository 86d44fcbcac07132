import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

/// What becomes of a session when its node goes.
@Suite("Sessions of nodes that go", .timeLimit(.minutes(15)))
struct TakeOverTests {
    private let base = MemoryStore()
    private let ledger = SharedStore.Ledger()
    private let key = SessionKey(agent: "diary", session: "a")

    private func node(_ name: String, _ time: ManualTime = ManualTime()) async throws -> Runtime {
        try await DiaryAgent.runtime(SharedStore(base, ledger, node: name), time)
    }

    private func say(_ text: String, _ runtime: Runtime, _ session: String = "a") async throws {
        let place = SessionPlace(lasting: SessionKey(agent: "diary", session: session))
        _ = try await runtime.send([.user(text)], to: place, origin: .chat).reply
    }

    private func sleep(_ runtime: Runtime) async { await Maintenance(of: runtime).putAllToSleep(within: 60_000) }

    private func texts() async throws -> [String] { try await base.fold(of: key, at: .max).messages.map(\.text) }

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

    @Test("ticks that were due while nobody had a session are recorded as missed, once, and no others")
    func unbrought() async throws {
        let hour: Int64 = 3_600_000
        let (clock, other) = (ManualTime(), ManualTime())
        let (one, two) = (try await node("one", clock), try await node("two", other))
        let start = (clock.now / hour + 1) * hour
        let agent = try two.agent(nil)
        let chime = try #require(agent.job("chime"))
        /// Brings the tick that is due so many hours later.
        func fire(_ hours: Int64, on runtime: Runtime, _ time: ManualTime) async {
            time.advance(by: start + hours * hour - time.now)
            await runtime.scheduler.fire(chime, of: agent, scheduled: start + hours * hour)
        }
        func ticks() async throws -> [String] {
            try await base.events(of: key, after: 0, limit: .max).compactMap { event in
                switch event.body {
                case .tickStarted(_, let scheduled): "ran \((scheduled - start) / hour)"
                case .tickMissed(_, let scheduled, let reason): "missed \((scheduled - start) / hour) \(reason)"
                default: nil
                }
            }
        }
        try await say("1", one)
        await fire(0, on: one, clock)
        await fire(1, on: one, clock)
        await sleep(one)
        // Its node is gone from here on, and the other one has its share of the ticks from 4 on.
        await fire(4, on: two, other)
        await fire(5, on: two, other)
        await sleep(two)
        await fire(6, on: two, other)
        await sleep(two)
        let reason = "The runtime that had the session was gone; 2 ticks were due."
        var expected = ["ran 0", "ran 1", "missed 2 \(reason)", "ran 4", "ran 5", "ran 6"]
        #expect(try await ticks() == expected)
        // What was due while the job was paused was not missed.
        try await two.pauseJob("chime", of: agent, on: key, by: me)
        await sleep(two)
        await fire(8, on: two, other)
        try await two.resumeJob("chime", of: agent, on: key, by: me)
        await sleep(two)
        await fire(9, on: two, other)
        try await two.pauseJob("chime", of: agent, on: nil, by: me)
        await sleep(two)
        other.advance(by: 2 * hour)
        try await two.resumeJob("chime", of: agent, on: nil, by: me)
        await fire(12, on: two, other)
        await sleep(two)
        expected += ["ran 9", "ran 12"]
        #expect(try await ticks() == expected)
    }

    @Test("where sessions are is told once to many, and again when that changes")
    func places() async throws {
        let time = ManualTime()
        let (one, two) = (try await node("one"), try await node("two", time))
        try await say("1", one)
        var first = two.places.places(of: key).makeAsyncIterator()
        var second = two.places.places(of: key).makeAsyncIterator()
        #expect(await first.next()??.address == "one")
        #expect(await second.next()??.address == "one")
        await sleep(one)
        try await eventually("it waits") { time.sleeping > 0 }
        time.advance(by: 1000)
        #expect(await first.next()??.owner == .nobody)
        #expect(await second.next()??.owner == .nobody)
    }
}
