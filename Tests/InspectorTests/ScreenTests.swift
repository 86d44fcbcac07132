import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Screens", .timeLimit(.minutes(15)))
struct ScreenTests {
    static let sizes = [(80, 24), (120, 36), (200, 60), (60, 20)]

    @Test("the context of a turn with a tool", arguments: sizes)
    func context(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.turn()
        if width < 80 { fixture.press(.enter) }
        try expectScreen(fixture.model, "context-\(width)x\(height)")
    }

    @Test("the state, with what changed last and who did it", arguments: sizes)
    func state(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.turn()
        fixture.press(.character("2"), .down, .down)
        try expectScreen(fixture.model, "state-\(width)x\(height)")
    }

    @Test("the hooks, and one of them open", arguments: sizes)
    func hooks(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.press(.character("3"))
        try expectScreen(fixture.model, "hooks-\(width)x\(height)")
        fixture.press(.enter)
        fixture.answer("hooks.get", ["exchange": Fixture.exchanges[0].json])
        try expectScreen(fixture.model, "exchange-\(width)x\(height)")
    }

    @Test("the jobs as lanes", arguments: sizes)
    func jobs(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.press(.character("4"), .down)
        try expectScreen(fixture.model, "jobs-\(width)x\(height)")
    }

    @Test("the list alone where both do not fit")
    func narrowList() throws { try expectScreen(Fixture.opened(width: 60, height: 20).model, "list-60x20") }

    @Test("before the runtime has answered, without sessions, and without a session's messages")
    func empty() throws {
        var fixture = Fixture(width: 80, height: 24)
        try expectScreen(fixture.model, "connecting")
        fixture.tell(.link(.up))
        try expectScreen(fixture.model, "loading")
        fixture.answer("runtime.hello", Fixture.hello)
        fixture.answer("sessions.watch", Fixture.page([]))
        try expectScreen(fixture.model, "no-sessions")
        try expectScreen(Fixture.opened(width: 80, height: 24, state: [:]).model, "no-messages")
    }

    @Test("while the link is down the last picture stays, and says since when")
    func offline() throws {
        var fixture = Fixture.opened(width: 120, height: 36)
        fixture.turn()
        fixture.tell(
            .link(.down(reason: "the connection was refused", since: Fixture.now, retryAt: Fixture.now + 4000))
        )
        fixture.tell(.clock(Fixture.now + 1000))
        try expectScreen(fixture.model, "offline")
        #expect(fixture.model.view()[40, 10].style.attributes.contains(.dim))
    }

    @Test("help, palette, prompt and log lie over it")
    func overlays() throws {
        var fixture = Fixture.opened(width: 80, height: 24)
        fixture.press(.character("?"))
        try expectScreen(fixture.model, "help")
        fixture.press(.escape, .character(":"))
        fixture.type("replay")
        try expectScreen(fixture.model, "palette")
        fixture.press(.escape, .character("3"), .character("R"))
        fixture.type("user-17")
        try expectScreen(fixture.model, "prompt")
        fixture.press(.enter)
        fixture.refuse("hooks.replay", .failed("x", "It did not \u{1B}[31m work."))
        try expectScreen(fixture.model, "failed")
        fixture.press(.character("L"))
        try expectScreen(fixture.model, "log")
    }

    @Test("a filter that is wrong says why, a screen that is too small says what it needs")
    func errors() throws {
        var fixture = Fixture.opened(width: 80, height: 24)
        fixture.press(.character("/"))
        fixture.type("moon:1")
        fixture.answer("sessions.view", Fixture.page())
        fixture.refuse(
            "sessions.view",
            RPCError(-32602, "invalid_filter", "The filter is wrong at 'moon:1': there is no 'moon'.")
        )
        try expectScreen(fixture.model, "filter-wrong")
        fixture.tell(.input(.resize(Size(width: 30, height: 8))))
        try expectScreen(fixture.model, "too-small")
    }

    @Test("streaming text, and a message that is being written in several lines")
    func writing() throws {
        var fixture = Fixture.opened(width: 100, height: 24)
        fixture.notify("turn.delta", ["attachment": "a1", "turn": "t9", "text": "Let me see what"])
        fixture.notify("session.busy", ["attachment": "a1", "doing": "thinking"])
        fixture.press(.character("i"))
        fixture.type("first line 注")
        fixture.press(.control("j"))
        fixture.type("second")
        try expectScreen(fixture.model, "writing")
        #expect(fixture.model.view().cursor != nil)
    }

    @Test("a turn as a waterfall, one part of it open", arguments: sizes)
    func trace(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.turn()
        fixture.press(.character("5"), .end, .enter)
        try expectScreen(fixture.model, "trace-\(width)x\(height)")
    }

    @Test("snapshots, none and some", arguments: sizes)
    func snapshots(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.press(.character("6"))
        fixture.answer("snapshots.list", ["snapshots": []])
        if width == 80 { try expectScreen(fixture.model, "no-snapshots") }
        let rows: [JSON] = ["before-refund", "注文 \u{1B}[31m"].enumerated().map { index, name in
            [
                "name": .string(name), "seq": .int(index + 3), "at": .int(Int(Fixture.now) - index * 60_000),
                "by": "ann", "messages": 4,
            ]
        }
        _ = SnapshotsTab.load(&fixture.model)
        fixture.model.detail?.snapshots.show(rows.compactMap(SnapshotSummary.init(json:)))
        fixture.press(.character("="))
        try expectScreen(fixture.model, "snapshots-\(width)x\(height)")
    }

    @Test("a moment of the past, marked and read-only", arguments: sizes)
    func past(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.turn()
        fixture.press(.character("2"), .character("["), .character("["), .character("["))
        let moment: JSON = ["messages": [], "window": 0, "state": ["plan": "pro"], "blame": ["plan": 2]]
        fixture.answer("session.at", moment.with("seq", 11))
        fixture.answer("session.at", moment.with("seq", 9))
        try expectScreen(fixture.model, "past-\(width)x\(height)")
    }

    @Test("an event with its cause and its effects, and the hook lab", arguments: sizes)
    func eventAndLab(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.turn()
        _ = EventCards.view(7, &fixture.model)
        try expectScreen(fixture.model, "event-\(width)x\(height)")
        fixture.press(.escape, .character("3"), .character("e"))
        fixture.answer("hooks.get", ["exchange": Fixture.exchanges[0].json])
        fixture.answer("hooks.resolve", ["session": "user-42", "why": "The body says so.", "temporary": false])
        fixture.press(.control("s"))
        fixture.answer("hooks.replay", ["exchange": Fixture.exchanges[1].json])
        fixture.tell(.clock(Fixture.now + 60_000))
        try expectScreen(fixture.model, "lab-\(width)x\(height)")
    }
}

extension JSON {
    fileprivate func with(_ name: String, _ value: JSON) -> JSON {
        var object = self.object ?? [:]
        object[name] = value
        return .object(object)
    }
}
