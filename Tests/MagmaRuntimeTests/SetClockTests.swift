import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Jobs when the clock is set", .timeLimit(.minutes(15)))
struct SetClockTests {
    private func chimes(_ runtime: Runtime) async throws -> [Int64] {
        try await runtime.store.events(of: Self.key, after: 0, limit: .max).compactMap { event in
            if case .tickFinished("chime", let scheduled, .ok, _, _) = event.body { scheduled } else { nil }
        }
    }

    private static let key = SessionKey(agent: "diary", session: "a")
    private static let hour: Int64 = 3_600_000

    @Test(
        "where the clock comes from a store and was ahead for a while, ticks go on when it is right again",
        arguments: [false, true]
    )
    func wasAhead(isAsleep: Bool) async throws {
        let time = ManualTime()
        let store = SharedStore(MemoryStore(), SharedStore.Ledger(), node: "one")
        try await DiaryAgent.with(store, time: time) { runtime, _, _ in
            _ = try await runtime.open("a")
            func tick(_ count: Int) async throws {
                if isAsleep { await Maintenance(of: runtime).putAllToSleep(within: 60_000) }
                let begin = time.uptime
                try await eventually("tick \(count)") {
                    if try await chimes(runtime).count >= count { return true }
                    if time.uptime - begin < Double(3 * Self.hour) { time.advance(by: 5000) }
                    return false
                }
            }
            try await tick(1)
            time.set(by: 10 * Self.hour)
            try await tick(2)
            time.set(by: -10 * Self.hour)
            try await tick(4)
            let ran = try await chimes(runtime)
            #expect(Set(ran).count == ran.count)
        }
    }

    @Test(
        "a job runs when it is due by the clock that was set, not only when its old wait is over",
        arguments: [10_000, 3000],
        [109 * 60_000, -71 * 60_000]
    )
    func soon(before: Int64, change: Int64) async throws {
        let time = ManualTime()
        try await DiaryAgent.with(MemoryStore(), time: time) { runtime, _, _ in
            _ = try await runtime.open("a")
            // 8:11, from where it goes to a moment before a full hour.
            time.advance(by: 11 * 60_000)
            try await eventually("jobs wait") { time.sleeping >= 4 }
            time.set(by: change - before)
            let due = (time.now / Self.hour + 1) * Self.hour
            #expect(due - time.now == before)
            for _ in 0..<16 {
                try await eventually("all wait") { time.sleeping >= 4 }
                time.advance(by: 1000)
                if try await chimes(runtime).contains(due) { break }
            }
            // The clock stands still from here on: 16 s, of an old wait of up to 60.
            try await eventually("it ran") { try await chimes(runtime).contains(due) }
        }
    }
}
