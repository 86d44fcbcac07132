import SessionModel
import Testing

@testable import MagmaRuntime

@Suite("What a session has recorded")
struct EventBufferTests {
    private func log(_ text: String) -> SessionEvent.Body { .log(level: "info", text: text) }

    private func recorded(_ count: Int, in buffer: inout EventBuffer) {
        for number in 0..<count { _ = buffer.record(log("\(number)"), at: 5, cause: nil, turn: nil) }
    }

    @Test("events follow on what the store has, and change context and state")
    func record() {
        var fold = SessionFold()
        fold.seq = 41
        var buffer = EventBuffer(fold, checkpointed: 40)
        let patch = JSONPatch(from: [:], to: ["a": 1])
        #expect(buffer.record(.stateChanged(patch), at: 7, cause: 3, turn: "t") == 42)
        #expect(buffer.fold.state == ["a": 1])
        #expect(buffer.events == [SessionEvent(seq: 42, at: 7, cause: 3, turn: "t", body: .stateChanged(patch))])
    }

    @Test("several changes of the context come to what each of them comes to", arguments: [1, 30])
    func several(count: Int) {
        var (one, all) = (EventBuffer(), EventBuffer())
        let added = (0..<count).map {
            SessionEvent.Body.messageAdded(Message(id: "m\($0 % 7)", role: .user, text: "\($0)"))
        }
        let changes = added.indices.map { index -> SessionEvent.Body in
            index.isMultiple(of: 3)
                ? .messageRemoved(id: "m\(index % 7)")
                : .messageChanged(Message(id: "m\(index % 5)", role: .user, text: "changed \(index)"))
        }
        for body in added + changes { _ = one.record(body, at: 5, cause: 1, turn: nil) }
        all.record(contentsOf: added, at: 5, cause: 1)
        all.record(contentsOf: changes, at: 5, cause: 1)
        #expect(all.events == one.events)
        #expect(all.fold == one.fold)
    }

    @Test("what is taken is handed in once, with its responses")
    func take() {
        var buffer = EventBuffer()
        recorded(2, in: &buffer)
        buffer.keep(StoredResponse(status: 200, body: [:], session: nil), to: "r", at: 9)
        let batch = buffer.take(checkpointEvery: 100)
        #expect(batch.events.map(\.seq) == [1, 2])
        #expect(batch.answers.map(\.request) == ["r"])
        #expect(batch.checkpoint == nil)
        #expect(buffer.isEmpty)
        let next = buffer.take(checkpointEvery: 100)
        #expect(next.events.isEmpty && next.answers.isEmpty)
        #expect(buffer.fold.seq == 2)
    }

    @Test("a checkpoint is due after so many events, counted from the last one", arguments: [1, 2, 5])
    func checkpoints(interval: Int) {
        var buffer = EventBuffer()
        var due: [Int] = []
        for _ in 0..<12 {
            recorded(1, in: &buffer)
            if let fold = buffer.take(checkpointEvery: interval).checkpoint { due.append(fold.seq) }
        }
        #expect(due == Array(stride(from: interval, through: 12, by: interval)))
    }

    @Test("what was recorded since a mark is taken back, and what was handed in stays")
    func marks() {
        var buffer = EventBuffer()
        recorded(2, in: &buffer)
        let mark = buffer.mark
        recorded(3, in: &buffer)
        buffer.drop(backTo: mark)
        #expect(buffer.events.map(\.seq) == [1, 2])
        #expect(buffer.fold.seq == 2)
        recorded(1, in: &buffer)
        #expect(buffer.events.last?.seq == 3)
    }

    @Test("a restart gives back what was recorded, and what was not handed in can be dropped")
    func restart() {
        var buffer = EventBuffer()
        recorded(3, in: &buffer)
        #expect(buffer.restart().map(\.seq) == [1, 2, 3])
        #expect(buffer.fold.seq == 0 && buffer.isEmpty)
        recorded(1, in: &buffer)
        buffer.keep(StoredResponse(status: 200, body: [:], session: nil), to: "r", at: 9)
        buffer.forget()
        #expect(buffer.isEmpty)
        #expect(buffer.take(checkpointEvery: 100).answers.isEmpty)
        #expect(buffer.fold.seq == 1)
    }
}
