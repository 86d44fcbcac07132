import Inspection
import Magma
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Jobs", .timeLimit(.minutes(2)))
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
            let (found, _) = try await runtime.ticks(of: agent, in: sessions[0], job: "count", before: nil, limit: 10)
            #expect(found.map(\.status) == [.ok, .ok, .ok])
            #expect(found.map(\.scheduled) == [1_800_000_003_000, 1_800_000_002_000, 1_800_000_001_000])
            #expect(found[0].started == found[0].scheduled)
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
            let (found, _) = try await runtime.ticks(of: agent, in: session, job: "stuck", before: nil, limit: 10)
            #expect(found.filter { $0.scheduled < 3 }.map(\.status) == [.missed, .timeout])
        }
    }

    @Test("a paused job does not tick, but runs by hand")
    func pause() async throws {
        try await withRuntime { runtime, time, agent in
            let session = try await runtime.open("a")
            try await runtime.pauseJob("count", of: agent, on: session, true)
            let job = try #require(agent.job("count"))
            await session.tick(job, scheduled: time.now)
            #expect(try await runtime.state(session)["count"] == 0)
            await session.tick(job, scheduled: time.now, isByHand: true)
            #expect(try await runtime.state(session)["count"] == 1)
            #expect(try await runtime.summary(session.key)?.paused == true)
            #expect(await runtime.jobs(of: agent, in: session).first { $0.job == "count" }?.paused == true)
        }
    }

    @Test("a static job runs once an agent, and what it throws is recorded")
    func statics() async throws {
        try await withRuntime { runtime, _, agent in
            try await runtime.runJob("sweep", of: agent, on: nil)
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
            await #expect(throws: RuntimeError.self) { try await runtime.runJob("nope", of: agent, on: nil) }
            await #expect(throws: RuntimeError.self) { try await runtime.runJob("sweep", of: agent, on: session) }
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
                try await runtime.runJob("count", of: agent, on: session)
            }
            #expect(error?.code == "session_ended")
        }
    }
}
