import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("The session that is open", .timeLimit(.minutes(15)))
struct SelectionTests {
    @Test("when the selected session goes, it stays selected, and moving goes on from its line")
    func neighbour() {
        for (key, next) in [(Key.down, 3), (.up, 1)] {
            var fixture = Fixture.opened()
            fixture.press(.down, .down)
            let rows = Fixture.rows.filter { $0.key != Fixture.rows[2].key }
            fixture.notify("sessions.changed", Fixture.page(rows))
            #expect(fixture.model.list.selected == Fixture.rows[2].key)
            #expect(fixture.model.detail?.key == Fixture.rows[2].key)
            fixture.press(key)
            #expect(fixture.model.list.selected == Fixture.rows[next].key)
        }
    }

    @Test("a message never goes to another session than the one it was written for", arguments: Leaving.allCases)
    private func misdirected(way: Leaving) {
        var fixture = Fixture.opened()
        let bob = Fixture.rows[0].key
        fixture.press(.character("i"))
        fixture.type("hunter2")
        let others = Fixture.rows.filter { $0.key != bob }
        switch way {
        case .listed: fixture.notify("sessions.changed", Fixture.page(others))
        case .alone: fixture.notify("sessions.changed", Fixture.page([], total: 0))
        case .filtered:
            // What is written after a filter is for what it finds; the draft stays with the one it was written to.
            fixture.press(.escape, .escape, .character("/"), .character("z"), .enter, .character("i"))
            fixture.answer("sessions.view", Fixture.page(others))
            fixture.press(.enter)
            #expect(fixture.model.detail?.key == others[0].key)
            #expect(fixture.last("session.send") == nil)
            return #expect(fixture.model.work.composer.input(bob).text == "hunter2")
        case .restarted:
            fixture.tell(.link(.down(reason: "gone", since: 0, retryAt: 0)))
            fixture.tell(.link(.up))
            fixture.answer("sessions.watch", Fixture.page(others))
            fixture.refuse("session.attach", .notFound("session_not_found", "There is no session 'user-42'."))
        }
        if way == .listed || way == .alone {
            fixture.refuse("session.history", .notFound("session_not_found", "There is no session 'user-42'."))
        }
        #expect(fixture.model.detail?.key == bob)
        #expect(fixture.model.work.composer.input(bob).text == "hunter2")
        fixture.press(.enter)
        #expect(fixture.last("session.send") == nil)
        #expect(fixture.model.view().text.contains("There is no session 'user-42'"))
        // What was known stays to be read.
        #expect(fixture.model.detail?.problem == nil)
        #expect(fixture.model.work.composer.input(bob).text == "hunter2")
    }

    private enum Leaving: CaseIterable { case listed, alone, filtered, restarted }

    @Test("a session that comes back under its id is opened anew, and one of that id that is another as well")
    func comesBack() {
        var fixture = Fixture.opened()
        fixture.notify("sessions.changed", Fixture.page(Array(Fixture.rows.dropFirst())))
        fixture.refuse("session.history", .notFound("session_not_found", "There is no session 'user-42'."))
        let another = Fixture.summary("user-42") { $0.times.created = Fixture.now }
        fixture.notify("sessions.changed", Fixture.page([another] + Fixture.rows.dropFirst()))
        #expect(fixture.last("session.attach")?["session"] == "user-42")
        #expect(fixture.model.detail?.gone == nil)
        #expect(fixture.model.detail?.isLoaded == false)
        var quick = Fixture.opened()
        quick.notify("sessions.changed", Fixture.page([another] + Fixture.rows.dropFirst()))
        #expect(quick.model.detail?.isLoaded == false)
    }

    @Test("a message that is refused late comes back to the session that it was for")
    func lateRefusal() {
        var fixture = Fixture.opened()
        fixture.press(.character("i"))
        fixture.type("hunter2")
        fixture.press(.enter, .escape, .tab, .down)
        fixture.refuse("session.send", .failed("offline", "The runtime is not connected."))
        #expect(fixture.model.work.composer.input(Fixture.rows[0].key).text == "hunter2")
        #expect(fixture.model.work.composer.input(Fixture.rows[1].key).isEmpty)
    }

    @Test("a session or an agent that is asked for and not there is named, and no other is opened")
    func wantedNobody() {
        var fixture = Fixture(wanted: "nosuch")
        fixture.tell(.link(.up))
        fixture.answer("runtime.hello", Fixture.hello)
        fixture.answer("sessions.watch", Fixture.page())
        #expect(fixture.model.detail == nil)
        for _ in 0..<8 {
            fixture.refuse("session.history", .notFound("session_not_found", "There is no session 'nosuch'."))
        }
        #expect(fixture.model.detail?.key.session == "nosuch")
        #expect(fixture.model.view().text.contains("no session 'nosuch'"))
        fixture.notify("sessions.changed", Fixture.page())
        #expect(fixture.model.detail?.key.session == "nosuch")
        var other = Fixture(agent: "nobody")
        other.tell(.link(.up))
        other.answer("runtime.hello", Fixture.hello)
        other.answer("sessions.watch", Fixture.page([], total: 0))
        #expect(other.model.view().text.contains("There is no agent 'nobody'"))
    }

    @Test("a session that is asked for is opened wherever it is in the list")
    func wantedFar() {
        var fixture = Fixture(wanted: "far")
        fixture.tell(.link(.up))
        fixture.answer("sessions.watch", Fixture.page())
        fixture.answer("runtime.hello", Fixture.hello)
        fixture.answer("session.history", ["events": [], "more": false])
        #expect(fixture.last("session.attach")?["session"] == "far")
        #expect(fixture.model.list.selected?.session == "far")
    }

    @Test("what is pressed after a filter is about what it finds, however fast it was typed")
    func fastFilter() {
        var fixture = Fixture.opened()
        let found = Fixture.rows[3]
        fixture.press(.character("/"))
        fixture.type("99")
        fixture.press(.enter, .character("i"))
        fixture.type("refund")
        fixture.press(.enter)
        #expect(fixture.last("session.send") == nil)
        #expect(fixture.model.detail?.key == Fixture.rows[0].key)
        // The answer to the first letter, in which the session that was open is still found.
        fixture.answer("sessions.view", Fixture.page())
        #expect(fixture.last("session.send") == nil)
        #expect(fixture.model.list.selected == Fixture.rows[0].key)
        fixture.answer("sessions.view", Fixture.page([found]))
        #expect(fixture.model.list.selected == found.key)
        #expect(fixture.last("session.send")?["session"]?.string == found.key.session)
        #expect(fixture.last("session.send")?["message"] == "refund")
    }

    @Test("of a filter that finds more than a window the first is selected; of none nothing is done")
    func manyAndNone() {
        var fixture = Fixture.opened()
        fixture.press(.character("/"))
        fixture.type("u")
        fixture.answer("sessions.view", Fixture.page(Array(Fixture.rows[2...4]), total: 5000))
        #expect(fixture.model.list.selected == Fixture.rows[2].key)
        fixture.answer("sessions.view", Fixture.page(Array(Fixture.rows[2...4]), total: 3))
        fixture.type("x")
        fixture.press(.enter, .character("E"))
        fixture.answer("sessions.view", Fixture.page([], total: 0))
        #expect(fixture.model.overlay == nil)
        #expect(fixture.model.notices.shown?.text.contains("No session fits") == true)
    }

    @Test("Esc drops the keys that wait for a filter")
    func dropped() {
        var fixture = Fixture.opened()
        fixture.press(.character("/"))
        fixture.type("9")
        fixture.press(.enter, .character("i"))
        fixture.type("refund")
        #expect(fixture.model.view().text.contains("your keys wait"))
        fixture.press(.escape)
        fixture.answer("sessions.view", Fixture.page([Fixture.rows[3]]))
        fixture.answer("sessions.view", Fixture.page())
        #expect(fixture.model.focus == .sessions)
        #expect(fixture.model.work.composer.unsent == nil)
    }

    @Test("while a filter is being answered it says so, and old rows and errors are not told as its own")
    func searching() {
        var fixture = Fixture.opened()
        fixture.press(.character("/"))
        fixture.type("a")
        fixture.answer("sessions.view", Fixture.page([], total: 0))
        #expect(fixture.model.view().text.contains("No session fits"))
        fixture.type("b")
        #expect(fixture.model.view().text.contains("Searching…"))
        fixture.type("c")
        fixture.refuse("sessions.view", RPCError(-32602, "invalid_filter", "The filter is wrong at 'ab'."))
        #expect(fixture.model.list.filter.error == nil)
        fixture.notify("sessions.changed", Fixture.page())
        #expect(fixture.model.view().text.contains("Searching…"))
        fixture.answer("sessions.view", Fixture.page([Fixture.rows[1]]))
        #expect(fixture.model.list.rows.count == 1)
    }

    @Test("before a key was pressed the selection stays in sight, also when many come before it")
    func crowded() {
        var fixture = Fixture.opened()
        let new = (0..<60).map { Fixture.summary("new-\($0)") }
        fixture.notify("sessions.changed", Fixture.page(new + Fixture.rows))
        let height = fixture.model.layout.listHeight
        #expect((fixture.model.list.top..<(fixture.model.list.top + height)).contains(60))
        fixture.press(.character("j"))
        #expect(fixture.model.list.selected == Fixture.rows[1].key)
    }
}
