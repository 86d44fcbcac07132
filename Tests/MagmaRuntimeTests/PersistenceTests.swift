import Foundation
import Inspection
import Magma
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Persistence of sessions", .timeLimit(.minutes(15)))
struct PersistenceTests {
    @Test("an idle session sleeps, and wakes with context and state for a chat", arguments: StoreKind.allCases)
    func sleepAndWake(kind: StoreKind) async throws {
        try await kind.with { store in
            try await DiaryAgent.with(store) { runtime, time, house in
                let session = try await runtime.open("a")
                _ = try await runtime.say("one", to: session)
                try await sleep(session.key, runtime, time)
                #expect(await house.cleanups == 1)
                #expect(runtime.directory.index.counts.all == 0)
                #expect(try await runtime.stats().counts.asleep == 1)
                let page = try await runtime.sessions(SessionsQuery(offset: 0, limit: 9))
                #expect(page.rows.map(\.status) == [.asleep])

                let woken = try await runtime.open("a")
                #expect(woken !== session)
                _ = try await runtime.say("two", to: woken)
                #expect(await woken.fold.messages.map(\.text) == ["one", "re: one", "two", "re: two"])
                #expect(await woken.fold.state["entries"] == ["one", "two"])
                #expect(await woken.fold.state["setups"] == 1)
                #expect(try await runtime.stats().counts.awake == 1)
                #expect(try await runtime.state(woken) == woken.fold.state)
            }
        }
    }

    @Test("looking at a session that sleeps does not wake it", arguments: StoreKind.allCases)
    func looking(kind: StoreKind) async throws {
        try await kind.with { store in
            try await DiaryAgent.with(store) { runtime, time, _ in
                let key = try await runtime.open("a").key
                _ = try await runtime.say("one", to: try await runtime.existingSession(key))
                try await sleep(key, runtime, time)
                let head = try await runtime.head(of: key, window: nil)
                #expect(head.summary.status == .asleep)
                #expect(head.messages.count == 2)
                #expect(head.state["entries"] == ["one"])
                #expect(try await runtime.store.record(of: key)?.summary.status == .asleep)
                try await sleep(key, runtime, time)
            }
        }
    }

    @Test("a session in use does not sleep", arguments: ["client", "turn"])
    func inUse(use: String) async throws {
        try await DiaryAgent.with(MemoryStore()) { runtime, time, house in
            let session = try await runtime.open("a")
            if use == "client" { _ = try await session.connect() }
            let ticket = use == "turn" ? try await runtime.send([.user("wait")], to: session.key) : nil
            if ticket != nil { try await eventually("the model is asked") { house.gate.waiting == 1 } }
            time.advance(by: 3_000_000)
            try await eventually("the house is kept") { time.sleeping >= 3 }
            #expect(await !session.sleep(ifIdleSince: time.uptime - 600_000))
            #expect(runtime.directory.isLoaded(session.key))
            house.gate.open()
            _ = await ticket?.result
        }
    }

    @Test("when memory is short the sessions that were not used for longest sleep")
    func memory() async throws {
        var limits = RuntimeLimits()
        limits.sessions.memory = 1
        try await DiaryAgent.with(MemoryStore(), limits: limits) { runtime, time, _ in
            _ = try await runtime.open("old")
            time.advance(by: 2000)
            _ = try await runtime.open("new")
            time.advance(by: 500)
            await Maintenance(of: runtime).putIdleToSleep()
            #expect(!runtime.directory.isLoaded(SessionKey(agent: "diary", session: "old")))
            #expect(runtime.directory.isLoaded(SessionKey(agent: "diary", session: "new")))
        }
    }

    @Test("a job is paused in a session that sleeps, without waking it")
    func pauseAsleep() async throws {
        try await DiaryAgent.with(MemoryStore()) { runtime, time, _ in
            let key = try await runtime.open("a").key
            try await sleep(key, runtime, time)
            let session = try await runtime.existingSession(key)
            try await runtime.pauseJob("chime", of: try runtime.agent(nil), on: session.key, by: me)
            #expect(try await runtime.summary(key)?.paused == true)
            #expect(try await runtime.summary(key)?.status == .asleep)
            #expect(try await runtime.jobs(of: session.blueprint, in: session.key).first?.paused == true)
        }
    }

    @Test("a temporary session of an agent that is not hosted goes with its time", arguments: StoreKind.allCases)
    func unhosted(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "gone", session: "tmp_1")
            var summary = SessionSummary(key: key, kind: .temporary, created: 1, origin: .chat)
            summary.status = .asleep
            summary.times.expires = 2
            let record = SessionRecord(summary: summary, state: [:], pausedJobs: [])
            try await store.appendAll([JournalEntry(key: key, events: [], record: record)])
            try await DiaryAgent.with(store) { runtime, _, _ in
                try await eventually("it is gone") { try await store.record(of: key) == nil }
            }
        }
    }

    @Test("an exchange that was never answered says why", arguments: StoreKind.allCases)
    func unanswered(kind: StoreKind) async throws {
        try await kind.with { store in
            let request = RecordedRequest(method: "POST", path: "/", query: [:], headers: [:])
            try await store.save(
                Exchange(id: "ex_1", agent: "diary", hook: "write", why: "", request: request, received: 1)
            )
            _ = try await DiaryAgent.runtime(store)
            #expect(try await store.exchange("ex_1")?.error == "The runtime stopped before it was answered.")
        }
    }

    @Test("a job ticks on sessions that sleep, once, and they go back to sleep", arguments: StoreKind.allCases)
    func ticks(kind: StoreKind) async throws {
        try await kind.with { store in
            try await DiaryAgent.with(store) { runtime, time, _ in
                let keys = try await [runtime.open("a").key, runtime.open("b").key]
                for key in keys { try await sleep(key, runtime, time) }
                func chimed(_ key: SessionKey) async throws -> Int {
                    try await runtime.store.record(of: key)?.state["chimes"]?.int ?? 0
                }
                let next = try #require(runtime.scheduler.next("diary", "chime"))
                time.advance(by: next - time.now)
                for key in keys {
                    var ran: [Int64] = []
                    try await eventually("it ticked and sleeps") {
                        let events = try await runtime.store.events(of: key, after: 0, limit: .max)
                        ran = events.compactMap {
                            if case .tickFinished("chime", let scheduled, _, _, _) = $0.body { scheduled } else { nil }
                        }
                        let isAsleep = try await runtime.store.record(of: key)?.summary.status == .asleep
                        let chimes = try await chimed(key)
                        // A scheduler that wakes too late, since it was not waiting yet when the clock was moved, misses
                        // that hour and runs one after it.
                        if isAsleep && ran.contains(where: { $0 >= next }) && ran.count == chimes { return true }
                        // One that was still awake from the hour before is not put back to sleep by its tick.
                        time.advance(by: 1000)
                        return false
                    }
                    try await eventually("it is gone from memory") { !runtime.directory.isLoaded(key) }
                    #expect(Set(ran).count == ran.count)
                    let events = try await runtime.store.events(of: key, after: 0, limit: .max)
                    let isMissed = events.contains {
                        if case .tickMissed("chime", next, _) = $0.body { true } else { false }
                    }
                    #expect(ran.contains(next) || isMissed)
                }
            }
        }
    }

    @Test("what a runtime left is all there for the next one", arguments: StoreKind.allCases)
    func restart(kind: StoreKind) async throws {
        try await kind.with { store in
            let time = ManualTime()
            try await DiaryAgent.with(store, time: time) { runtime, _, _ in
                let agent = try runtime.agent(nil)
                let session = try await runtime.open("a")
                _ = try await runtime.say("one", to: session)
                _ = try await runtime.handleHook("write", of: agent, DiaryAgent.hook("a", "by hook"))
                try await runtime.pauseJob("chime", of: agent, on: session.key, by: me)
                try await runtime.pauseJob("late", of: agent, on: nil, by: me)
                try await runtime.runJob("chime", of: agent, on: session.key, by: me)
                try await runtime.runJob("sweep", of: agent, on: nil, by: me)
                try await eventually("both ran") {
                    try await runtime.ticks(of: agent, in: nil, job: nil, before: nil, limit: 9).ticks
                        .filter { $0.status == .ok }.count == 2
                }
                await session.settle()
            }
            time.advance(by: 60_000)
            try await DiaryAgent.with(store, time: time) { runtime, _, _ in
                let agent = try runtime.agent(nil)
                let session = try await runtime.existingSession(SessionKey(agent: "diary", session: "a"))
                #expect(await session.fold.state["entries"] == ["one", "by hook"])
                #expect(await session.fold.messages.count == 2)
                let jobs = try await runtime.jobs(of: agent, in: session.key)
                #expect(jobs.map(\.paused) == [true, true])
                #expect(jobs.first?.last.first?.status == .ok)
                let ticks = try await runtime.ticks(of: agent, in: nil, job: nil, before: nil, limit: 9).ticks
                #expect(Set(ticks.map(\.job)).isSuperset(of: ["chime", "sweep"]))
                let exchanges = try await store.exchanges(agent: nil, session: "a", hook: nil, before: nil, limit: 9)
                #expect(exchanges.map(\.hook) == ["write"])
            }
        }
    }

    @Test("ticks that were due meanwhile are recorded as missed, or made up for once", arguments: StoreKind.allCases)
    func missedTicks(kind: StoreKind) async throws {
        try await kind.with { store in
            let time = ManualTime()
            try await DiaryAgent.with(store, time: time) { runtime, _, _ in _ = try await runtime.open("a") }
            time.advance(by: 3 * 3_600_000)
            try await DiaryAgent.with(store, time: time) { runtime, _, _ in
                let key = SessionKey(agent: "diary", session: "a")
                try await eventually("it was made up for") {
                    try await runtime.store.fold(of: key, at: .max).state["lates"] == 1
                }
                let events = try await runtime.store.events(of: key, after: 0, limit: .max)
                let missed = events.filter { $0.body.kind == "tick.missed" }
                #expect(missed.count == 1)
                if case .tickMissed(let job, _, let reason)? = missed.first?.body {
                    #expect(job == "chime")
                    #expect(reason == "The runtime was not running; 3 ticks were due.")
                }
            }
        }
    }

    @Test("a static job that ran after the last sign of life is not said to have missed what it ran")
    func missedAfterCrash() async throws {
        let (store, time) = (MemoryStore(), ManualTime())
        let agent = try AgentBlueprint(DiaryAgent.self)
        let sweep = try #require(agent.jobs.first { $0.name == "sweep" })
        let hour: Int64 = 3_600_000
        let start = time.now
        let ran = try #require(sweep.missedTicks(in: start...start + 3 * hour))
        // Alive at the start, the runtime goes without a word after its last tick.
        try await DiaryAgent.with(store, time: time) { _, _, _ in }
        for scheduled in stride(from: ran.first, through: ran.last, by: Int(hour)) {
            try await store.append(Tick(job: "sweep", session: nil, scheduled: scheduled, status: .ok), of: agent.id)
        }
        time.advance(by: ran.last + hour + 60_000 - start)
        try await DiaryAgent.with(store, time: time) { _, _, _ in
            try await eventually("it is recorded") {
                try await store.staticTicks(of: agent.id).contains { $0.status == .missed }
            }
            let missed = try await store.staticTicks(of: agent.id).filter { $0.status == .missed }
            #expect(missed.map(\.scheduled) == [ran.last + hour])
            #expect(missed.map(\.error) == ["The runtime was not running."])
        }
    }

    @Test("a turn is asked for its settings by its own message, though others wait behind it")
    func ownSettings() async throws {
        try await DiaryAgent.with(MemoryStore()) { runtime, _, house in
            let session = try await runtime.open("a")
            let first = try await runtime.send([.user("wait")], to: session.key)
            try await eventually("the model is asked") { house.gate.waiting == 1 }
            let others = try await [
                runtime.send([.user("second")], to: session.key), runtime.send([.user("third")], to: session.key),
            ]
            house.gate.open()
            for ticket in [first] + others { _ = try await ticket.reply }
            #expect(await house.asked == ["wait", "second", "third"])
        }
    }

    /// Lets the idle time pass, in steps that miss no tick.
    private func sleep(_ key: SessionKey, _ runtime: Runtime, _ time: ManualTime) async throws {
        try await eventually("it is gone from memory") {
            if !runtime.directory.isLoaded(key) { return true }
            // Only while the house waits for its next round, so that no hour goes by unseen.
            if let next = time.nextWake, next <= time.now + 30_000 { time.advance(by: next - time.now) }
            return false
        }
    }
}
