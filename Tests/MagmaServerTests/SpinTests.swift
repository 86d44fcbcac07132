import Foundation
import Magma
import MagmaProviders
import MagmaRuntime
import SessionModel
import Synchronization
import TestSupport
import Testing

/// Whether the handlers below go on computing; after a while they stop by themselves, so that a runtime which they hold
/// up fails a test instead of ending all.
private enum Spin {
    static let isOver = Atomic(false)
    static let count = Atomic(0)

    static func spin() {
        count.add(1, ordering: .relaxed)
        let end = ContinuousClock.now + .seconds(600)
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
                    try await runtime.wake(SessionPlace(lasting: session), origin: .chat)
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

    @Test("an agent whose handlers all block holds up no other of 1,000 sessions, no inspector, and no job")
    func blocking() async throws {
        let count = 15
        try await ServerFixture.run(agents: [BlockingAgent.self, PatientAgent.self], scripts: [:]) { server in
            let runtime = server.runtime
            let (blocking, patient) = (try runtime.agent("blocking"), try runtime.agent("patient"))
            let me = ChangeAuthor(name: "me", method: "test")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    let key = SessionKey(agent: blocking.id, session: "b\(number)")
                    switch number % 3 {
                    case 0:
                        let target = HookTarget(session: key.session, why: "It was chosen by the test.")
                        group.addTask {
                            _ = try await runtime.handleHook("block", of: blocking, HookRequest(), into: target)
                        }
                    case 1:
                        group.addTask {
                            _ = try await runtime.send([.user("x")], to: SessionPlace(lasting: key), origin: .chat)
                                .reply
                        }
                    default:
                        try await runtime.wake(SessionPlace(lasting: key), origin: .chat)
                        try await runtime.runJob("yearly", of: blocking, on: key, by: me)
                    }
                }
                while Block.count.load(ordering: .relaxed) < count { try await Task.sleep(for: .milliseconds(5)) }
                for number in 0..<1000 {
                    let key = SessionKey(agent: patient.id, session: "s\(number)")
                    let reply = try await runtime.send([.user("hi")], to: SessionPlace(lasting: key), origin: .chat)
                        .reply
                    #expect(reply.message.text == "here")
                }
                try await runtime.runJob("yearly", of: patient, on: nil, by: me)
                while try await runtime.stats().ticks < 1000 { try await Task.sleep(for: .milliseconds(5)) }
                try await server.inspect { inspector in
                    func attached(_ key: SessionKey) async throws -> JSON {
                        let params: JSON = ["agent": .string(key.agent), "session": .string(key.session)]
                        return try await inspector.call("session.attach", params)["head"] ?? nil
                    }
                    let ticked = try await attached(SessionKey(agent: patient.id, session: "s999"))
                    #expect(ticked["state"]?["runs"] == 1)
                    let blocked = try await attached(SessionKey(agent: blocking.id, session: "b0"))
                    #expect(blocked["summary"]?["doing"] == "hook:block")
                }
                #expect(Block.count.load(ordering: .relaxed) == count)
                for _ in 0..<count { Block.gate.signal() }
                try await group.waitForAll()
            }
        }
    }
}

/// Blocks the calling thread until the test lets it go.
private enum Block {
    static let gate = DispatchSemaphore(value: 0)
    static let count = Atomic(0)

    static func block() {
        count.add(1, ordering: .relaxed)
        // A pool that it holds up fails the test instead of ending all.
        _ = gate.wait(timeout: .now() + 600)
        count.subtract(1, ordering: .relaxed)
    }
}

/// Blocks in whatever handler it is asked.
@Agent(provider: ScriptedProvider(["blocking": Script { _ in [.text("here")] }]))
private actor BlockingAgent {
    var runs = 0

    func receive(_ message: Message) async throws -> Message {
        Block.block()
        return message
    }

    @Hook("block")
    func onBlock(_ request: HookRequest) -> HookResponse {
        Block.block()
        return .json(["over": true])
    }

    @Job("0 0 1 1 *")
    func yearly() {
        Block.block()
        runs += 1
    }
}

@Agent(provider: ScriptedProvider(["patient": Script { _ in [.text("here")] }]))
private actor PatientAgent {
    var runs = 0

    @Job("0 0 1 1 *")
    func yearly() { runs += 1 }
}
