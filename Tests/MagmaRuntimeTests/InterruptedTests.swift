import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("What a dead runtime left in the middle", .timeLimit(.minutes(15)))
struct InterruptedTests {
    @Test("a turn is taken back as interrupted", arguments: StoreKind.allCases)
    func interrupted(kind: StoreKind) async throws {
        try await kind.with { store in
            let house = House()
            let dead = try await DiaryAgent.runtime(store, ManualTime(), house)
            let session = try await dead.open("a")
            _ = try await dead.say("one", to: session)
            let before = await session.fold
            _ = try await dead.send([.user("note, then wait")], to: session.key)
            try await eventually("the model is asked again") { house.gate.waiting == 1 }
            #expect(await session.fold.state != before.state)
            _ = try await dead.send([.user("behind it")], to: session.key)

            let next = try await DiaryAgent.runtime(store, ManualTime(), house)
            let found = try await next.existingSession(session.key)
            let fold = await found.fold
            #expect(fold.messages == before.messages)
            #expect(fold.state == before.state)
            for event in try await next.journal(found).suffix(2) {
                guard case .turnFinished(let result) = event.body else { throw ToolError("\(event)") }
                #expect(result.status == .interrupted)
            }
            #expect(try await store.record(of: session.key)?.openTurns == [])
            _ = try await next.say("two", to: try await next.open("a"))
            #expect(try await next.state(found)["entries"] == ["one", "two"])
            house.gate.open()
        }
    }

    @Test(
        "a hook whose change was stored before its answer is taken back, and what others did stays",
        arguments: StoreKind.allCases
    )
    func interruptedHook(kind: StoreKind) async throws {
        try await kind.with { store in
            let house = House()
            let dead = try await DiaryAgent.runtime(store, ManualTime(), house)
            let session = try await dead.open("a")
            _ = try await dead.say("one", to: session)
            var record = try #require(try await store.record(of: session.key))
            let start = await session.fold
            let bodies: [(SessionEvent.Body, cause: Int?)] = [
                (.hookReceived(exchange: "ex_1", hook: "write"), nil),
                (.stateChanged(JSONPatch([.replace(JSONPointer(["chimes"]), 7)])), start.seq + 1),
                (.stateChanged(JSONPatch([.replace(JSONPointer(["lates"]), 3)])), nil),
            ]
            let events = bodies.enumerated().map { index, event in
                SessionEvent(seq: start.seq + 1 + index, at: 1, cause: event.cause, body: event.0)
            }
            record.openHooks = [start.seq + 1]
            try await store.appendAll([JournalEntry(key: session.key, events: events, record: record)])

            let next = try await DiaryAgent.runtime(store, ManualTime(), house)
            let found = try await next.existingSession(session.key)
            let state = await found.fold.state
            #expect(state["chimes"] == start.state["chimes"])
            #expect(state["lates"] == 3)
            let last = try await next.journal(found).last
            guard case .hookAnswered("ex_1", "write", 500, _, let error) = last?.body else {
                throw ToolError("\(String(describing: last))")
            }
            #expect(last?.cause == start.seq + 1)
            #expect(error == "The runtime stopped while it ran.")
            #expect(try await store.record(of: session.key)?.isInterrupted == false)
        }
    }
}
