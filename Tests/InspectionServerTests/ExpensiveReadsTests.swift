import TestSupport
import Testing

@testable import InspectionServer

@Suite("Readings that take long", .timeLimit(.minutes(15)))
struct ExpensiveReadsTests {
    @Test("one reading of everything at a time, and what somebody asked for first")
    func reads() async throws {
        let time = ManualTime()
        let reads = ExpensiveReads(time: time)
        let gate = Gate()
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await reads.run(.refresh) { try await gate.pass() } }
            try await eventually("it reads") { gate.waiting == 1 }
            for (name, urgency) in [("refresh", .refresh), ("asked", .asked)] as [(String, ExpensiveReads.Urgency)] {
                group.addTask { try await reads.run(urgency) { await order.add(name) } }
                try await eventually("\(name) waits") { reads.waiting == (name == "asked" ? 2 : 1) }
            }
            let cancelled = Task { try await reads.run(.asked) {} }
            try await eventually("it waits") { reads.waiting == 3 }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            gate.open()
            try await group.waitForAll()
        }
        #expect(await order.names == ["asked", "refresh"])
    }

    private actor Order {
        var names: [String] = []
        func add(_ name: String) { names.append(name) }
    }
}
