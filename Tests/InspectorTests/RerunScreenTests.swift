import Inspection
import SessionModel
import Terminal
import Testing

@testable import Inspector

@Suite("Reruns on the screen", .timeLimit(.minutes(15)))
struct RerunScreenTests {
    private static let begun: JSON = [
        "rerun": "r1", "agent": "support", "session": "tmp_1", "from": 2, "to": 40,
    ]

    private static func step(_ text: String, seq: Int, _ change: (inout RerunStep) -> Void) -> JSON {
        let call = ToolCall(id: "c", name: "find_order", arguments: ["number": 1188])
        var outcome = RerunOutcome(status: "finished", reply: "It shipped.", tools: [call], seq: seq + 5)
        (outcome.usage, outcome.duration) = (Usage(input: 30, output: 9), 12)
        var step = RerunStep(input: .turn(text: text), seq: seq, recorded: outcome)
        step.rerun = outcome
        step.rerun?.seq = seq + 6
        change(&step)
        step.compare()
        return ["rerun": "r1", "step": step.json]
    }

    private static var steps: [JSON] {
        [
            step("where is my order 1188?", seq: 3) { _ in },
            step("注文 \u{1B}[31m はどこ", seq: 14) {
                $0.rerun?.reply = "I cannot find that order.\nWhat is its number?"
                $0.rerun?.tools = []
                $0.stateChanges = JSONPatch([.replace(JSONPointer(["urgent"]), true)])
            },
            step("and now?", seq: 25) {
                $0.rerun = nil
                $0.note = "It had no answer: its messages go with the next turn."
            },
        ]
    }

    private static let end: JSON = [
        "rerun": "r1", "steps": 3, "repeated": 2, "different": ["replies": 1, "tools": 1, "state": 1],
    ]

    private func rerun(_ fixture: inout Fixture) {
        fixture.press(.character("T"), .enter)
        fixture.answer("session.rerun", Self.begun)
        for step in Self.steps { fixture.notify("rerun.step", step) }
    }

    @Test("each step with what differs, and the selected one beside its recording", arguments: ScreenTests.sizes)
    func screen(width: Int, height: Int) throws {
        var fixture = Fixture.opened(width: width, height: height)
        rerun(&fixture)
        fixture.notify("rerun.end", Self.end)
        fixture.press(.up)
        try expectScreen(fixture.model, "rerun-\(width)x\(height)")
    }

    @Test("options are sent, and what is none is refused")
    func options() {
        var fixture = Fixture.opened()
        fixture.press(.character("T"))
        fixture.type("ticks recorded-tools from=4 to=9 model=small provider=openai agent=other dry-hooks")
        fixture.press(.enter)
        let params = fixture.last("session.rerun")
        #expect(params?["from"] == 4 && params?["to"] == 9 && params?["ticks"] == true)
        #expect(params?["recordedTools"] == true && params?["dryHooks"] == true)
        #expect(params?["model"] == "small" && params?["provider"] == "openai" && params?["with"] == "other")
        fixture.refuse("session.rerun", .failed("reruns_full", "16 sessions are being rerun."))
        #expect(fixture.model.view().text.contains("16 sessions are being rerun."))
        for wrong in ["tick", "to=x", "from=-1", "to=-1", "=", "model"] {
            var fixture = Fixture.opened()
            fixture.press(.character("T"))
            fixture.type(wrong)
            fixture.press(.enter)
            #expect(fixture.last("session.rerun") == nil, "\(wrong)")
            #expect(fixture.model.notices.shown?.text == "'\(wrong)' is not an option of a rerun.")
        }
    }

    @Test("it goes on below, is shown again, stopped, and asked about before one quits")
    func background() {
        var fixture = Fixture.opened()
        rerun(&fixture)
        fixture.press(.escape)
        #expect(fixture.model.view().text.contains("Rerunning user-42: 3 steps"))
        fixture.press(.character("q"))
        #expect(fixture.model.view().text.contains("Rerunning user-42: 3 steps. Quit and give it up?"))
        fixture.press(.escape, .character("T"), .character("x"))
        #expect(fixture.last("rerun.stop")?["rerun"] == "r1")
        fixture.answer("rerun.stop", [:])
        let stopped = RPCError.failed("rerun_stopped", "The rerun was stopped.")
        fixture.notify("rerun.end", RerunEnd(rerun: "r1", tally: RerunTally(), error: stopped).json)
        #expect(fixture.model.view().text.contains("The rerun was stopped."))
        fixture.press(.escape, .character("q"))
        #expect(fixture.model.overlay == nil)
    }

    @Test("the fork and the original open at the step, and n goes to what differs")
    func opens() {
        var fixture = Fixture.opened()
        rerun(&fixture)
        fixture.notify("rerun.end", Self.end)
        fixture.press(.home, .character("n"))
        #expect(fixture.model.work.rerun?.selected == 1)
        fixture.press(.character("n"))
        #expect(fixture.model.work.rerun?.selected == 1)
        fixture.press(.enter)
        let key = SessionKey(agent: "support", session: "tmp_1")
        #expect(fixture.model.detail?.key == key)
        fixture.answer("session.attach", Fixture.attached(to: key, seq: 40))
        #expect(fixture.last("session.at")?["seq"] == 20)
    }

    @Test("a link that is lost ends it, and steps of another rerun are not taken")
    func lost() {
        var fixture = Fixture.opened()
        rerun(&fixture)
        fixture.notify("rerun.step", ["rerun": "r2", "step": Self.steps[0]["step"] ?? nil])
        #expect(fixture.model.work.rerun?.steps.count == 3)
        fixture.tell(.link(.down(reason: "gone", since: Fixture.now, retryAt: Fixture.now + 1000)))
        #expect(fixture.model.work.rerun?.error == "The link was lost.")
    }

    @Test("of a state that differs in very much, the beginning is shown")
    func large() {
        var step = RerunStep(input: .tick(job: "j"), seq: 3, recorded: RerunOutcome(status: "ok"))
        step.rerun = RerunOutcome(status: "ok")
        let long = JSON.string(String(repeating: "é", count: 100_000))
        step.stateChanges = JSONPatch((0..<5000).map { .add(JSONPointer(["f\($0)"]), long) })
        step.compare()
        let changes = RerunDifference.all(of: step).flatMap(\.changes)
        #expect(changes.count == 101 && changes.last?.string == "state: 4 900 more changes")
        #expect(changes.allSatisfy { $0.string.utf8.count < 2200 })
    }
}
