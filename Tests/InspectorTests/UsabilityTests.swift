import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Usability", .timeLimit(.minutes(15)))
struct UsabilityTests {
    @Test("a tool's result is the one that follows its call, also when ids come again")
    func repeatedCallIDs() {
        var fixture = Fixture.opened(width: 100, height: 24)
        for (number, answer) in ["first", "second"].enumerated() {
            let call = ToolCall(id: "same", name: "look", arguments: ["n": .int(number)])
            fixture.event(.messageAdded(Message(id: "c\(number)", role: .assistant, blocks: [.toolCall(call)])))
            let result = ToolResult(id: "same", name: "look", result: .string(answer))
            fixture.event(.messageAdded(Message(id: "r\(number)", role: .user, blocks: [.toolResult(result)])))
        }
        let rows = fixture.model.view().text.split(separator: "\n").filter { $0.contains("look(") || $0.contains("↳") }
        #expect(rows.count == 4)
        #expect(rows[1].contains("first"))
        #expect(rows[3].contains("second"))
    }

    @Test("the palette has words that begin so first")
    func palette() {
        #expect(PaletteKeys.actions(matching: "pau", of: ActionTable.standard.all).first?.id == "job.pause")
        #expect(PaletteKeys.actions(matching: "quit", of: ActionTable.standard.all).first?.id == "quit")
    }

    @Test("Esc leaves the line also when an error is shown")
    func escape() {
        var fixture = Fixture.opened()
        fixture.press(.character("i"))
        fixture.type("x")
        fixture.press(.enter)
        fixture.refuse("session.send", .failed("x", "no"))
        fixture.press(.escape)
        #expect(fixture.model.focus == .sessions)
        #expect(fixture.model.notices.shown == nil)
    }

    @Test("the footer never leaves out the way to help and out", arguments: [40, 60, 80, 120])
    func footer(width: Int) {
        let footer = Fixture.opened(width: width, height: 20).model.view().text(row: 19)
        #expect(footer.contains("? help"))
        #expect(footer.contains("q quit"))
    }

    @Test("help goes to its end and back")
    func help() {
        var fixture = Fixture.opened(width: 80, height: 24)
        fixture.press(.character("?"), .character("G"))
        #expect(fixture.model.view().text.contains("-kind:temporary"))
        fixture.press(.character("g"))
        #expect(fixture.model.view().text.contains("Everywhere"))
    }

    @Test("a session that cannot be opened takes no message, and says why")
    func vanished() {
        var fixture = Fixture.opened()
        fixture.press(.down)
        fixture.refuse("session.attach", .notFound("session_not_found", "There is no session 'user-17'."))
        fixture.press(.character("i"))
        #expect(fixture.model.focus != .compose)
        #expect(fixture.model.notices.shown?.text.contains("There is no session") == true)
        fixture.tell(.input(.paste("x")))
        fixture.press(.enter)
        #expect(fixture.last("session.send") == nil)
    }

    @Test("a viewer is told before anything is written, and what is written is not lost by leaving")
    func viewerAndDraft() {
        var viewer = Fixture.opened()
        viewer.model.link.hello?.role = .viewer
        viewer.press(.character("i"))
        #expect(viewer.model.focus != .compose)
        #expect(viewer.model.notices.shown?.text.contains("Requires operator; your token is viewer.") == true)
        var writer = Fixture.opened()
        writer.press(.character("i"))
        writer.type("half")
        #expect(writer.effects(.input(.key(.control("c")))).isEmpty)
        #expect(writer.model.view().text.contains("user-42 is not sent"))
        #expect(writer.effects(.input(.key(.enter))) == [.quit])
    }

    @Test("! shows only sessions in trouble, and then what was shown before")
    func trouble() {
        var fixture = Fixture.opened()
        #expect(!fixture.model.view().text(row: 0).contains("✕"))
        fixture.notify("sessions.changed", Fixture.page(troubled: 3))
        #expect(fixture.model.view().text(row: 0).contains("✕ 3"))
        fixture.press(.character("!"))
        #expect(fixture.last("sessions.view")?["filter"] == "error")
        fixture.press(.character("!"))
        fixture.answer("sessions.view", Fixture.page())
        #expect(fixture.last("sessions.view")?["filter"] == nil)
    }

    @Test("what destroys is red, and its title says what")
    func danger() {
        var fixture = Fixture.opened()
        fixture.model.link.hello?.role = .admin
        fixture.press(.character("X"))
        let surface = fixture.model.view()
        let row = (0..<surface.size.height).first { surface.text(row: $0).contains("Delete user-42") } ?? 0
        let column = surface.text(row: row).prefix { $0 != "D" }.count
        #expect(surface[column, row].style.role == .bad)
    }

    @Test("times are measured by the runtime's clock, and an unknown protocol is named")
    func otherClock() {
        var fixture = Fixture.opened()
        let age = Fixture.rows[1].times.active
        fixture.model.link.measured = 0
        fixture.tell(.clock(Fixture.now + 10_000))
        var stats = Fixture.stats.json.object ?? [:]
        stats["now"] = .int(Int(Fixture.now) + 3_600_000)
        fixture.answer("runtime.stats", .object(stats))
        #expect(fixture.model.runtimeNow == Fixture.now + 3_600_000)
        #expect(fixture.model.view().text.contains(Format.age(Fixture.now + 3_600_000 - age)))
        var other = Fixture()
        other.tell(.link(.up))
        var hello = Fixture.hello.object ?? [:]
        hello["protocol"] = "99"
        other.answer("runtime.hello", .object(hello))
        #expect(other.model.notices.shown?.text.contains("speaks version 99") == true)
    }

    @Test("on a screen that is too small keys do nothing but leave")
    func tooSmall() {
        var fixture = Fixture.opened()
        fixture.tell(.input(.resize(Size(width: 20, height: 5))))
        fixture.model.link.hello?.role = .admin
        fixture.press(.character("X"), .character("n"), .character("c"))
        #expect(fixture.model.overlay == nil)
        #expect(fixture.last("session.cancel") == nil)
        #expect(fixture.effects(.input(.key(.character("q")))) == [.quit])
    }

    @Test("a list that fits on the screen shows all of it, however the selected row moves")
    func wholeList() {
        var fixture = Fixture.opened(width: 120, height: 36)
        fixture.press(.down, .down, .down)
        let moved = [Fixture.rows[3]] + Fixture.rows.filter { $0.key != Fixture.rows[3].key }
        fixture.notify("sessions.changed", Fixture.page(Array(moved.reversed())))
        fixture.notify("sessions.changed", Fixture.page(moved))
        #expect(fixture.model.list.top == 0)
        #expect(fixture.model.list.selected == Fixture.rows[3].key)
    }

    @Test("what was started read-only stays so")
    func ceiling() {
        var fixture = Fixture.opened()
        fixture.press(.control("r"), .control("r"))
        #expect(!fixture.model.setup.isReadOnly)
        var model = InspectorModel(
            profile: "p",
            size: Size(width: 80, height: 24),
            now: Fixture.now,
            readOnlyReason: "It was started with --read-only."
        )
        _ = model.update(.input(.key(.control("r"))))
        #expect(model.setup.isReadOnly)
        #expect(model.notices.shown?.text.contains("--read-only") == true)
    }

    @Test("what fails after a session was deleted is not said to have failed")
    func deleted() {
        var fixture = Fixture.opened()
        fixture.model.link.hello?.role = .admin
        fixture.press(.character("X"))
        fixture.type("user-42")
        fixture.press(.enter)
        fixture.answer("session.delete", ["deleted": true])
        fixture.refuse("jobs.list", .notFound("session_not_found", "There is no session 'user-42'."))
        #expect(fixture.model.notices.shown?.text == "Deleted the session user-42.")
    }

    @Test("the line is not reached by Tab where nothing can be sent, and down does not wipe what is written")
    func line() {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.press(.character("["), .tab, .tab, .tab)
        #expect(fixture.model.focus != .compose)
        fixture.press(.character("."), .character("i"))
        fixture.type("draft")
        fixture.press(.down)
        #expect(fixture.model.work.composer.input(SessionKey(agent: "support", session: "user-42")).text == "draft")
    }

    @Test("a refusal goes with the next key, a failure stays until Esc")
    func notices() {
        var fixture = Fixture.opened()
        fixture.press(.character("."))
        #expect(fixture.model.notices.shown?.kind == .refused)
        fixture.press(.down)
        #expect(fixture.model.notices.shown == nil)
        fixture.tell(.problem("It failed."))
        fixture.press(.down)
        #expect(fixture.model.notices.shown?.kind == .failed)
        fixture.press(.escape)
        #expect(fixture.model.notices.shown == nil)
    }

    @Test("what is proposed is replaced by what is typed, and taken over by moving in it")
    func proposal() {
        var input = TextInput(proposal: "at-7")
        _ = input.handle(.character("x"))
        #expect(input.text == "x")
        input = TextInput(proposal: "at-7")
        _ = input.handle(.end)
        _ = input.handle(.character("x"))
        #expect(input.text == "at-7x")
    }

    @Test("cancelling says so when there was nothing to cancel")
    func nothingToCancel() {
        var fixture = Fixture.opened()
        fixture.press(.character("c"))
        fixture.answer("session.cancel", ["cancelled": false])
        #expect(fixture.model.notices.shown?.text == "Cancel the turn: none is in flight.")
    }

    @Test("without a session that fits none is looked into")
    func nobody() {
        var fixture = Fixture.opened()
        fixture.press(.character("/"))
        fixture.type("zzz")
        fixture.answer("sessions.view", Fixture.page([], total: 0))
        fixture.answer("sessions.view", Fixture.page([], total: 0))
        #expect(fixture.model.detail == nil)
        fixture.press(.enter, .character("2"))
        fixture.notify("sessions.changed", Fixture.page())
        #expect(fixture.model.detail?.tab == .state)
    }
}
