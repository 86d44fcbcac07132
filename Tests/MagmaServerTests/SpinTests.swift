import Foundation
import Magma
import MagmaProviders
import MagmaRuntime
import SessionModel
import Synchronization
import TestSupport
import Testing
import WorkPool

/// Whether the handlers below go on computing; after a while they stop by themselves, so that a runtime which they hold
/// up fails a test instead of ending all.
private enum Spin {
    static let isOver = Atomic(false)
    static let count = Atomic(0)

    static func spin() {
        count.add(1, ordering: .relaxed)
        let end = ContinuousClock.now + .seconds(30)
        while !isOver.load(ordering: .relaxed), ContinuousClock.now < end {}
        count.subtract(1, ordering: .relaxed)
    }
}

/// Computes without ever waiting, in whatever handler it is asked.
@Agent(
    provider: ScriptedProvider([
        "spinning": Script { request in
            guard request.lastUserText == "spin", request.freshResults.isEmpty else { return [.text("done")] }
            return [.toolCall(ToolCall(id: request.newCallID, name: "spin", arguments: [:]))]
        }
    ])
)
private actor SpinningAgent {
    var runs = 0

    /// Spins.
    @Tool
    func spin() -> String {
        Spin.spin()
        return "over"
    }

    @Hook("spin")
    func onSpin(_ request: HookRequest) -> HookResponse {
        Spin.spin()
        return .json(["over": true])
    }

    @Job("0 0 1 1 *")
    func yearly() {
        Spin.spin()
        runs += 1
    }
}

@Suite("Handlers that never wait", .timeLimit(.minutes(15)))
struct SpinTests {
    @Test("a tool, a hook and a job that spin on several sessions stop no other session, inspector or timer")
    func others() async throws {
        WorkPool.install()
        let each = ProcessInfo.processInfo.activeProcessorCount
        try await ServerFixture.run(agents: [SpinningAgent.self]) { server in
            let (runtime, agent) = (server.runtime, try server.runtime.agent(nil))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<each {
                    group.addTask {
                        let chat = try await server.post("/v1/chat?sessionId=tool\(number)", "{\"message\":\"spin\"}")
                        #expect(chat.status == 200)
                    }
                    group.addTask {
                        let hook = try await server.post("/hooks/spin", "{\"session_id\":\"hook\(number)\"}")
                        #expect(hook.status == 200)
                    }
                    let session = SessionKey(agent: agent.id, session: "job\(number)")
                    try await runtime.wake(session, origin: .chat)
                    let me = ChangeAuthor(name: "me", method: "test")
                    try await runtime.runJob("yearly", of: agent, on: session, by: me)
                }
                while Spin.count.load(ordering: .relaxed) < 3 * each { try await Task.sleep(for: .milliseconds(5)) }
                let other = try await server.post("/v1/chat?sessionId=other", "{\"message\":\"hello\"}")
                #expect(other.json["content"] == "done")
                try await server.inspect { inspector in
                    let stats = try await inspector.call("runtime.stats")
                    #expect(stats["sessions"]?["awake"] == .int(2 * each + 1))
                    let spinning = try await inspector.call(
                        "session.attach",
                        ["agent": .string(agent.id), "session": "tool0"]
                    )
                    #expect(spinning["head"]?["seq"]?.int ?? 0 > 1)
                }
                let metrics = try await server.get("/metrics").body
                #expect(metrics.contains("magma_threads_stuck "))
                #expect(!metrics.contains("magma_threads_stuck 0\n"))
                #expect(Spin.count.load(ordering: .relaxed) == 3 * each)
                Spin.isOver.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
        }
    }
}
