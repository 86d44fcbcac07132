import Magma
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("A store that takes nothing for a while", .timeLimit(.minutes(15)))
struct FullStoreTests {
    @Test(
        "after a store took nothing for a while, a session with a job goes on from what is stored, and says what it missed"
    )
    func fullForAWhile() async throws {
        let (base, time) = (MemoryStore(), ManualTime())
        let store = SharedStore(base, SharedStore.Ledger(), node: "one")
        let key = SessionKey(agent: "diary", session: "a")
        try await DiaryAgent.with(store, time: time) { runtime, _, _ in
            _ = try await runtime.open("a")
            let agent = try runtime.agent(nil)
            let chime = try #require(agent.job("chime"))
            func fire(_ times: ClosedRange<Int64>) async {
                for due in times { await runtime.scheduler.fire(chime, of: agent, scheduled: due) }
            }
            func chimes() async throws -> JSON? { try await base.fold(of: key, at: .max).state["chimes"] }
            await fire(1...2)
            try await eventually("they are stored") { try await chimes() == 2 }
            store.isFull.withLock { $0 = true }
            // Nobody waits for what a tick writes.
            await fire(3...3)
            try await eventually("it is let go") { runtime.directory.loadedCount == 0 }
            await fire(4...6)
            store.isFull.withLock { $0 = false }
            await fire(7...8)
            try await eventually("it goes on from what was stored") { try await chimes() == 4 }
            let place = SessionPlace(lasting: key)
            _ = try await runtime.send([.user("hi")], to: place, origin: .chat).reply
            let events = try await base.events(of: key, after: 0, limit: .max)
            #expect(events.map(\.seq) == Array(1...events.count))
            let missed = events.compactMap { event in
                if case .tickMissed(_, let due, let why) = event.body { "\(due) \(why)" } else { nil }
            }
            #expect(missed == ["4 The session could not be read or stored; 3 ticks were due."])
            #expect(try await runtime.present(of: key).state["chimes"] == 4)
        }
    }
}
