import Magma
import Testing

@testable import MagmaRuntime

@Suite("The turns of a session")
struct TurnQueueTests {
    /// What happens to a queue, step by step, and what it answers.
    enum Step: Sendable {
        case enter(String, TurnPolicy, TurnQueue.Admission)
        case leave(String?)
        case withdraw(String, Bool)
        case place(String, TurnQueue.Place)
        case superseded(String, Bool)
        case unfinished([String])
    }

    @Test(
        "each policy admits turns as it says",
        arguments: [
            (
                "one after another",
                [
                    .enter("a", .queue, .run), .enter("b", .queue, .wait(superseding: [], cancelling: nil)),
                    .enter("c", .queue, .wait(superseding: [], cancelling: nil)), .place("a", .running),
                    .place("b", .waiting), .leave("b"), .place("b", .running), .leave("c"), .leave(nil),
                    .place("c", .lost), .enter("d", .queue, .run), .unfinished(["a", "b", "c", "d"]),
                ]
            ),
            (
                "the newest takes the place of those before it",
                [
                    .enter("a", .interrupt, .run),
                    .enter("b", .interrupt, .wait(superseding: [], cancelling: "a")), .superseded("a", true),
                    .enter("c", .interrupt, .wait(superseding: ["b"], cancelling: "a")), .superseded("b", true),
                    .superseded("c", false), .place("b", .lost), .leave("c"), .place("c", .running), .leave(nil),
                ]
            ),
            (
                "a second one is refused",
                [
                    .enter("a", .reject, .run), .enter("b", .reject, .refuse(.busy)), .unfinished(["a"]),
                    .leave(nil), .enter("b", .reject, .run),
                ]
            ),
            (
                "one that waits can be withdrawn, and the running one cannot",
                [
                    .enter("a", .queue, .run), .enter("b", .queue, .wait(superseding: [], cancelling: nil)),
                    .enter("c", .queue, .wait(superseding: [], cancelling: nil)), .withdraw("b", true),
                    .withdraw("b", false), .withdraw("a", false), .superseded("b", false), .leave("c"),
                ]
            ),
        ] as [(String, [Step])]
    )
    func policies(name: String, steps: [Step]) {
        var queue = TurnQueue()
        for step in steps {
            switch step {
            case .enter(let turn, let policy, let admission): #expect(queue.enter(turn, policy: policy) == admission)
            case .leave(let next): #expect(queue.leave() == next)
            case .withdraw(let turn, let was): #expect(queue.withdraw(turn) == was)
            case .place(let turn, let place): #expect(queue.place(of: turn) == place)
            case .superseded(let turn, let was): #expect(queue.isSuperseded(turn) == was)
            case .unfinished(let turns): #expect(queue.unfinished == turns)
            }
        }
    }

    @Test("a queue takes 64 and no more")
    func full() {
        var queue = TurnQueue()
        #expect(queue.enter("0", policy: .queue) == .run)
        for number in 1...64 {
            #expect(queue.enter("\(number)", policy: .queue) == .wait(superseding: [], cancelling: nil))
        }
        #expect(queue.enter("65", policy: .queue) == .refuse(.full))
        #expect(queue.unfinished.count == 65)
        #expect(queue.leave() == "1")
    }

    @Test("what was interrupted by a stop is known until it is finished, and a forgotten turn is superseded no more")
    func ends() {
        var queue = TurnQueue(unfinished: ["a", "b"])
        queue.finish("a")
        queue.finish(nil)
        #expect(queue.unfinished == ["b"])
        queue.finishAll()
        #expect(queue.unfinished.isEmpty)
        _ = queue.enter("c", policy: .interrupt)
        _ = queue.enter("d", policy: .interrupt)
        queue.forget("c")
        #expect(!queue.isSuperseded("c"))
    }
}
