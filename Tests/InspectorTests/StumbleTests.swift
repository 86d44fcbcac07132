import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("What a first user stumbled over", .timeLimit(.minutes(15)))
struct StumbleTests {
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
        #expect(InspectorModel.actions(matching: "pau").first?.id == "job.pause")
        #expect(InspectorModel.actions(matching: "quit").first?.id == "quit")
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
        fixture.type("x")
        fixture.press(.enter)
        #expect(fixture.last("session.send") == nil)
        #expect(fixture.model.notices.shown?.text.contains("There is no session") == true)
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

    @Test("when the selected session goes, its neighbour is selected, in view")
    func neighbour() {
        var fixture = Fixture.opened()
        fixture.press(.end)
        let last = fixture.model.list.selected
        fixture.notify("sessions.changed", Fixture.page(Fixture.rows.filter { $0.key != last }))
        #expect(fixture.model.list.selected == Fixture.rows[6].key)
    }

    @Test("what fails after a session was deleted is not said to have failed")
    func deleted() {
        var fixture = Fixture.opened()
        fixture.model.hello?.role = .admin
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
        #expect(fixture.model.composer.input(SessionKey(agent: "support", session: "user-42")).text == "draft")
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
        fixture.answer("sessions.view", Fixture.page([], total: 0))
        #expect(fixture.model.detail == nil)
        fixture.press(.enter, .character("2"))
        fixture.notify("sessions.changed", Fixture.page())
        #expect(fixture.model.detail?.tab == .state)
    }
}
