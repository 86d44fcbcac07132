import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("The input mode", .timeLimit(.minutes(15)))
struct InputModeTests {
    private static let log = Overlay.log(top: 0)

    @Test(
        "of a mode to a pane",
        arguments: [
            (.list, .detail, .detail, false), (.filtering, .sessions, .sessions, true),
            (.filtering, .detail, .detail, false), (.detail, .compose, .compose, false),
            (.overlay(log, over: .filtering), .sessions, .sessions, true),
            (.overlay(log, over: .filtering), .compose, .compose, false),
        ] as [(InputMode, InputMode.Pane, InputMode.Pane, Bool)]
    )
    func focus(mode: InputMode, to pane: InputMode.Pane, then: InputMode.Pane, isFiltering: Bool) {
        var next = mode
        next.focus(pane)
        #expect(next.pane == then && next.isFiltering == isFiltering)
        #expect(next.isCovered == mode.isCovered, "what lies over the screen stays")
    }

    @Test("what lies over it keeps what is below, one at a time")
    func overlays() {
        var mode = InputMode.searching
        mode.overlay = Self.log
        mode.overlay = .text(Overlay.Text(title: "x", lines: []))
        #expect(mode.isCovered && mode.isSearching && mode.pane == .detail)
        mode.overlay = nil
        #expect(!mode.isCovered && mode.isSearching)
    }

    @Test("a question over the hook lab leads back to it, with what was typed")
    func lab() {
        var fixture = Fixture.opened()
        fixture.press(.character("3"), .character("e"))
        fixture.answer("hooks.get", ["exchange": Fixture.exchanges[0].json])
        fixture.type("typed")
        let text = fixture.model.mode.lab?[.body]
        #expect(text?.contains("typed") == true)
        fixture.model.work.composer.edit(SessionKey(agent: "support", session: "user-42")) { $0 = TextInput("unsent") }
        fixture.press(.control("c"))
        #expect(fixture.model.overlay != nil, "what is written and not sent is asked about")
        fixture.press(.escape)
        #expect(fixture.model.mode.lab?[.body] == text)
        fixture.press(.escape)
        #expect(fixture.model.mode.lab == nil && fixture.model.focus == .detail)
    }

    @Test("a click elsewhere ends what is typed into a filter or a search")
    func clicks() {
        var fixture = Fixture.opened(width: 120, height: 36)
        fixture.press(.character("/"))
        fixture.mouse(.press, 80, 10)
        fixture.type("x")
        #expect(fixture.model.list.filter.input.isEmpty && fixture.model.focus == .detail)
    }
}
