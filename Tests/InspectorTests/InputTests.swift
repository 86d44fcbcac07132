import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Keys, mouse and confirmations", .timeLimit(.minutes(15)))
struct InputTests {
    private static func asAdmin(width: Int = 120, height: Int = 36) -> Fixture {
        var fixture = Fixture.opened(width: width, height: height)
        fixture.model.link.hello?.role = .admin
        return fixture
    }

    // MARK: Actions

    @Test(
        "every action has a key, a title and a place in help and palette",
        arguments: ActionTable.standard.all.map(\.id)
    )
    func reachable(id: String) throws {
        let action = try #require(ActionTable.standard[id])
        let model = Fixture.opened().model
        let key = try #require(action.keys.first)
        let focus = InspectorModel.Focus.allCases.first { Action.Scope($0) == action.scope } ?? .sessions
        #expect(model.preferences.keymap.action(for: key, in: focus, on: action.tab)?.id == id)
        #expect(OverlayView(model: model).helpLines(matching: "").contains { $0.text.contains(action.title) })
        #expect(PaletteKeys.actions(matching: action.title, of: ActionTable.standard.all).contains { $0.id == id })
    }

    @Test("no key has two meanings in one place")
    func noConflicts() {
        var problems: [String] = []
        _ = KeyMap([:], problems: &problems)
        #expect(problems == [])
    }

    @Test("keys can be bound anew; what is wrong with that is said")
    func bindings() {
        var problems: [String] = []
        let keymap = KeyMap(
            ["quit": ["Ctrl-Q", "F10"], "nope": ["x"], "help": ["Hyper-x"], "log": [":"]],
            problems: &problems
        )
        #expect(keymap.action(for: .control("q"), in: .sessions)?.id == "quit")
        #expect(keymap.action(for: .character("q"), in: .sessions) == nil)
        #expect(problems.count == 3)
        #expect(problems.contains { $0.contains("no action 'nope'") })
        #expect(problems.contains { $0.contains("'Hyper-x'") })
        #expect(problems.contains { $0.contains(": is bound to both") })
    }

    @Test("keys are read as help writes them", arguments: ActionTable.standard.all.flatMap(\.keys))
    func keyNames(key: Key) {
        let arrows: [Key: String] = [.up: "Up", .down: "Down", .left: "Left", .right: "Right"]
        #expect(Key(parsing: arrows[key] ?? key.description) == key)
    }

    // MARK: Panes and mouse

    @Test("zoom gives the whole screen to the pane, and back")
    func zoom() {
        var fixture = Fixture.opened()
        fixture.press(.enter, .character("z"))
        #expect(fixture.model.layout.list == nil)
        #expect(fixture.model.layout.detail?.width == 120)
        fixture.press(.character("z"))
        #expect(fixture.model.layout.list != nil)
    }

    @Test("panes are resized by keys and by dragging their border, within bounds, and it is remembered")
    func resize() throws {
        var fixture = Fixture.opened()
        let width = try #require(fixture.model.layout.list?.width)
        fixture.press(.character(">"))
        #expect(fixture.model.layout.list?.width == width + 2)
        fixture.mouse(.press, width + 1, 5)
        fixture.mouse(.drag, 59, 5)
        fixture.mouse(.release, 59, 5)
        #expect(fixture.model.layout.list?.width == 60)
        fixture.mouse(.press, 59, 5)
        fixture.mouse(.drag, 2, 5)
        #expect(fixture.model.layout.list?.width == 20)
        #expect(Arrangement(json: fixture.model.preferences.arrangement.json) == fixture.model.preferences.arrangement)
    }

    @Test("a click selects a session, a tab, a row, a moment; the wheel scrolls what is under it")
    func clicks() throws {
        var fixture = Fixture.opened()
        fixture.turn()
        let top = fixture.model.view().text(row: 1)
        let column = Width.of(String(top[..<(try #require(top.firstRange(of: "Hooks")).lowerBound)]))
        fixture.mouse(.press, column, 1)
        #expect(fixture.model.detail?.tab == .hooks)
        fixture.mouse(.press, 50, 3)
        #expect(fixture.model.detail?.hooks.selected == "ex_1")
        fixture.mouse(.press, 5, 3)
        #expect(fixture.model.list.selected?.session == "user-17")
        fixture.mouse(.wheelDown, 5, 5)
        #expect(fixture.model.list.selectedRow == 4)
    }

    @Test("text is selected by dragging, and copied")
    func select() {
        var fixture = Fixture.opened()
        fixture.turn()
        let rows = fixture.model.view().text.split(separator: "\n")
        let y = rows.firstIndex { $0.contains("Let me look.") } ?? 0
        let before = rows[y].prefix { $0 != "L" }
        let x = Width.of(String(before))
        fixture.mouse(.press, x, y)
        fixture.mouse(.drag, x + 2, y)
        fixture.mouse(.release, x + 2, y)
        #expect(fixture.copied(.character("y")) == "Let")
    }

    // MARK: Copying

    @Test("what the cursor is on is copied as text, as JSON, and as a command")
    func copy() {
        var fixture = Fixture.opened()
        fixture.turn()
        #expect(fixture.copied(.character("y")) == "user-42")
        #expect(fixture.copied(.character("Y")) == "seismo inspect '' --agent=support --session=user-42")
        fixture.press(.character("2"), .home)
        #expect(fixture.copied(.character("y")) == "team")
        #expect(fixture.copied(.character("J")) == "\"team\"")
        fixture.press(.character("1"))
        #expect(fixture.copied(.character("y"))?.hasPrefix("It shipped") == true)
    }

    @Test("what is too long for a terminal is refused, with its size")
    func longCopy() {
        var fixture = Fixture.opened()
        fixture.event(.messageAdded(Message(id: "l", role: .user, text: String(repeating: "x", count: 80_000))))
        fixture.press(.enter)
        #expect(fixture.copied(.character("y")) == nil)
        #expect(fixture.model.notices.shown?.text.contains("80 KB") == true)
    }

    // MARK: Filters

    @Test("a filter is completed as far as there is one way, and saved ones are found again")
    func filters() {
        var fixture = Fixture.opened()
        fixture.press(.character("/"))
        fixture.type("kind:t")
        fixture.press(.tab)
        #expect(fixture.model.list.filter.input.text == "kind:temporary")
        fixture.press(.control("s"), .escape)
        for _ in 0..<2 { fixture.answer("sessions.view", Fixture.page()) }
        #expect(fixture.model.preferences.arrangement.filters == ["kind:temporary"])
        fixture.press(.character(":"))
        fixture.type("kind:tem")
        fixture.press(.enter)
        #expect(fixture.model.list.filter.input.text == "kind:temporary")
        #expect(fixture.last("sessions.view")?["filter"] == "kind:temporary")
    }

    // MARK: Marks, dangers

    @Test("marked sessions are ended after the number was typed, and how many and which is said first")
    func marked() {
        var fixture = Self.asAdmin()
        fixture.press(.character(" "), .character(" "), .character("E"))
        #expect(fixture.model.view().text.contains("End 2 sessions: user-17, user-42?"))
        fixture.type("3")
        fixture.press(.enter)
        #expect(fixture.last("session.end") == nil)
        fixture.press(.escape, .character("E"))
        fixture.type("2")
        fixture.press(.enter)
        fixture.answer("session.end", [:])
        fixture.refuse("session.end", .failed("x", "It did not work."))
        #expect(fixture.model.notices.shown?.text == "End: 2 done, 1 of them failed (:log).")
        #expect(fixture.model.list.marks.keys.isEmpty)
    }

    @Test("deleting wants the id, restoring an Enter, and both say what they do")
    func dangers() {
        var fixture = Self.asAdmin()
        fixture.turn()
        fixture.press(.character("X"))
        fixture.type("user-4")
        fixture.press(.enter)
        #expect(fixture.last("session.delete") == nil)
        fixture.press(.escape, .character("X"))
        fixture.type("user-42")
        fixture.press(.enter)
        #expect(fixture.last("session.delete")?["confirm"] == "user-42")
        fixture.press(.character("["), .character("B"), .escape)
        #expect(fixture.last("session.restore") == nil)
        fixture.press(.character("B"), .enter)
        #expect(
            fixture.last("session.restore") == ["agent": "support", "session": "user-42", "to": 11, "expect": 12]
        )
    }

    @Test("a restore that is refused since other things came tells them, and asks again")
    func restoreAnyway() {
        var fixture = Self.asAdmin()
        fixture.turn()
        fixture.press(.character("["), .character("B"), .enter)
        let words = "The session 'user-42' has moved on to event 15; you have seen it up to 12. What came since: 3 log."
        fixture.refuse("session.restore", RPCError.stale(words))
        #expect(fixture.model.view().text.contains("What came since: 3 log"))
        fixture.press(.escape)
        #expect(fixture.last("session.restore") == nil)
        fixture.press(.character("["), .character("B"), .enter)
        fixture.refuse("session.restore", RPCError.stale(words))
        fixture.press(.enter)
        #expect(
            fixture.last("session.restore") == ["agent": "support", "session": "user-42", "to": 11, "anyway": true]
        )
    }

    @Test("a field is changed by JSON, expecting what was seen; another text changes nothing")
    func editField() {
        var fixture = Self.asAdmin()
        fixture.press(.character("2"), .home, .character("C"), .control("u"))
        fixture.type("nope")
        fixture.press(.enter)
        #expect(fixture.last("session.edit") == nil)
        fixture.press(.escape, .character("C"), .control("u"))
        fixture.type("\"team\"")
        fixture.press(.enter)
        #expect(
            fixture.last("session.edit")
                == [
                    "agent": "support", "session": "user-42",
                    "state": [
                        ["op": "test", "path": "/plan", "value": "pro"],
                        ["op": "replace", "path": "/plan", "value": "team"],
                    ],
                ]
        )
    }

    @Test("an admin sees who did what, and one hidden value at a time")
    func audit() {
        var fixture = Self.asAdmin()
        fixture.press(.character("A"))
        let entry: JSON = [
            "number": 1, "at": .int(Int(Fixture.now)), "by": "ann", "role": "viewer", "method": "session.delete",
            "session": "user-42", "error": "forbidden",
        ]
        fixture.answer("audit.list", ["entries": [entry], "more": false])
        #expect(fixture.model.view().text.contains("ann           session.delete    user-42           forbidden"))
        fixture.press(.escape, .character("2"), .home, .character("u"))
        #expect(fixture.last("session.reveal")?["path"] == "/plan")
        fixture.answer("session.reveal", ["path": "/plan", "value": "hidden \u{1B}[2J"])
        #expect(fixture.model.view().text.contains("hidden ␛[2J"))
    }

    // MARK: Snapshots

    @Test("two snapshots are compared, or one with now")
    func compare() {
        var fixture = Fixture.opened()
        fixture.press(.character("6"))
        let rows: [JSON] = ["new", "old"].map { ["name": .string($0), "seq": 1, "at": 1, "by": "me", "messages": 0] }
        fixture.answer("snapshots.list", ["snapshots": .array(rows)])
        fixture.press(.enter)
        #expect(fixture.last("session.diff")?["from"] == "new")
        #expect(fixture.last("session.diff")?["to"] == 2)
        fixture.press(.down, .character("="), .up, .enter)
        #expect(fixture.last("session.diff")?["from"] == "old")
        #expect(fixture.last("session.diff")?["to"] == "new")
        fixture.answer(
            "session.diff",
            ["state": [["op": "remove", "path": "/plan"]], "added": [], "removed": [], "changed": []]
        )
        #expect(fixture.model.view().text.contains("− /plan"))
    }
}
