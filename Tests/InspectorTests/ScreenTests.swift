import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Screens", .timeLimit(.minutes(2)))
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
}
