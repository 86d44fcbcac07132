import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Time limits", .timeLimit(.minutes(15)))
struct DeadlinesTests {
    @Test(
        "a set clock ends no limit early and none late, makes nothing idle, and temporary sessions stay for their time"
    )
    func clockAndLimits() async throws {
        let gate = Gate()
        try await withRuntime(ProbeAgent.Plan(setup: { try await gate.pass() })) { runtime, time, _ in
            let opening = Task { try await runtime.open("a") }
            try await eventually("setup runs") { gate.waiting == 1 }
            time.set(by: -3_600_000)
            time.advance(by: RuntimeLimits().handlers.setup - 1)
            #expect(gate.waiting == 1)
            time.set(by: 7_200_000)
            #expect(gate.waiting == 1)
            time.advance(by: 1)
            await #expect(throws: RuntimeError.self) { _ = try await opening.value }
            gate.open()
            let temporary = try await runtime.open(nil)
            let lasting = try await runtime.open("b")
            time.set(by: 86_400_000)
            await Maintenance(of: runtime).putIdleToSleep()
            await Maintenance(of: runtime).retireTemporarySessions()
            #expect(runtime.directory.loaded(lasting.key) != nil)
            #expect(runtime.directory.loaded(temporary.key) != nil)
            time.set(by: -2 * 86_400_000)
            time.advance(by: RuntimeLimits().sessions.temporary + 1)
            await Maintenance(of: runtime).retireTemporarySessions()
            #expect(await temporary.hasEnded)
        }
    }

    @Test("each ends at its own time, also one that is shorter than those before it")
    func order() async throws {
        let time = ManualTime()
        let (deadlines, gate) = (Deadlines(time: time), Gate())
        let begin = time.now
        func limited(_ milliseconds: Int64) -> Task<Int64, Never> {
            Task {
                do { try await deadlines.limit(milliseconds: milliseconds) { try await gate.pass() } } catch {}
                return time.now - begin
            }
        }
        let long = limited(10_000)
        try await eventually("the long one runs") { gate.waiting == 1 && time.sleeping == 1 }
        let short = limited(4000)
        try await eventually("both run") { gate.waiting == 2 && time.nextWake == begin + 4000 }
        time.advance(by: 4000)
        #expect(await short.value == 4000)
        try await eventually("the long one is slept for") { time.nextWake == begin + 10_000 }
        time.advance(by: 6000)
        #expect(await long.value == 10_000)
    }

    @Test("what ends in time is told, what it throws too, and a cancelled wait at once")
    func inTime() async throws {
        let time = ManualTime()
        let (deadlines, gate) = (Deadlines(time: time), Gate())
        #expect(try await deadlines.limit(milliseconds: 1000) { 7 } == 7)
        await #expect(throws: TimeLimitExceeded.self) {
            try await deadlines.limit(milliseconds: 1000) { throw TimeLimitExceeded() }
        }
        let waiting = Task { try await deadlines.limit(milliseconds: 1000) { try await gate.pass() } }
        try await eventually("it waits") { gate.waiting == 1 }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await eventually("what it ran is cancelled as well") { gate.waiting == 0 }
        // One sleeper stands for all three.
        #expect(time.sleeping == 1)
    }
}
