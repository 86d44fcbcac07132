import SessionModel
import Testing

@Suite("The fold of a journal", .timeLimit(.minutes(15)))
struct SessionFoldTests {
    private func message(_ id: String, _ text: String = "x") -> Message { Message(id: id, role: .user, text: text) }

    @Test("of many events at once is that of one after another, whatever they take out and change")
    func together() {
        var bodies: [SessionEvent.Body] = (0..<60).map { .messageAdded(message("m\($0)")) }
        for number in [3, 3, 59, 0, 30, 77] { bodies.append(.messageRemoved(id: "m\(number)")) }
        for number in [4, 5, 99] { bodies.append(.messageChanged(message("m\(number)", "new"))) }
        bodies.append(.stateChanged(JSONPatch(from: [:], to: ["a": 1, "e\u{301}": 2, "\u{E9}": 3])))
        bodies.append(.sessionRestored(to: 3, snapshot: nil, SessionPicture(messages: [message("r")], state: ["a": 1])))
        bodies += [.messageAdded(message("s")), .messageRemoved(id: "r"), .messageAdded(message("r", "again"))]
        bodies.append(.stateChanged(JSONPatch(from: ["a": 1], to: ["b": 2])))
        let events = bodies.enumerated().map { SessionEvent(seq: $0 + 1, at: 0, body: $1) }
        for end in 0...events.count {
            var one = SessionFold()
            for event in events[..<end] { one.apply(event) }
            #expect(SessionFold(events[..<end]) == one)
        }
        #expect(SessionFold(events).messages.map(\.id) == ["s", "r"])
        #expect(SessionFold(events).blame == ["b": events.count])
    }

    @Test("a field that changes only in its normalisation is changed, and blamed")
    func normalisation() {
        let patch = JSONPatch(from: ["name": "\u{E9}"], to: ["name": "e\u{301}"])
        let events = [
            SessionEvent(seq: 1, at: 0, body: .stateChanged(JSONPatch(from: [:], to: ["name": "\u{E9}"]))),
            SessionEvent(seq: 2, at: 0, body: .stateChanged(patch)),
        ]
        #expect(SessionFold(events).state == ["name": "e\u{301}"])
        #expect(SessionFold(events).blame["name"] == 2)
    }
}
