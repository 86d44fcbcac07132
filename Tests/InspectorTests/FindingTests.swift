import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Finding texts in all sessions", .timeLimit(.minutes(15)))
struct FindingTests {
    private static let results: [JSON] = [
        [
            "agent": "support", "session": "user-42", "seq": 12, "kind": "message.added",
            "at": .int(Int(Fixture.now) - 5000), "line": "where is my order 1188?",
        ],
        [
            "agent": "support", "session": "注文 \u{1B}[31m", "seq": 7, "kind": "state.changed",
            "at": .int(Int(Fixture.now) - 7_200_000), "line": "order: {\"number\": 1188}",
        ],
        [
            "agent": "support", "session": "user-42", "exchange": "ex_1", "hook": "ticket",
            "at": .int(Int(Fixture.now) - 90_000_000), "line": "{\"order\": \"1188\"}",
        ],
        [
            "agent": "support", "session": nil, "exchange": "ex_2", "hook": "about",
            "at": .int(Int(Fixture.now) - 90_000_000), "line": "order of nobody",
        ],
    ]

    private static func page(_ results: [JSON] = results, next: JSON = nil) -> JSON {
        ["results": .array(results), "more": .bool(next != .null), "next": next]
    }

    @Test("as one types the words are looked for, the last of them as a beginning", arguments: ScreenTests.sizes)
    func screen(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.press(.character("f"))
        if width == 80 { try expectScreen(fixture.model, "find-empty") }
        fixture.type("order")
        #expect(fixture.last("sessions.search")?["text"] == "o*")
        fixture.answer("sessions.search", Self.page([]))
        #expect(fixture.last("sessions.search")?["text"] == "order*")
        fixture.answer("sessions.search", Self.page())
        fixture.press(.down)
        try expectScreen(fixture.model, "find-\(width)x\(height)")
        #expect(fixture.last("sessions.search") == nil)
    }

    @Test("words in quotes, and a word that has ended, are asked for as they are")
    func words() {
        for (text, query) in [
            ("a b", "a b*"), ("a b ", "a b"), ("\"a b\"", "\"a b\""), ("\"a b", "\"a b"), ("a*", "a*"), (" ", ""),
            ("注", "注*"),
        ] {
            var found = FoundTexts()
            found.input = TextInput(proposal: text)
            #expect(found.query == query, "\(text)")
        }
    }

    @Test("Enter opens the session as it was then")
    func opens() {
        var fixture = Fixture.opened()
        fixture.press(.character("f"))
        fixture.type("x")
        fixture.answer("sessions.search", Self.page())
        fixture.press(.down, .enter)
        let key = SessionKey(agent: "support", session: "注文 \u{1B}[31m")
        #expect(fixture.model.overlay == nil)
        #expect(fixture.model.detail?.key == key)
        #expect(fixture.last("session.attach")?["session"] == .string(key.session))
        fixture.answer("session.attach", Fixture.attached(to: key, seq: 20))
        #expect(fixture.last("session.at")?["seq"] == 7)
        #expect(fixture.model.detail?.past?.seq == 7)
        #expect(fixture.model.detail?.tab == .state)
        // What was found is there again, with the same one selected.
        fixture.press(.character("f"))
        #expect(fixture.model.work.found.selected == 1 && fixture.model.work.found.results.count == 4)
        fixture.press(.down, .down, .enter)
        #expect(fixture.model.notices.shown?.text == "This webhook reached no session.")
        fixture.press(.up, .enter)
        #expect(fixture.last("hooks.get")?["exchange"] == "ex_1")
    }

    @Test(
        "where a part of the sessions has nothing, the next one is looked at, and a runtime that repeats itself is not asked on"
    )
    func emptyPages() {
        var fixture = Fixture.opened()
        fixture.press(.character("f"))
        fixture.type("x")
        fixture.answer("sessions.search", Self.page([], next: "c1"))
        #expect(fixture.last("sessions.search")?["cursor"] == "c1")
        #expect(!fixture.model.view().text.contains("Nothing was found."))
        fixture.answer("sessions.search", Self.page([], next: "c1"))
        #expect(fixture.last("sessions.search") == nil)
        #expect(fixture.model.view().text.contains("Nothing was found."))
    }

    @Test("the rest is asked for when the end is reached, and an error is shown until something else is typed")
    func pages() {
        var fixture = Fixture.opened()
        fixture.press(.character("f"))
        fixture.type("x")
        fixture.answer("sessions.search", Self.page(next: "c1"))
        fixture.press(.pageDown)
        #expect(fixture.last("sessions.search")?["cursor"] == "c1")
        fixture.answer("sessions.search", Self.page())
        #expect(fixture.model.work.found.results.count == 8)
        fixture.type("y")
        fixture.refuse("sessions.search", .invalidParams("'text' must have words."))
        #expect(fixture.model.view().text.contains("'text' must have words."))
        fixture.type("z")
        #expect(fixture.last("sessions.search")?["text"] == "xyz*")
        fixture.press(.escape)
        #expect(fixture.model.overlay == nil)
    }
}
