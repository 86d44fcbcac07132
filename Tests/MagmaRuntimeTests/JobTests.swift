import Inspection
import Logging
import Magma
import MagmaProviders
import ServiceLifecycle
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Jobs", .timeLimit(.minutes(15)))
struct JobTests {
    @Test("a job ticks on every session, once a second, and each tick is recorded")
    func ticks() async throws {
        try await withRuntime { runtime, time, agent in
            let sessions = [try await runtime.open("a"), try await runtime.open("b")]
            for second in 1...3 {
                let next = try #require(time.nextWake)
                time.advance(by: next - time.now)
                try await eventually("tick \(second)") {
                    for session in sessions where try await runtime.state(session)["count"] != .int(second) {
                        return false
                    }
                    return time.nextWake ?? 0 > next
                }
            }
            let (found, _) = try await runtime.ticks(
                of: agent,
                in: sessions[0].key,
                job: "count",
                before: nil,
                limit: 10
            )
            #expect(found.map(\.status) == [.ok, .ok, .ok])
            #expect(found.map(\.scheduled) == [1_800_000_003_000, 1_800_000_002_000, 1_800_000_001_000])
            #expect(found[0].started == found[0].scheduled)
        }
    }

    @Test(
        "ticks that came due while nothing ran are missed by the job's rule, and the newest runs if it is not late by much",
        arguments: [
            ("* * * * * *", MissedTicks.skip, 0, 0, nil, 0), ("* * * * * *", .skip, 900, 0, nil, 0),
            ("* * * * * *", .skip, 70_500, 70_000, 0, 70), ("* * * * * *", .once, 70_500, 70_000, nil, 0),
            ("0 * * * * *", .skip, 5_000, 0, nil, 0), ("0 * * * * *", .skip, 70_000, 60_000, 0, 1),
            ("0 * * * * *", .skip, 40_000, nil, 0, 1), ("0 * * * * *", .once, 40_000, 0, nil, 0),
            ("0 * * * * *", .skip, -3_600_000, 0, nil, 0), ("* * * * * *", .skip, 7_200_500, nil, 0, 1000),
        ] as [(String, MissedTicks, Int64, Int64?, Int64?, Int)]
    )
    func late(schedule: String, rule: MissedTicks, by late: Int64, run: Int64?, missed: Int64?, count: Int) throws {
        let first: Int64 = 1_800_000_000_000
        let job = AgentBlueprint.Job(
            Job<ProbeAgent>.onAgent("j", try CronExpression(schedule), missed: rule) {}
        )
        let due = DueTicks(of: job, from: first, at: first + late)
        #expect(due.run == run.map { first + $0 })
        #expect(due.missed?.first == missed.map { first + $0 })
        #expect(due.missed?.count ?? 0 == count)
        #expect(due.last >= first && due.last <= max(first, first + late))
    }

    @Test("a tick that runs when the runtime is shut down has its time, and no other begins")
    func shutdown() async throws {
        let (time, plan) = (ManualTime(), ProbeAgent.Plan())
        let runtime = try await ProbeAgent.$plan.withValue(plan) {
            try await Runtime(
                agents: [AgentBlueprint(ProbeAgent.self)],
                provider: ScriptedProvider(),
                time: time,
                ids: CountingIDs()
            )
        }
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [Clockwork(runtime: runtime)], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the scheduler waits") { time.sleeping >= 4 }
            let session = try await runtime.open("a")
            // 1_800_000_000 is a full hour, so that the next is 3600 s later.
            time.advance(by: 3_600_000)
            try await eventually("the tick runs, and the other has run") {
                guard plan.gate.waiting == 1 else { return false }
                return try await runtime.state(session)["count"] == 1
            }
            await group.triggerGracefulShutdown()
            try await eventually("it is told") { runtime.isShuttingDown }
            time.advance(by: 3000)
            plan.gate.open()
            try await tasks.waitForAll()
            let journal = try await runtime.journal(session)
            let started = journal.compactMap { event -> String? in
                guard case .tickStarted(let job, _) = event.body else { return nil }
                return job
            }
            #expect(started.sorted() == ["count", "stuck"])
            let ends = journal.compactMap { event -> TickStatus? in
                guard case .tickFinished("stuck", _, let status, _, _) = event.body else { return nil }
                return status
            }
            #expect(ends == [.ok])
            #expect(try await runtime.summary(session.key)?.trouble == nil)
        }
    }

    @Test("after a pause the ticks that were due are recorded as missed, with the reason")
    func paused() async throws {
        try await withRuntime { runtime, time, agent in
            let session = try await runtime.open("a")
            let idle = try await runtime.open("idle")
            try await runtime.pauseJob("count", of: agent, on: idle.key, by: me)
            time.advance(by: 70_500)
            func missed() async throws -> [Tick] {
                try await runtime.ticks(of: agent, in: session.key, job: "count", before: nil, limit: 100).ticks
                    .filter { $0.status == .missed }
            }
            try await eventually("it is recorded") { try await !missed().isEmpty }
            let tick = try #require(try await missed().first)
            #expect(tick.scheduled == 1_800_000_001_000)
            #expect(tick.error == "The process was paused; 69 ticks were due.")
            try await eventually("it ticks again") { try await runtime.state(session)["count"] == 1 }
            // Nothing was due where the job is paused.
            let (none, _) = try await runtime.ticks(of: agent, in: idle.key, job: "count", before: nil, limit: 100)
            #expect(none.isEmpty)
        }
    }

    @Test("pages of runs end between two moments, so that none is left out", arguments: [1, 5, 12, 13, 24, 100])
    func pages(limit: Int) async throws {
        try await withRuntime { runtime, _, agent in
            let job = try #require(agent.job("count"))
            for number in 0..<12 { _ = try await runtime.open("s\(number)") }
            for moment: Int64 in [1000, 2000] { await runtime.scheduler.fire(job, of: agent, scheduled: moment) }
            var (found, before, more) = ([Tick](), Int64?.none, true)
            while more {
                let page = try await runtime.ticks(of: agent, in: nil, job: "count", before: before, limit: limit)
                #expect(page.ticks.count >= min(limit, 24 - found.count))
                found += page.ticks
                (before, more) = (page.ticks.last?.scheduled, page.more)
            }
            #expect(found.count == 24 && Set(found.map { "\($0.session ?? "") \($0.scheduled)" }).count == 24)
        }
    }

    @Test(
        "a schedule goes on from where the clock is set to, back or forward",
        arguments: [-3_600_000, -86_400_000, 3_600_000]
    )
    func clockSet(by change: Int64) async throws {
        try await withRuntime { runtime, time, agent in
            let session = try await runtime.open("a")
            func ticked() async throws -> Int { try await runtime.state(session)["count"]?.int ?? 0 }
            time.advance(by: 1000)
            try await eventually("it ticks") { try await ticked() == 1 }
            time.set(by: change)
            for count in 2...4 {
                // The scheduler notices it within a second of this job, and continues by the new clock.
                try await eventually("tick \(count)") {
                    if try await ticked() >= count { return true }
                    time.advance(by: 500)
                    return try await ticked() >= count
                }
            }
            // On a slow machine many come while one still runs, and are missed.
            let (found, _) = try await runtime.ticks(of: agent, in: session.key, job: "count", before: nil, limit: 1000)
            let newest = try #require(found.first { $0.status == .ok })
            #expect(abs(newest.scheduled - time.now) < 60_000)
            if change > 0 {
                try await eventually("the missed ones are recorded, beside the ticks") {
                    try await runtime.ticks(of: agent, in: session.key, job: "count", before: nil, limit: 1000).ticks
                        .contains { $0.error?.hasPrefix("The clock was set forward") == true }
                }
            }
        }
    }

    @Test("a tick that comes while the last still runs is missed, and one that takes too long times out")
    func overlap() async throws {
        let plan = ProbeAgent.Plan()
        try await withRuntime(plan) { runtime, time, agent in
            let session = try await runtime.open("a")
            let job = try #require(agent.job("stuck"))
            let first = Task { await session.tick(job, scheduled: 1) }
            try await eventually("it runs") { plan.gate.waiting == 1 }
            await session.tick(job, scheduled: 2)
            time.advance(by: 300_000)
            await first.value
            let (found, _) = try await runtime.ticks(of: agent, in: session.key, job: "stuck", before: nil, limit: 10)
            #expect(found.filter { $0.scheduled < 3 }.map(\.status) == [.missed, .timeout])
        }
    }

    @Test("a session whose run takes long holds up neither those that sleep nor the next tick of others")
    func slow() async throws {
        let plan = ProbeAgent.Plan()
        try await withRuntime(plan) { runtime, _, agent in
            _ = try await runtime.open("awake")
            let asleep = try await runtime.open("asleep")
            #expect(await asleep.sleep(ifIdleSince: .infinity))
            let job = try #require(agent.job("stuck"))
            async let first: Void = runtime.scheduler.fire(job, of: agent, scheduled: 1)
            try await eventually("both run") { plan.gate.waiting == 2 }
            let late = try await runtime.open("late")
            async let second: Void = runtime.scheduler.fire(job, of: agent, scheduled: 2)
            try await eventually("the new one runs too") { plan.gate.waiting == 3 }
            plan.gate.open()
            _ = await (first, second)
            let (ticks, _) = try await runtime.ticks(of: agent, in: late.key, job: "stuck", before: nil, limit: 9)
            #expect(ticks.map(\.status) == [.ok])
        }
    }

    @Test("a paused job does not tick, but runs when it is started manually")
    func pause() async throws {
        try await withRuntime { runtime, time, agent in
            let session = try await runtime.open("a")
            try await runtime.pauseJob("count", of: agent, on: session.key, by: me)
            let job = try #require(agent.job("count"))
            await session.tick(job, scheduled: time.now)
            #expect(try await runtime.state(session)["count"] == 0)
            await session.tick(job, scheduled: time.now, by: .hand, isAwaited: true)
            #expect(try await runtime.state(session)["count"] == 1)
            #expect(try await runtime.summary(session.key)?.paused == true)
            #expect(try await runtime.jobs(of: agent, in: session.key).first { $0.job == "count" }?.paused == true)
        }
    }

    @Test("a static job runs once an agent, and what it throws is recorded")
    func statics() async throws {
        try await withRuntime { runtime, _, agent in
            try await runtime.runJob("sweep", of: agent, on: nil, by: me)
            try await eventually("it ran") {
                try await !runtime.ticks(of: agent, in: nil, job: "sweep", before: nil, limit: 1).ticks.isEmpty
            }
            let tick = try #require(
                await runtime.ticks(of: agent, in: nil, job: "sweep", before: nil, limit: 1).ticks.first
            )
            #expect(tick.status == .failed)
            #expect(tick.error == "sweep broke")
            #expect(tick.session == nil)
        }
    }

    @Test("jobs that are not there, or not a session's, are refused")
    func refusals() async throws {
        try await withRuntime { runtime, _, agent in
            let session = try await runtime.open("a")
            await #expect(throws: RuntimeError.self) { try await runtime.runJob("nope", of: agent, on: nil, by: me) }
            await #expect(throws: RuntimeError.self) {
                try await runtime.runJob("sweep", of: agent, on: session.key, by: me)
            }
        }
    }

    @Test("an ended session no longer ticks")
    func ended() async throws {
        try await withRuntime { runtime, time, agent in
            let session = try await runtime.open("a")
            try await session.end(reason: "test")
            let events = try await runtime.journal(session).count
            await session.tick(try #require(agent.job("count")), scheduled: time.now)
            #expect(try await runtime.journal(session).count == events)
            let error = await #expect(throws: RuntimeError.self) {
                try await runtime.runJob("count", of: agent, on: session.key, by: me)
            }
            #expect(error?.code == "session_ended")
        }
    }

    @Test("a pause between the readings of the two clocks is not taken for a clock that was set")
    func pausedBetweenReadings() { #expect(PausedTime().wallOffset == 1_000_000) }
}

/// The two clocks of a process that is paused for a minute after it has read its uptime once.
private final class PausedTime: TimeSource {
    private let elapsed = Mutex(0.0)

    var now: Int64 { 1_000_000 + Int64(elapsed.withLock(\.self)) }
    var uptime: Double {
        elapsed.withLock { elapsed in
            defer { elapsed = 60_000 }
            return elapsed
        }
    }

    func sleep(until moment: Double) async throws {}
}

/// A runtime in a group of services, as a server runs it.
private struct Clockwork: Service {
    let runtime: Runtime

    func run() async throws { try await runtime.run() }
}
