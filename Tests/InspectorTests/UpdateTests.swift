import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Update", .timeLimit(.minutes(15)))
struct UpdateTests {
    @Test("new rows do not push the selected one off its line once a key has moved there")
    func selectionStays() {
        var fixture = Fixture.opened(width: 120, height: 12)
        fixture.press(.down, .down)
        let key = fixture.model.list.selected
        let line = (fixture.model.list.selectedRow ?? 0) - fixture.model.list.top
        let newer = (0..<3).map { Fixture.summary("new-\($0)") }
        fixture.notify("sessions.changed", Fixture.page(newer + Fixture.rows))
        #expect(fixture.model.list.selected == key)
        #expect((fixture.model.list.selectedRow ?? 0) - fixture.model.list.top == line)
    }

    @Test("a session that has ended and gone is not replaced under the hand while others come")
    func keysTargetAnID() {
        var fixture = Fixture.opened()
        fixture.press(.character("E"))
        fixture.press(.escape, .character("3"))
        fixture.notify("sessions.changed", Fixture.page([Fixture.summary("other")] + Fixture.rows))
        fixture.press(.character("r"))
        #expect(fixture.last("hooks.replay")?["exchange"] == "ex_2")
        #expect(fixture.model.detail?.key.session == "user-42")
    }

    @Test("a message goes to the session that is looked into, and comes back if it could not be sent")
    func send() {
        var fixture = Fixture.opened()
        fixture.press(.character("i"))
        fixture.type("hello")
        fixture.press(.enter)
        #expect(fixture.last("session.send") == ["agent": "support", "session": "user-42", "message": "hello"])
        fixture.refuse("session.send", .failed("offline", "The runtime is not connected."))
        #expect(fixture.model.notices.shown?.kind == .failed)
        fixture.press(.enter)
        #expect(fixture.last("session.send")?["message"] == "hello")
        fixture.press(.up)
        #expect(fixture.model.work.composer.input(SessionKey(agent: "support", session: "user-42")).text == "hello")
    }

    @Test("pasted text goes into the line as it is, without being sent")
    func paste() {
        var fixture = Fixture.opened()
        fixture.tell(.input(.paste("one\ntwo\u{1B}[31m")))
        #expect(fixture.last("session.send") == nil)
        fixture.press(.enter)
        #expect(fixture.last("session.send")?["message"] == "one\ntwo\u{1B}[31m")
    }

    @Test("the filter is asked for as it is typed, and taken away with Esc")
    func filter() {
        var fixture = Fixture.opened()
        fixture.press(.character("/"))
        fixture.type("ab")
        // One question at a time; what was typed meanwhile is asked for next.
        #expect(fixture.last("sessions.view")?["filter"] == "a")
        fixture.answer("sessions.view", Fixture.page([], total: 0))
        #expect(fixture.last("sessions.view")?["filter"] == "ab")
        fixture.press(.escape)
        fixture.answer("sessions.view", Fixture.page())
        #expect(fixture.requests.last { $0.method == "sessions.view" }?.params["filter"] == nil)
        fixture.answer("sessions.view", Fixture.page())
        #expect(fixture.last("sessions.view") == nil)
        #expect(!fixture.model.mode.isFiltering)
    }

    @Test("after a lost link it resumes after the last event it has, and takes each event once")
    func resume() {
        var fixture = Fixture.opened()
        fixture.turn()
        let seq = fixture.model.detail?.fold.seq ?? 0
        fixture.tell(.link(.down(reason: "x", since: Fixture.now, retryAt: Fixture.now)))
        #expect(fixture.model.detail?.fold.messages.count == 4)
        fixture.tell(.link(.up))
        #expect(fixture.last("session.attach")?["after"] == .int(seq))
        let head = SessionHead(
            summary: Fixture.rows[0],
            messages: [],
            window: 0,
            state: [:],
            blame: [:],
            jobs: [],
            seq: seq + 1
        )
        fixture.answer("session.attach", ["attachment": "a1", "head": head.json])
        #expect(fixture.model.detail?.fold.messages.count == 4)
        let missed = SessionEvent(
            seq: seq + 1,
            at: 0,
            body: .messageAdded(Message(id: "m9", role: .user, text: "while away"))
        )
        for _ in 0..<2 { fixture.notify("session.event", ["attachment": "a1", "event": missed.json]) }
        #expect(fixture.model.detail?.fold.messages.map(\.id) == ["m1", "m2", "m3", "m4", "m9"])
    }

    @Test("a runtime that was started anew is shown as it is now")
    func restarted() {
        var fixture = Fixture.opened()
        fixture.turn()
        fixture.tell(.link(.down(reason: "x", since: Fixture.now, retryAt: Fixture.now)))
        fixture.tell(.link(.up))
        var summary = Fixture.rows[0]
        summary.times.created += 99_000
        let head = SessionHead(
            summary: summary,
            messages: [.user("new life")],
            window: 0,
            state: [:],
            blame: [:],
            jobs: [],
            seq: 400
        )
        fixture.answer("session.attach", ["attachment": "a1", "head": head.json])
        #expect(fixture.model.detail?.fold.messages.map(\.text) == ["new life"])
    }

    @Test("what the token may not do is refused before it is sent", arguments: ["r", "R"])
    func roles(key: Character) {
        var fixture = Fixture.opened()
        var hello = Hello(json: Fixture.hello)
        hello?.role = .viewer
        fixture.model.link.hello = hello
        fixture.press(.character("3"), .character(key))
        #expect(fixture.last("hooks.replay") == nil)
        #expect(fixture.model.notices.shown?.kind == .refused)
        #expect(fixture.model.notices.shown?.text.contains("operator") == true)
    }

    @Test(
        "read-only refuses everything that changes something",
        arguments: ActionTable.standard.all.filter(\.changes).map(\.id)
    )
    func readOnly(id: String) throws {
        var fixture = Fixture.opened()
        fixture.press(.control("r"))
        let before = fixture.requests.count
        let action = try #require(ActionTable.standard[id])
        #expect(fixture.model.perform(action).isEmpty)
        #expect(fixture.requests.count == before)
        #expect(fixture.model.notices.shown?.text.contains("read-only") == true)
    }

    @Test("every action is in the help, in the palette, and on a key that is its own")
    func actions() {
        #expect(Set(ActionTable.standard.all.map(\.id)).count == ActionTable.standard.all.count)
        for action in ActionTable.standard.all {
            #expect(!action.keys.isEmpty)
            #expect(
                PaletteKeys.actions(matching: action.title, of: ActionTable.standard.all).contains {
                    $0.id == action.id
                }
            )
            for key in action.keys {
                let others = ActionTable.standard.all.filter {
                    $0.scope == action.scope && $0.tab == action.tab && $0.keys.contains(key)
                }
                #expect(others.count == 1, "\(key) in \(action.scope): \(others.map(\.id))")
            }
        }
    }

    @Test("what waits longer than 200 ms says so, and Esc stops waiting")
    func waiting() {
        var fixture = Fixture.opened()
        fixture.press(.character("4"), .character("x"))
        #expect(!fixture.model.view().text.contains("Starting"))
        fixture.tell(.clock(Fixture.now + 250))
        #expect(fixture.model.view().text.contains("Starting follow-up…"))
        fixture.press(.escape)
        #expect(!fixture.model.view().text.contains("Starting follow-up…"))
        #expect(fixture.model.notices.shown?.kind == .refused)
    }

    @Test("errors stay until they are dismissed, successes go by themselves, and both are kept")
    func notices() {
        var log = NoticeLog()
        log.say(.failed, "bad", at: 0)
        log.expire(at: 1_000_000)
        #expect(log.shown?.text == "bad")
        log.say(.done, "good", at: 0)
        log.expire(at: 5000)
        #expect(log.shown == nil)
        #expect(log.all.map(\.text) == ["bad", "good"])
    }

    @Test("a context that is scrolled up stays where it is, whatever comes")
    func anchor() {
        var fixture = Fixture.opened(width: 100, height: 14)
        for number in 0..<30 {
            fixture.event(.messageAdded(Message(id: "x\(number)", role: .user, text: "line \(number)")))
        }
        fixture.press(.enter, .up, .up)
        let before = fixture.model.view().text(row: 3)
        for number in 30..<60 {
            fixture.event(.messageAdded(Message(id: "x\(number)", role: .user, text: "line \(number)")))
        }
        #expect(fixture.model.view().text(row: 3) == before)
        fixture.press(.end)
        #expect(fixture.model.detail?.context.scroll == .following)
        #expect(fixture.model.view().text.contains("line 59"))
    }

    @Test("ending asks for the id again, and does nothing when it is another")
    func ending() {
        var fixture = Fixture.opened()
        var hello = Hello(json: Fixture.hello)
        hello?.role = .admin
        fixture.model.link.hello = hello
        fixture.press(.character("E"))
        fixture.type("user-4")
        fixture.press(.enter)
        #expect(fixture.last("session.end") == nil)
        fixture.press(.escape, .character("E"))
        fixture.type("user-42")
        fixture.press(.enter)
        #expect(fixture.last("session.end") == ["agent": "support", "session": "user-42"])
    }

    @Test("the runtime's numbers are asked for every five seconds, and each second while it tells something")
    func numbers() {
        var fixture = Fixture.opened()
        func asks(after milliseconds: Int64) -> Bool {
            fixture.tell(.clock(fixture.model.now + milliseconds))
            return fixture.answer("runtime.stats", Fixture.stats.json)
        }
        _ = asks(after: 5000)
        #expect(!asks(after: 4000))
        #expect(asks(after: 1000))
        fixture.notify("sessions.changed", Fixture.page())
        #expect(asks(after: 1000))
        #expect(!asks(after: 1000))
    }

    @Test("the top line tells what waits to be stored; what was merged is told on demand")
    func health() {
        var fixture = Fixture.opened(width: 160)
        #expect(!fixture.model.view().text.contains("merged"))
        fixture.notify("sessions.changed", Fixture.page(coalesced: 12))
        var stats = Fixture.stats
        stats.storeLag = 3
        fixture.tell(.clock(fixture.model.now + 5000))
        fixture.answer("runtime.stats", stats.json)
        let top = fixture.model.view().text.split(separator: "\n")[0]
        #expect(!fixture.model.view().text.contains("coalesced"))
        #expect(top.contains("3 sessions to be stored"))
        fixture.press(.character("L"))
        #expect(fixture.model.view().text.contains("12 updates of the list coalesced"))
    }
}
