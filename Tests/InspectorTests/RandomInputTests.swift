import Foundation
import Inspection
import SessionModel
import Terminal
import TestSupport
import Testing

@testable import Inspector

@Suite("Random keys and sizes", .timeLimit(.minutes(15)))
struct RandomInputTests {
    /// Every key that an action has, and those of lines and lists.
    private static let keys: [Key] =
        Set(ActionTable.standard.all.flatMap(\.keys)).subtracting([.control("c"), .control("z"), .character("q")])
        .sorted { $0.description < $1.description }
        + [.backspace, .control("w"), .control("s"), .control("e"), .alt("x"), .character("注"), .character("0")]

    @Test(
        "nothing crashes, and every row is as wide as the screen",
        arguments: 0..<(ProcessInfo.processInfo.environment["FUZZ_RUNS"].flatMap { Int($0) } ?? 40)
    )
    func random(seed: Int) async {
        var random = Seeded(UInt64(seed) &* 7919 &+ 1)
        var fixture = Fixture.opened()
        fixture.turn()
        for step in 0..<300 {
            // Other tests wait for the same two threads, some of them with a clock.
            await Task.yield()
            advance(&fixture, step, &random)
            let surface = fixture.model.view()
            fixture.tell(.clock(fixture.model.now + .random(in: 0...3000, using: &random)))
            if let later = fixture.model.view(after: surface), later != fixture.model.view() {
                Issue.record("time changes more than the list and the edges at step \(step)")
            }
            for y in 0..<surface.size.height where Width.of(surface.text(row: y)) != surface.size.width {
                Issue.record("row \(y) at step \(step)")
            }
        }
    }

    @Test("the selection stays on its session, whatever comes and goes around it", arguments: 0..<20)
    func selection(seed: Int) async {
        var random = Seeded(UInt64(seed) &* 104_729 &+ 3)
        var fixture = Fixture.opened()
        fixture.press(.down, .down)
        let key = fixture.model.list.selected
        let chosen = Fixture.rows[2]
        for step in 0..<60 {
            await Task.yield()
            var rows = Fixture.rows.filter { $0.key != chosen.key }.shuffled(using: &random)
            rows += (0..<Int.random(in: 0...4, using: &random)).map { Fixture.summary("new-\(step)-\($0)") }
            rows.insert(chosen, at: .random(in: 0...rows.count, using: &random))
            fixture.notify("sessions.changed", Fixture.page(rows))
            #expect(fixture.model.list.selected == key)
            #expect(fixture.model.detail?.key == key)
        }
    }

    private func advance(_ fixture: inout Fixture, _ step: Int, _ random: inout Seeded) {
        switch Int.random(in: 0..<15, using: &random) {
        case 0:
            let (width, height) = (Int.random(in: 1...220, using: &random), Int.random(in: 1...70, using: &random))
            fixture.tell(.input(.resize(Size(width: width, height: height))))
        case 1:
            let text = String(repeating: "中 a\u{1B}", count: .random(in: 0...90, using: &random))
            fixture.event(.messageAdded(Message(id: "r\(step)", role: .assistant, text: text)))
        case 2:
            let rows = Fixture.rows.shuffled(using: &random).prefix(.random(in: 0...8, using: &random))
            fixture.notify("sessions.changed", Fixture.page(Array(rows)))
        case 3:
            fixture.event(.stateChanged(JSONPatch([.add(JSONPointer(["f\(step % 40)"]), ["a": [1, ["b": nil]]])])))
        case 4: fixture.tell(.clock(Fixture.now + Int64(step) * 137))
        case 5: fixture.tell(.link(Bool.random(using: &random) ? .up : .down(reason: "x", since: 1, retryAt: 2)))
        case 6:
            fixture.answer("sessions.watch", Fixture.page())
            fixture.attach()
        case 7: fixture.answer("hooks.get", ["exchange": Fixture.exchanges[0].json])
        case 8:
            let kinds: [Mouse.Kind] = [.press, .drag, .release, .wheelUp, .wheelDown]
            let point = Point(x: .random(in: -1...230, using: &random), y: .random(in: -1...75, using: &random))
            fixture.tell(.input(.mouse(Mouse(kinds.randomElement(using: &random) ?? .press, at: point))))
        case 9: answerAboutThePast(&fixture)
        default: fixture.press(Self.keys.randomElement(using: &random) ?? .up)
        }
    }

    private func answerAboutThePast(_ fixture: inout Fixture) {
        if let seq = fixture.last("session.at")?["seq"] {
            fixture.answer(
                "session.at",
                ["seq": seq, "messages": [], "window": 0, "state": ["a": 1], "blame": ["a": 1]]
            )
        }
        fixture.answer(
            "snapshots.list",
            ["snapshots": [["name": "one", "seq": 3, "at": .int(Int(Fixture.now)), "by": "me", "messages": 2]]]
        )
        fixture.answer("session.diff", ["state": [], "added": [], "removed": [], "changed": []])
        fixture.answer("hooks.resolve", ["session": "user-42", "why": "so", "temporary": false])
        fixture.answer("hooks.replay", ["exchange": Fixture.exchanges[1].json])
    }
}
