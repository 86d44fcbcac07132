import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Events that the screen needs", .timeLimit(.minutes(15)))
struct NeededEventsTests {
    /// A session of so many events, of which the last page has been told.
    private func long(_ count: Int, _ body: (Int) -> SessionEvent.Body) -> (Fixture, [SessionEvent]) {
        var fixture = Fixture()
        fixture.tell(.link(.up))
        fixture.answer("runtime.hello", Fixture.hello)
        fixture.answer("sessions.watch", Fixture.page())
        let events = (1...count).map { SessionEvent(seq: $0, at: Fixture.now + Int64($0), body: body($0)) }
        let head = SessionHead(
            summary: Fixture.rows[0],
            messages: [],
            window: 0,
            state: ["plan": "pro"],
            blame: ["plan": 4],
            jobs: [],
            seq: count
        )
        fixture.answer("session.attach", ["attachment": "a1", "head": head.json])
        return (fixture, events)
    }

    private func page(_ events: ArraySlice<SessionEvent>) -> JSON {
        ["events": .array(events.map(\.json)), "more": true]
    }

    @Test("what changed a field is asked for when it is further back than what is known")
    func farBlame() {
        var (fixture, events) = long(2000) { seq in
            switch seq {
            case 3: .hookReceived(exchange: "ex_1", hook: "crm")
            case 4: .stateChanged(JSONPatch([.add(JSONPointer(["plan"]), "pro")]))
            default: .log(level: "info", text: "\(seq)")
            }
        }
        events[3] = SessionEvent(seq: 4, at: 1, cause: 3, body: events[3].body)
        fixture.answer("session.history", page(events[1500...]))
        fixture.press(.character("2"))
        #expect(fixture.model.view().text.contains("#4"))
        #expect(fixture.last("session.history")?["after"] == 3)
        fixture.answer("session.history", page(events[3...3]))
        #expect(fixture.last("session.history")?["after"] == 2)
        fixture.answer("session.history", page(events[2...2]))
        #expect(fixture.model.view().text.contains("hook crm #4"))
        fixture.press(.down)
        #expect(fixture.last("session.history") == nil)
    }

    @Test("what was asked for when the link was lost is asked for again")
    func farAfterLoss() {
        var (fixture, events) = long(2000) { .log(level: "info", text: "\($0)") }
        fixture.answer("session.history", page(events[1500...]))
        fixture.press(.character("2"))
        fixture.refuse("session.history", .failed("link_lost", "The link was lost before the answer came."))
        #expect(fixture.last("session.history") == nil)
        fixture.tell(.link(.down(reason: "gone", since: 0, retryAt: 0)))
        fixture.tell(.link(.up))
        #expect(fixture.last("session.history")?["after"] == 3)
    }

    @Test("events that were let go are asked for again, not said to be gone")
    func farForgotten() {
        var detail = SessionDetail(key: Fixture.rows[0].key)
        func events(_ range: ClosedRange<Int>) -> [SessionEvent] {
            range.map { SessionEvent(seq: $0, at: 1, body: .log(level: "info", text: "")) }
        }
        detail.known.found(events(1...KnownEvents.mostSought), in: 1...KnownEvents.mostSought)
        #expect(detail.known.isAnswered(7) && detail.event(7) != nil)
        detail.known.found(events(9001...9002), in: 9001...9003)
        #expect(!detail.known.isAnswered(7) && detail.isUnasked(7))
        #expect(detail.event(9002) != nil && detail.known.isAnswered(9003) && detail.event(9003) == nil)
    }

    @Test("what a hook changed is loaded, and what is no longer kept is said to be so: never a false nothing")
    func farChanges() {
        for isKept in [true, false] {
            var (fixture, events) = long(2000) { .log(level: "info", text: "\($0)") }
            for seq in [11, 12] {
                let patch = JSONPatch([.add(JSONPointer(["f\(seq)"]), .int(seq))])
                events[seq - 1] = SessionEvent(seq: seq, at: 1, cause: 10, body: .stateChanged(patch))
            }
            fixture.answer("session.history", page(events[1500...]))
            var exchange = Fixture.exchanges[1]
            exchange.changed = 10...13
            fixture.answer("hooks.watch", ["watch": "h1", "exchanges": [exchange.row], "more": false])
            fixture.press(.character("3"), .enter)
            fixture.answer("hooks.get", ["exchange": exchange.json])
            func shown() -> String {
                fixture.exchangeLines.map(\.text).joined(
                    separator: "\n"
                )
            }
            #expect(shown().contains("Loading…") && !shown().contains("nothing"))
            #expect(fixture.last("session.history")?["after"] == 9)
            fixture.answer("session.history", isKept ? page(events[9...12]) : ["events": [], "more": false])
            #expect(shown().contains(isKept ? "/f12" : "4 events of it are no longer kept"))
            #expect(!shown().contains("nothing") && !shown().contains("Loading"))
        }
    }

    @Test("a page that does not reach what is known is asked for again, and older ones when one scrolls to them")
    func farGaps() {
        var (fixture, events) = long(2000) { seq in
            seq % 2 == 0
                ? .messageAdded(Message(id: "m\(seq)", role: .user, text: "message \(seq)"))
                : .log(level: "info", text: "l")
        }
        fixture.answer("session.history", page(events[1490..<1990]))
        #expect(fixture.model.detail?.known.events.isEmpty == true)
        #expect(fixture.last("session.history")?["before"] == 2001)
        fixture.answer("session.history", page(events[1500...]))
        #expect(fixture.model.detail?.known.events.first?.seq == 1501)
        #expect(fixture.last("session.history") == nil)
        fixture.model.detail?.fold.messages = (1...1000).map { Message(id: "m\($0 * 2)", role: .user, text: "x") }
        fixture.press(.enter, .character("g"))
        #expect(fixture.last("session.history")?["before"] == 1501)
        #expect(fixture.last("session.history")?["kinds"]?.array?.contains("message.added") == true)
        // Of the messages' kinds, a page at a time, until those on the screen are known.
        var messages = events[..<1500].filter { if case .messageAdded = $0.body { true } else { false } }[...]
        while let request = fixture.last("session.history") {
            let before = request["before"]?.int ?? 0
            messages = messages.prefix { $0.seq < before }
            let page = messages.suffix(300)
            fixture.answer(
                "session.history",
                ["events": .array(page.map(\.json)), "more": .bool(page.count < messages.count)]
            )
        }
        #expect(fixture.model.detail?.known.index.messages["m2"]?.seq == 2)
        #expect(fixture.model.detail?.turnsReach == 1)
        #expect(fixture.last("session.history") == nil)
    }
}

extension Fixture {
    /// The open exchange as lines.
    fileprivate var exchangeLines: [StyledLine] {
        guard let pane = model.pane, let exchange = pane.detail.hooks.opened else { return [] }
        return ExchangeLines(exchange: exchange, pane: pane).lines
    }
}
