import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Going back in time", .timeLimit(.minutes(15)))
struct TimeTests {
    private static func moment(_ seq: Int, _ state: JSON = ["plan": "old"]) -> JSON {
        ["seq": .int(seq), "messages": [], "window": 0, "state": state, "blame": ["plan": 2]]
    }

    private static func travelled() -> Fixture {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.press(.character("2"), .character("["))
        fixture.answer("session.at", moment(11))
        return fixture
    }

    @Test("a step back asks for that moment, and all tabs show it until a dot comes back")
    func back() {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.press(.character("2"), .character("["))
        #expect(fixture.last("session.at") == ["agent": "support", "session": "user-42", "seq": 11])
        fixture.answer("session.at", Self.moment(11))
        let past = fixture.model.view().text
        #expect(past.contains("plan: \"old\""))
        #expect(past.contains("as of #11"))
        fixture.press(.character("1"))
        #expect(!fixture.model.view().text.contains("It shipped yesterday"))
        fixture.press(.character("."))
        #expect(fixture.model.detail?.past == nil)
        #expect(fixture.model.view().text.contains("It shipped yesterday"))
    }

    @Test("what comes meanwhile does not move the moment")
    func still() {
        var fixture = Self.travelled()
        fixture.event(.stateChanged(JSONPatch([.replace(JSONPointer(["plan"]), "newest")])))
        #expect(fixture.model.detail?.moment == 11)
        #expect(fixture.model.view().text.contains("plan: \"old\""))
    }

    @Test("a step forth is made from what is known, and the last one is the present")
    func forth() {
        var fixture = Self.travelled()
        fixture.press(.character("["))
        fixture.answer("session.at", Self.moment(10))
        fixture.press(.character("]"))
        #expect(fixture.requests.allSatisfy { $0.method != "session.at" })
        #expect(fixture.model.detail?.past?.isKnown == true)
        #expect(fixture.model.detail?.moment == 11)
        fixture.press(.character("]"))
        #expect(fixture.model.detail?.past == nil)
    }

    @Test("many steps ask for one moment at a time, and the last one wins")
    func coalesced() {
        var fixture = Fixture.opened()
        fixture.turn()
        for _ in 0..<6 { fixture.press(.character("[")) }
        #expect(fixture.requests.filter { $0.method == "session.at" }.count == 1)
        fixture.answer("session.at", Self.moment(11))
        #expect(fixture.last("session.at")?["seq"] == 6)
        fixture.answer("session.at", Self.moment(6))
        #expect(fixture.model.detail?.past?.isKnown == true)
    }

    @Test("turns are stepped by their ends")
    func turns() {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.event(.messageAdded(Message(id: "m9", role: .user, text: "more")), turn: "t2")
        fixture.press(.character("{"))
        #expect(fixture.model.detail?.moment == 12)
        fixture.press(.character("{"))
        #expect(fixture.model.detail?.moment == 1)
        fixture.press(.character("}"))
        #expect(fixture.model.detail?.moment == 12)
        fixture.press(.character("}"))
        #expect(fixture.model.detail?.past == nil)
    }

    @Test("in the past nothing is changed, and it is said why; a snapshot and a fork are of that moment")
    func readOnly() {
        var fixture = Self.travelled()
        fixture.press(.character("c"))
        #expect(fixture.last("session.cancel") == nil)
        #expect(fixture.model.notices.shown?.text.contains("Viewing #11 (read-only)") == true)
        fixture.press(.escape, .character("S"))
        fixture.press(.control("u"))
        fixture.type("before")
        fixture.press(.enter)
        #expect(
            fixture.last("session.snapshot")
                == ["agent": "support", "session": "user-42", "name": "before", "seq": 11]
        )
        fixture.press(.character("F"), .enter)
        #expect(fixture.last("session.fork") == ["agent": "support", "session": "user-42", "from": 11])
        fixture.model.focus = .detail
        fixture.press(.character("1"), .enter)
        #expect(fixture.model.focus == .detail)
        fixture.press(.character("i"))
        #expect(fixture.model.focus == .detail)
        #expect(fixture.model.notices.shown?.text.contains("Viewing #11 (read-only)") == true)
    }

    @Test("a number leads to that event, and another text to a sentence")
    func go() {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.press(.character("#"))
        fixture.type("#5")
        fixture.press(.enter)
        #expect(fixture.model.detail?.moment == 5)
        fixture.press(.character("#"))
        fixture.type("x")
        fixture.press(.enter)
        #expect(fixture.model.notices.shown?.text == "'x' is not the number of an event.")
    }

    @Test("further back than what is remembered, events around the moment are asked for")
    func around() throws {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.model.detail?.known.events.removeFirst(8)
        _ = TimeTravel.go(to: 3, &fixture.model)
        let key = SessionKey(agent: "support", session: "user-42")
        #expect(fixture.model.isPending(.eventsAround(key)))
        let event = SessionEvent(seq: 3, at: Fixture.now, body: .log(level: "info", text: "far back"))
        _ = TimeTravel.tookEvents(around: key, [event], &fixture.model)
        #expect(fixture.model.detail?.event(3) == event)
    }

    @Test("a moment that cannot be had leads back to the present, and says why")
    func refused() {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.press(.character("["))
        fixture.refuse("session.at", .failed("history_gone", "It is no longer kept."))
        #expect(fixture.model.detail?.past == nil)
        #expect(fixture.model.notices.shown?.text.contains("no longer kept") == true)
    }

    @Test("the parts of a turn that took less than a millisecond stand one after another")
    func shortTurn() {
        var fixture = Fixture.opened()
        let bodies: [SessionEvent.Body] = [
            .turnStarted(input: []), .completionStarted(provider: "scripted", model: "one", window: []),
            .completionFinished(stopReason: .toolCall, usage: Usage(), duration: 0.25, error: nil),
            .toolStarted(ToolCall(id: "c1", name: "look", arguments: [:])),
            .toolFinished(ToolResult(id: "c1", name: "look", result: nil), duration: 0.75),
        ]
        for (index, body) in bodies.enumerated() {
            let seq = (fixture.model.detail?.fold.seq ?? 0) + 1
            let event = SessionEvent(seq: seq, at: Fixture.now + (index > 1 ? 1 : 0), turn: "quick", body: body)
            fixture.notify("session.event", ["attachment": "a1", "event": event.json])
        }
        fixture.press(.character("5"))
        let bars = fixture.model.view().text.split(separator: "\n").filter { $0.contains("█") }.map { row in
            row.split { $0 != "█" && $0 != "┄" }.first { $0.contains("█") } ?? ""
        }
        #expect(bars.map { $0.first } == ["█", "┄"])
        #expect(bars[1].filter { $0 == "┄" }.count == bars[0].count)
    }

    // MARK: Causes and effects

    @Test("Enter on a field jumps to what changed it")
    func blame() {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.press(.character("2"), .enter)
        #expect(fixture.model.detail?.tab == .trace)
        #expect(fixture.model.detail?.trace.selected == 7)
    }

    @Test("an event shows its cause and its effects, and either can be followed")
    func links() {
        var fixture = Fixture.opened()
        fixture.turn()
        _ = EventCards.view(7, &fixture.model)
        #expect(EventCards.links(of: 7, fixture.model) == [4, 8, 9])
        #expect(fixture.model.view().text.contains("Caused by"))
        fixture.press(.down, .enter)
        guard case .event(let card) = fixture.model.overlay else {
            Issue.record("no event")
            return
        }
        #expect(card.seq == 8)
        fixture.press(.character("["), .character("t"))
        #expect(fixture.model.overlay == nil)
        #expect(fixture.model.detail?.moment == 7)
    }

    @Test("an event is shown in the tab that it belongs to")
    func jumps() {
        var fixture = Fixture.opened()
        fixture.turn()
        for (seq, tab) in [(3, TabID.context), (7, .trace), (12, .trace)] {
            _ = EventCards.jump(to: seq, &fixture.model)
            #expect(fixture.model.detail?.tab == tab)
        }
        fixture.event(.tickStarted(job: "digest", scheduled: 1))
        _ = EventCards.jump(to: 13, &fixture.model)
        #expect(fixture.model.detail?.jobs.selected == "digest")
        fixture.event(.hookReceived(exchange: "ex_1", hook: "crm"))
        fixture.tell(.input(.key(.character("1"))))
        _ = EventCards.jump(to: 14, &fixture.model)
        #expect(fixture.model.detail?.hooks.selected == "ex_1")
    }
}
