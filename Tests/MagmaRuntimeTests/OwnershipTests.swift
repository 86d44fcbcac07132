import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

/// Two runtimes on one store, each as a node of its own.
@Suite("Whose a session is", .timeLimit(.minutes(15)))
struct OwnershipTests: SharedDiaries {
    let base = MemoryStore()
    let ledger = SharedStore.Ledger()
    let key = SessionKey(agent: "diary", session: "a")

    @Test("a session is claimed before it is made or woken, and given back when it sleeps")
    func order() async throws {
        let one = try await node("one")
        try await say("1", one)
        #expect(ledger.log == ["one claims a 1"])
        await sleep(one)
        #expect(ledger.log == ["one claims a 1", "one releases a"])
        _ = try await one.present(of: key)
        #expect(ledger.log.count == 2, "looking claims nothing")
        try await say("2", one)
        #expect(ledger.log.last == "one claims a 2")
        #expect(try await texts() == ["1", "re: 1", "2", "re: 2"])
    }

    @Test("a session that another node has is not woken, but may be looked at")
    func elsewhere() async throws {
        let (one, two) = (try await node("one"), try await node("two"))
        try await say("1", one)
        await refused(with: "session_elsewhere") { try await say("2", two) }
        do { try await say("2", two) } catch let error as RuntimeError {
            #expect(error.message.contains("on another node, one"))
        }
        #expect(try await two.present(of: key).messages.map(\.text) == ["1", "re: 1"])
        #expect(try await texts() == ["1", "re: 1"])
        // Nothing of the refusal is left: when it is free, it goes on there.
        await sleep(one)
        try await say("2", two)
        #expect(try await texts() == ["1", "re: 1", "2", "re: 2"])
        let events = try await base.events(of: key, after: 0, limit: .max)
        #expect(events.map(\.seq) == Array(1...events.count))
    }

    @Test("no event is older than the one before it, whatever the clocks of those who wrote them say")
    func orderOfTimes() async throws {
        let (ahead, behind) = (ManualTime(now: 1_800_000_000_500), ManualTime(now: 1_800_000_000_000))
        let (one, two) = (try await node("one", ahead), try await node("two", behind))
        try await say("1", one)
        ahead.set(by: -200)
        try await say("2", one)
        await sleep(one)
        try await say("3", two)
        let times = try await base.events(of: key, after: 0, limit: .max).map(\.at)
        #expect(times == times.sorted() && times.allSatisfy { $0 >= 1_800_000_000_500 })
        #expect(try await texts().count == 6)
    }

    @Test("what was read before another node wrote it is read again when it wakes")
    func stale() async throws {
        let (one, two) = (try await node("one"), try await node("two"))
        try await say("1", one)
        await sleep(one)
        #expect(try await two.present(of: key).messages.count == 2)
        try await say("2", one)
        await sleep(one)
        #expect(two.directory.isLoaded(key), "it is kept since it was looked at")
        try await say("3", two)
        #expect(try await texts() == ["1", "re: 1", "2", "re: 2", "3", "re: 3"])
    }

    @Test(
        "an id whose session was deleted elsewhere is free again, also where it was looked at",
        arguments: [true, false]
    )
    func deletedElsewhere(isKept: Bool) async throws {
        let (one, two) = (try await node("one"), try await node("two"))
        try await say("1", one)
        #expect(try await two.present(of: key).messages.count == 2)
        try await one.delete(key)
        let agent = try two.agent(nil)
        if isKept {
            let place = try await two.place(nil, of: agent)
            _ = try await two.send([.user("2")], to: place, origin: .chat).reply
            #expect(try await two.keep(place.key, as: "a", by: me) == key)
        } else {
            #expect(try await two.create("a", of: agent, setup: [:], state: [:], by: me) == key)
        }
    }

    @Test("a node that was taken for dead writes nothing more of that session, and goes on with the others")
    func fenced() async throws {
        let (one, two) = (try await node("one"), try await node("two"))
        try await say("1", one)
        try await say("b1", one, "b")
        ledger.free(key)
        try await say("2", two)
        await refused(with: "session_moved") { try await say("lost", one) }
        try await say("b2", one, "b")
        await refused(with: "session_elsewhere") { try await say("3", one) }
        try await say("3", two)
        #expect(try await texts() == ["1", "re: 1", "2", "re: 2", "3", "re: 3"])
        let b = SessionKey(agent: "diary", session: "b")
        #expect(try await base.fold(of: b, at: .max).messages.map(\.text) == ["b1", "re: b1", "b2", "re: b2"])
    }

    @Test("what is written of a sleeping session is claimed as well", arguments: ["end", "note", "snapshot", "delete"])
    func writtenAsleep(what: String) async throws {
        let (one, two) = (try await node("one"), try await node("two"))
        try await say("1", one)
        let write: (Runtime) async throws -> Void = { runtime in
            switch what {
            case "end": try await runtime.end(key, by: me)
            case "delete": try await runtime.delete(key)
            case "note": try await runtime.pauseJob("chime", of: try runtime.agent(nil), on: key, by: me)
            default: _ = try await runtime.snapshot(key, name: "s", at: nil, by: me)
            }
        }
        await refused(with: "session_elsewhere") { try await write(two) }
        #expect(try await texts() == ["1", "re: 1"])
        #expect(try await base.snapshots(of: key).isEmpty)
        await sleep(one)
        try await write(two)
        if what != "delete" { #expect(ledger.owner(key)?.node == "two") }
        await sleep(two)
        #expect(ledger.owner(key)?.node == nil)
    }

    @Test("several who write a sleeping session at once claim it once")
    func atOnce() async throws {
        let one = try await node("one")
        try await say("1", one)
        await sleep(one)
        let before = ledger.log.count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask { _ = try await one.snapshot(key, name: "s\(number)", at: nil, by: me) }
            }
            try await group.waitForAll()
        }
        #expect(ledger.log.dropFirst(before) == ["one claims a 2"])
        #expect(try await base.snapshots(of: key).count == 4)
    }

    @Test("a static job that is due runs on one node")
    func ticks() async throws {
        let (one, two) = (SharedStore(base, ledger, node: "one"), SharedStore(base, ledger, node: "two"))
        let job = JobKey(agent: "diary", job: "sweep")
        #expect(try await one.claimTick(of: job, at: 60_000))
        #expect(try await !two.claimTick(of: job, at: 60_000))
        let runtime = try await ProbeAgent.$plan.withValue(ProbeAgent.Plan()) {
            try await Runtime(agents: [AgentBlueprint(ProbeAgent.self)], provider: OwnershipModel(), store: two)
        }
        let agent = try runtime.agent(nil)
        let sweep = try #require(agent.job("sweep"))
        for scheduled: Int64 in [30_000, 90_000] {
            if scheduled == 30_000 {
                _ = try await one.claimTick(of: JobKey(agent: "probe", job: "sweep"), at: scheduled)
            }
            await runtime.scheduler.fire(sweep, of: agent, scheduled: scheduled)
        }
        #expect(try await base.staticTicks(of: "probe").map(\.scheduled) == [90_000])
    }

    @Test("a request that another node carries out is waited for, in progress after a while, and answered as there")
    func requests() async throws {
        let time = ManualTime()
        let (one, two) = (try await node("one"), try await node("two", time))
        let key = try RequestKey("k", of: "o", fingerprint: "f")
        func ask() async throws -> Task<StoredResponse?, any Error> {
            let sleeping = time.sleeping
            let asking = Task { try await two.requests.claim(key) }
            try await eventually("it waits") { time.sleeping > sleeping }
            return asking
        }
        func letTimePass(until asking: Task<StoredResponse?, any Error>) async -> Result<StoredResponse?, any Error> {
            let passing = Task {
                while !Task.isCancelled {
                    time.advance(by: 1000)
                    await Task.yield()
                }
            }
            defer { passing.cancel() }
            return await asking.result
        }
        #expect(try await one.requests.claim(key) == nil)
        let refused = await letTimePass(until: try await ask())
        #expect(throws: RuntimeError.inProgress()) { try refused.get() }
        let waiting = try await ask()
        let answer = StoredResponse(status: 200, body: .null, session: nil).answering(key)
        try await base.save(answer, to: key.id, at: 1)
        await one.requests.release(key)
        #expect(try await letTimePass(until: waiting).get() == answer)
    }

    @Test("a request that came to nothing may be sent to another node")
    func releasedRequest() async throws {
        let (one, two) = (try await node("one"), try await node("two"))
        let key = try RequestKey("k", of: "o", fingerprint: "f")
        await #expect(throws: RuntimeError.self) {
            try await one.requests.once(key) { throw RuntimeError.superseded() }
        }
        #expect(try await two.requests.claim(key) == nil)
    }

    @Test(
        "what is looked at is as the store has it, also when another node has written it or another session has its id"
    )
    func freshLooks() async throws {
        let (one, two) = (try await node("one"), try await node("two"))
        try await say("1", one)
        #expect(try await two.present(of: key).messages.count == 2)
        try await say("2", one)
        #expect(try await two.present(of: key).messages.count == 4)
        #expect(try await two.address(of: key) == "one")
        #expect(try await one.address(of: key) == nil)
        await sleep(one)
        #expect(try await two.address(of: key) == nil)
        #expect(try await two.present(of: key).messages.count == 4)
        try await one.delete(key)
        try await say("x", one)
        try await say("y", one)
        #expect(try await two.present(of: key).messages.map(\.text) == ["x", "re: x", "y", "re: y"])
    }

    @Test("what still runs of a session that was deleted does not take the one that came after it")
    func deleted() async throws {
        let house = House()
        let one = try await DiaryAgent.runtime(SharedStore(base, ledger, node: "one"), ManualTime(), house)
        let agent = try one.agent(nil)
        let hook = DiaryAgent.$house.withValue(house) {
            Task { try await one.handleHook("write", of: agent, DiaryAgent.hook("a", "x wait")) }
        }
        try await eventually("the hook runs") { house.gate.waiting == 1 }
        try await one.delete(key)
        try await say("again", one)
        let claims = ledger.log
        house.gate.open()
        await #expect(throws: RuntimeError.self) { try await hook.value }
        #expect(ledger.log == claims)
        #expect(try await texts() == ["again", "re: again"])
    }

    @Test("a store of one process asks for nothing", arguments: [StoreKind.memory, .sqlite])
    func alone(kind: StoreKind) async throws {
        try await kind.with { store in
            #expect(try await store.claim(key) == .mine(HeldSession(key: key, epoch: 0, seq: nil)))
            try await store.release(HeldSession(key: key))
            #expect(try await store.claimTick(of: JobKey(agent: "diary", job: "sweep"), at: 1))
            #expect(try await store.claimRequest("r") == .mine)
            let answer = StoredResponse(status: 200, body: .null, session: nil)
            try await store.save(answer, to: "r", at: 1)
            #expect(try await store.claimRequest("r") == .answered(answer))
        }
    }
}

private struct OwnershipModel: Provider {
    var name: String { "none" }
    var model: String { "none" }

    func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        throw ToolError("nobody asks")
    }
}
