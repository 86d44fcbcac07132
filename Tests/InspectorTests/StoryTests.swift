import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("What people do", .timeLimit(.minutes(15)))
struct StoryTests {
    @Test("someone replays a webhook and sees what it was answered")
    func replaying() throws {
        let driver = Driver().open("user-42").tab(.hooks).press("r")
        #expect(try driver.asked(Methods.replayHook).into == "same")
        var exchange = Fixture.exchanges[0]
        exchange.response = RecordedResponse(status: 200)
        driver.answer(Methods.replayHook, ExchangeResult(document: exchange.json))
            .expect("Replayed \(exchange.hook)").expect("200")
    }

    @Test("someone looks for a field, sees what it holds, and is told what cannot be done there")
    func searching() {
        Driver().open("user-42").tab(.state)
            .press("/").type("urgent").press("Enter").expect("1 of 1")
            .press("Esc").press("r").expect("It works on the Hooks tab (3).")
    }

    @Test("someone forks a session, and the fork is opened")
    func forking() throws {
        let driver = Driver().open("user-42").press("F").expect("Id of the fork of user-42")
        driver.type("copy").press("Enter")
        let asked = try driver.asked(Methods.fork)
        #expect(asked.id == "copy" && asked.session == "user-42")
        let key = SessionKey(agent: "support", session: "copy")
        driver.answer(Methods.fork, SessionResult(key: key, summary: nil)).expect("Created the session copy.").expect(
            "copy ─"
        )
    }

    @Test("someone deletes a session only by typing its id")
    func deleting() throws {
        let driver = Driver(as: .admin).open("user-42").press("X").expect("Type user-42 to confirm")
        driver.type("user-4").press("Enter").expect("so nothing was deleted")
        driver.press("X").type("user-42").press("Enter")
        #expect(try driver.asked(Methods.delete).confirm == "user-42")
        driver.answer(Methods.delete, SessionDeleted(key: SessionKey(agent: "support", session: "user-42")))
            .expect("Deleted the session user-42.")
    }

    @Test("someone names what is running and goes back to what was said")
    func jobs() {
        Driver().open("user-42").tab(.jobs).expect("every minute").expect("paused")
            .press("x").answer(Methods.runJob, JobStarted(job: "follow-up")).expect("Started the job follow-up.")
            .tab(.context).event(
                .messageAdded(Message(id: "new", role: .assistant, blocks: [.text("It has shipped.")]))
            )
            .expect("It has shipped.")
    }
}
