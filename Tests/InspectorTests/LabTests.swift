import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("The hook lab", .timeLimit(.minutes(15)))
struct LabTests {
    private static func opened() -> Fixture {
        var fixture = Fixture.opened()
        fixture.press(.character("3"), .character("e"))
        fixture.answer("hooks.get", ["exchange": Fixture.exchanges[0].json])
        return fixture
    }

    private func lab(_ fixture: Fixture) throws -> HookLab {
        guard let lab = fixture.model.mode.lab else { throw RPCError.failed("x", "no lab") }
        return lab
    }

    @Test("it asks where the request would go before it is sent, and again as it is edited, one question at a time")
    func resolves() throws {
        var fixture = Self.opened()
        #expect(fixture.last("hooks.resolve")?["request"]?["body"] == ["userId": "user-42", "plan": "pro"])
        fixture.type("  ")
        #expect(fixture.requests.filter { $0.method == "hooks.resolve" }.count == 1)
        fixture.answer("hooks.resolve", ["session": "user-42", "why": "The body says so.", "temporary": false])
        #expect(fixture.requests.filter { $0.method == "hooks.resolve" }.count == 1)
        #expect(try lab(fixture).resolved == "user-42: The body says so.")
    }

    @Test("only what was changed is sent as edits")
    func edits() throws {
        var fixture = Self.opened()
        fixture.press(.control("s"))
        #expect(fixture.last("hooks.replay") == ["exchange": "ex_2", "edits": [:], "into": "same"])
        fixture.answer("hooks.replay", ["exchange": Fixture.exchanges[0].json])
        fixture.tell(.edited(.success("{\"userId\": \"user-7\"}\n")))
        fixture.press(.control("s"))
        #expect(fixture.last("hooks.replay")?["edits"] == ["body": ["userId": "user-7"], "encoding": "json"])
    }

    @Test("a body that is no JSON is said as it is typed, and not sent")
    func wrongBody() throws {
        var fixture = Self.opened()
        fixture.type("{")
        #expect(try lab(fixture).problem?.field == .body)
        #expect(fixture.model.view().text.contains("This is not JSON"))
        fixture.press(.control("s"))
        #expect(fixture.last("hooks.replay") == nil)
        #expect(fixture.model.notices.shown?.kind == .refused)
    }

    @Test(
        "wrong fields are named",
        arguments: [
            (HookLab.Field.method, "PUT", "GET or POST"), (.headers, "no colon", "NAME:VALUE"),
            (.query, "=1", "NAME=VALUE"),
        ]
    )
    func wrongField(field: HookLab.Field, text: String, words: String) {
        var lab = HookLab(Fixture.exchanges[0])
        lab.inputs[field] = TextInput(text)
        #expect(lab.problem?.field == field)
        #expect(lab.problem?.text.contains(words) == true)
    }

    @Test("into a fork or another session by what is written there")
    func target() {
        var fixture = Self.opened()
        fixture.press(.tab, .tab, .down, .enter)
        #expect(fixture.last("hooks.replay")?["into"] == "fork")
    }

    @Test("original and replay stand side by side, differences marked")
    func compared() throws {
        var fixture = Self.opened()
        fixture.press(.control("s"))
        fixture.answer("hooks.replay", ["exchange": Fixture.exchanges[1].json])
        let text = fixture.model.view().text
        #expect(text.contains("− status 200"))
        #expect(text.contains("+ status 500"))
        #expect(!text.contains("\u{07}"))
    }

    @Test("lines are paired by what is the same")
    func pairs() {
        let pairs = HookLab.pairs(["a", "b", "c"], ["a", "x", "c", "d"])
        #expect(pairs.filter(\.isSame).map(\.old) == ["a", "c"])
        #expect(pairs.compactMap(\.new) == ["a", "x", "c", "d"])
        #expect(pairs.compactMap(\.old) == ["a", "b", "c"])
    }

    @Test("marked exchanges are replayed the oldest first, one after another, and stop with Esc")
    func marked() {
        var fixture = Fixture.opened()
        fixture.press(.character("3"), .character(" "), .character(" "), .character("r"))
        #expect(fixture.last("hooks.replay")?["exchange"] == "ex_1")
        fixture.answer("hooks.replay", ["exchange": Fixture.exchanges[1].json])
        #expect(fixture.last("hooks.replay")?["exchange"] == "ex_2")
        #expect(fixture.model.view().text.contains("1 of 2"))
        fixture.press(.escape)
        #expect(fixture.model.work.bulk == nil)
        #expect(fixture.model.notices.shown?.text.contains("stopped after 1 of 2") == true)
    }
}
