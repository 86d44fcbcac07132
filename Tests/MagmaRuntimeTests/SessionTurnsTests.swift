import Magma
import SessionModel
import Testing

@testable import MagmaRuntime

@Suite("What carries a session's turns out")
struct SessionTurnsTests {
    /// A task that runs until it is cancelled.
    private func task() -> Task<TurnReply, any Error> {
        Task {
            while !Task.isCancelled { await Task.yield() }
            throw CancellationError()
        }
    }

    @Test("a turn that waits has its place when the one before it leaves")
    func queue() async {
        var turns = SessionTurns()
        #expect(turns.isEmpty)
        let admission = turns.enter("a", policy: .queue)
        #expect(admission == .run)
        let own = turns.place(of: "a")
        #expect(await own.value)
        _ = turns.enter("b", policy: .queue)
        let place = turns.place(of: "b")
        turns.leave()
        #expect(await place.value)
        turns.leave()
        #expect(turns.isEmpty)
        #expect(turns.queue.unfinished == ["a", "b"])
    }

    @Test("a newer turn cancels the one that runs, and those that wait lose their place")
    func interrupt() async {
        var turns = SessionTurns()
        _ = turns.enter("a", policy: .interrupt)
        let running = task()
        turns.carryOut("a", in: running)
        _ = turns.enter("b", policy: .interrupt)
        #expect(running.isCancelled)
        let place = turns.place(of: "b")
        _ = turns.enter("c", policy: .interrupt)
        let late = turns.place(of: "b")
        #expect(await !place.value)
        #expect(await !late.value)
        #expect(turns.queue.isSuperseded("a") && turns.queue.isSuperseded("b") && !turns.queue.isSuperseded("c"))
    }

    @Test("cancelling takes the named turn or the one that runs, once it is carried out")
    func cancel() async {
        var turns = SessionTurns()
        _ = turns.enter("a", policy: .queue)
        let early = turns.cancel(nil)
        #expect(!early)
        let (first, second) = (task(), task())
        turns.carryOut("a", in: first)
        _ = turns.enter("b", policy: .queue)
        turns.carryOut("b", in: second)
        let place = turns.place(of: "b")
        let isCancelled = turns.cancel("b")
        #expect(isCancelled)
        #expect(await !place.value)
        #expect(second.isCancelled && !first.isCancelled)
        let isRunningCancelled = turns.cancel(nil)
        #expect(isRunningCancelled)
        #expect(first.isCancelled)
        turns.forget("b")
        let gone = turns.cancel("b")
        #expect(!gone)
    }
}
