import SessionModel
import Testing

@testable import MagmaRuntime

@Suite("How a session is listed")
struct SessionPresenceTests {
    private func presence(_ kind: SessionSummary.Kind) -> SessionPresence {
        let key = SessionKey(agent: "a", session: "s")
        let summary = SessionSummary(key: key, kind: kind, created: 1000, origin: .chat)
        return SessionPresence(new: summary, uptime: 50, retention: 200)
    }

    @Test("traffic puts off the end of a temporary session, and of no other")
    func touch() {
        for (kind, expires, ends) in [(.temporary, 1200, 250), (.lasting, nil, nil)]
            as [(SessionSummary.Kind, Int64?, Double?)]
        {
            var presence = presence(kind)
            #expect(presence.summary.times.expires == expires)
            #expect(presence.ends == ends)
            presence.touch(now: 1300, uptime: 350, retention: 200)
            #expect(presence.summary.times.active == 1300)
            #expect(presence.used == 350)
            #expect(presence.summary.times.expires == expires.map { _ in 1500 })
            #expect(presence.ends == ends.map { _ in 550 })
            presence.end(listedUntil: 9)
            presence.touch(now: 1400, uptime: 450, retention: 200)
            #expect(presence.summary.times.expires == 9)
        }
    }

    @Test(
        "one that is read from the store has been unused for as long as the clock says, and never longer than for ever"
    )
    func stored() {
        var summary = presence(.temporary).summary
        summary.times.active = 900
        #expect(SessionPresence(stored: summary, now: 1000, uptime: 50).used == -50)
        #expect(SessionPresence(stored: summary, now: 1000, uptime: 50).ends == 250)
        summary.times.active = 2000
        #expect(SessionPresence(stored: summary, now: 1000, uptime: 50).used == 50)
    }

    @Test("what it does is the newest of what it has not finished; followers are told once")
    func activities() {
        var presence = presence(.lasting)
        let told = presence.show()
        #expect(!told)
        for activity in ["thinking", "tool:a", "tool:a"] { presence.begin(activity) }
        #expect(presence.summary.doing == "tool:a")
        let news = [presence.show(), presence.show()]
        #expect(news == [true, false] && presence.isShown)
        presence.finish("tool:a")
        #expect(presence.summary.doing == "tool:a")
        presence.finish("thinking")
        presence.finish("unknown")
        #expect(presence.isBusy)
        presence.finish("tool:a")
        #expect(!presence.isBusy && presence.summary.doing == nil)
        let isOver = presence.show()
        #expect(isOver && !presence.isShown)
    }

    @Test("trouble is over when the same kind of thing goes well")
    func trouble() {
        var presence = presence(.lasting)
        presence.summary.trouble = .init(kind: "hook", seq: 3, text: "x")
        presence.recover(from: "turn")
        #expect(presence.summary.trouble != nil)
        presence.recover(from: "hook")
        #expect(presence.summary.trouble == nil)
    }

    @Test("its row has what the events come to")
    func row() {
        var presence = presence(.lasting)
        let events = [
            SessionEvent(seq: 1, at: 1, body: .messageAdded(.user("hi"))),
            SessionEvent(seq: 2, at: 1, body: .stateChanged(JSONPatch(from: [:], to: ["n": 1]))),
        ]
        let row = presence.row(SessionFold(events), pausedJobs: ["tick"])
        #expect(row.summary.seq == 2)
        #expect(row.summary.messages == 1)
        #expect(row.summary.paused)
        #expect(row.state == ["n": 1])
        #expect(row.pausedJobs == ["tick"])
    }
}
