import Foundation
import Magma
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

/// A probe whose model is `model`.
private func answering(_ model: @escaping @Sendable (CompletionRequest) async throws -> [Block]) -> ProbeAgent.Plan {
    ProbeAgent.Plan(model: model)
}

@Suite("Reruns", .timeLimit(.minutes(15)))
struct RerunTests {
    /// A model that calls the tool which the user names, such as `add 3`, and says what it answered.
    private static func plan() -> ProbeAgent.Plan {
        answering { request in
            guard let last = request.messages.last else { return [] }
            if let result = last.toolResults.first { return [.text(result.result.text)] }
            let parts = last.text.split(separator: " ").map(String.init)
            guard parts.count == 2, let number = Int(parts[1]) else { return [.text("re: \(last.text)")] }
            let arguments: JSON = ["n": .int(number)]
            return [.toolCall(ToolCall(id: "c\(request.messages.count)", name: parts[0], arguments: arguments))]
        }
    }

    private func rerun(
        _ session: Session,
        _ runtime: Runtime,
        _ change: (inout RerunOptions) -> Void = { _ in }
    ) async throws -> (rerun: Rerun, steps: [RerunStep]) {
        var options = RerunOptions()
        change(&options)
        let rerun = try await Rerun(of: session.key, options, in: runtime, by: me)
        let steps = Mutex<[RerunStep]>([])
        try await rerun.run { step in steps.withLock { $0.append(step) } }
        return (rerun, steps.withLock { $0 })
    }

    private func bump(_ runtime: Runtime, _ agent: AgentBlueprint, _ hook: String = "bump") async throws {
        let body: JSON = ["user": ["id": "a"]]
        _ = try await runtime.handleHook(hook, of: agent, HookRequest(method: "POST", path: "/", body: .json(body)))
    }

    @Test("messages and webhooks come again in their order, and all of it is the same")
    func same() async throws {
        try await withRuntime(Self.plan()) { runtime, _, agent in
            let session = try await runtime.open("a")
            _ = try await runtime.say("add 3", to: session)
            try await bump(runtime, agent)
            _ = try await runtime.say("hello", to: session)
            let (rerun, steps) = try await rerun(session, runtime)
            #expect(steps.map(\.input).map { "\($0)".prefix(4) } == ["turn", "hook", "turn"])
            for step in steps { for aspect in RerunStep.Aspect.allCases { #expect(step.isSame(aspect), "\(step)") } }
            #expect(steps[0].rerun?.tools.first?.arguments == ["n": 3])
            #expect(steps[0].rerun?.usage == Usage(input: 6, output: 4))
            #expect(steps[1].rerun?.text == #"{"count":4}"#)
            let fork = try await runtime.existingSession(rerun.fork)
            #expect(try await runtime.state(fork)["count"] == 4)
            #expect(try await runtime.summary(rerun.fork)?.kind == .temporary)
            #expect(try await runtime.state(session)["count"] == 4)
        }
    }

    @Test("another reply, another call and another state are told apart")
    func different() async throws {
        let isNew = Atomic(false)
        let plan = answering { request in
            let isNew = isNew.load(ordering: .relaxed)
            guard let last = request.messages.last else { return [] }
            if last.text == "tool", request.messages.last?.toolResults.isEmpty == true {
                return [.toolCall(ToolCall(id: "c", name: "add", arguments: ["n": isNew ? 2 : 1]))]
            }
            return [.text(isNew && last.text == "greet" ? "hi" : "hello")]
        }
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            for text in ["greet", "tool"] { _ = try await runtime.say(text, to: session) }
            isNew.store(true, ordering: .relaxed)
            let steps = try await rerun(session, runtime).steps
            #expect(RerunStep.Aspect.allCases.map(steps[0].isSame) == [false, true, true])
            #expect(steps[0].recorded.reply == "hello" && steps[0].rerun?.reply == "hi")
            #expect(RerunStep.Aspect.allCases.map(steps[1].isSame) == [true, false, false])
            #expect(steps[1].stateChanges.json == [["op": "replace", "path": "/count", "value": 2]])
            var tally = RerunTally()
            for step in steps { tally.count(step) }
            #expect(tally.different == [.replies: 1, .tools: 1, .state: 1])
        }
    }

    @Test("recorded tools do not run, what they changed comes again, and a call without a recording is told")
    func recordedTools() async throws {
        let calls = Atomic(0)
        let plan = answering { request in
            if let result = request.messages.last?.toolResults.last { return [.text(result.result.text)] }
            let isFirst = calls.add(1, ordering: .relaxed).newValue <= 1
            let known = ToolCall(id: "c1", name: "add", arguments: ["n": 5])
            let unknown = ToolCall(id: "c2", name: "add", arguments: ["n": 7])
            return (isFirst ? [known] : [known, known, unknown]).map(Block.toolCall)
        }
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            _ = try await runtime.say("go", to: session)
            let (rerun, steps) = try await rerun(session, runtime) { $0.usesRecordedTools = true }
            // Each recording answers one call.
            #expect(steps[0].unrecordedCalls.map(\.arguments) == [["n": 5], ["n": 7]])
            #expect(try await runtime.state(runtime.existingSession(rerun.fork))["count"] == 5)
            #expect(steps[0].isSame(.state))
            let journal = try await runtime.journal(runtime.existingSession(rerun.fork))
            let results = journal.compactMap { event -> ToolResult? in
                if case .toolFinished(let result, _) = event.body { result } else { nil }
            }
            #expect(results.map(\.isError) == [false, true, true])
            #expect(results.first?.result == 5)
        }
    }

    @Test("a webhook that is not run leaves what it changed, and a job runs only when it is asked for")
    func hooksAndJobs() async throws {
        try await withRuntime(Self.plan()) { runtime, _, agent in
            let session = try await runtime.open("a")
            try await bump(runtime, agent)
            guard let job = agent.job("count") else { return }
            await session.tick(job, scheduled: 1, by: .hand, isAwaited: true)
            let dry = try await rerun(session, runtime) { $0.keepsHooksDry = true }
            #expect(dry.steps.map(\.note) == ["It was not run; what it changed was repeated."])
            #expect(try await runtime.state(runtime.existingSession(dry.rerun.fork))["count"] == 1)
            let ticking = try await rerun(session, runtime) { $0.includesTicks = true }
            #expect(ticking.steps.map(\.input) == [dry.steps[0].input, .tick(job: "count")])
            #expect(ticking.steps.allSatisfy { $0.isSame(.state) && $0.rerun != nil })
            #expect(try await runtime.state(runtime.existingSession(ticking.rerun.fork))["count"] == 2)
            // The fork of a dry run begins with the change.
            let again = try await rerun(runtime.existingSession(dry.rerun.fork), runtime)
            #expect(again.steps.isEmpty)
            #expect(try await runtime.state(runtime.existingSession(again.rerun.fork))["count"] == 1)
        }
    }

    @Test("messages without an answer of their own go with the next turn, a turn that failed comes again")
    func unanswered() async throws {
        let fails = Atomic(true)
        let plan = answering { request in
            let text = request.messages.last?.text ?? ""
            if text == "wait" { try await Task.sleep(for: .seconds(600)) }
            if text == "fail", fails.load(ordering: .relaxed) { throw ToolError("no model") }
            return [.text(request.messages.filter { $0.role == .user }.map(\.text).joined(separator: "+"))]
        }
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            let waiting = try await runtime.send([.user("wait")], to: session.key)
            _ = try await runtime.say("now", to: session)
            _ = await waiting.result
            await #expect(throws: RuntimeError.self) { _ = try await runtime.say("fail", to: session) }
            fails.store(false, ordering: .relaxed)
            let steps = try await rerun(session, runtime).steps
            #expect(steps.map { $0.rerun?.reply } == [nil, "wait+now", "wait+now+fail"])
            #expect(steps[0].note == "It had no answer: its messages go with the next turn.")
            #expect(steps[1].isSame(.replies))
            #expect(steps[2].recorded.status == "failed" && steps[2].rerun?.status == "finished")
            #expect(!steps[2].isSame(.replies))
        }
    }

    @Test("it begins and ends where one says, and the model may be another one")
    func parts() async throws {
        let models = Mutex<[String]>([])
        try await withRuntime(Self.plan()) { runtime, _, _ in
            let session = try await runtime.open("a")
            for number in 1...4 { _ = try await runtime.say("add \(number)", to: session) }
            let ends = try await runtime.journal(session).filter { $0.body.kind == "turn.finished" }.map(\.seq)
            let steps = try await rerun(session, runtime) {
                $0.from = .seq(ends[0])
                $0.end = ends[2]
            }.steps
            #expect(steps.map { $0.rerun?.tools.first?.arguments } == [["n": 2], ["n": 3]])
            #expect(steps.allSatisfy { $0.isSame(.state) })
            await refused(with: "provider_invalid") { try await rerun(session, runtime) { $0.provider = "other" } }
            await refused(with: "seq_unknown") { try await rerun(session, runtime) { $0.from = .seq(9_999) } }
            await refused(with: "agent_not_found") { try await rerun(session, runtime) { $0.agent = "nobody" } }
            let named = try await rerun(session, runtime) { ($0.id, $0.model) = ("mine", "small") }
            #expect(named.rerun.fork.session == "mine")
            for event in try await runtime.journal(runtime.existingSession(named.rerun.fork)) {
                if case .completionStarted(_, let model, _) = event.body { models.withLock { $0.append(model) } }
            }
            #expect(Set(models.withLock { $0 }) == ["small"])
            await refused(with: "session_exists") { try await rerun(session, runtime) { $0.id = "mine" } }
        }
    }

    @Test("what inspectors changed is not repeated, and belongs to the beginning where nothing came before it")
    func edited() async throws {
        try await withRuntime(Self.plan()) { runtime, _, _ in
            let session = try await runtime.open("a")
            func set(_ count: Int) async throws {
                let edit = SessionEdit(state: JSONPatch([.replace(JSONPointer(["count"]), .int(count))]))
                _ = try await runtime.edit(session.key, edit, expect: nil, by: me)
            }
            try await set(10)
            _ = try await runtime.say("add 1", to: session)
            try await set(100)
            _ = try await runtime.snapshot(session.key, name: "s", at: nil, by: me)
            _ = try await runtime.say("add 2", to: session)
            let steps = try await rerun(session, runtime).steps
            #expect(steps.map { $0.rerun?.reply } == ["11", nil, "13"])
            #expect(steps.map { $0.isSame(.state) } == [true, true, false])
            #expect(steps[1].input == .change(method: "test"))
            #expect(steps[1].note == "What inspectors changed is not repeated.")
        }
    }

    @Test("a rerun that is stopped cancels the turn that is under way")
    func stopped() async throws {
        let isStuck = Atomic(false)
        let plan = answering { _ in
            if isStuck.load(ordering: .relaxed) { try await Task.sleep(for: .seconds(600)) }
            return [.text("done")]
        }
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            _ = try await runtime.say("go", to: session)
            isStuck.store(true, ordering: .relaxed)
            let rerun = try await Rerun(of: session.key, RerunOptions(), in: runtime, by: me)
            let task = Task { try await rerun.run { _ in } }
            try await eventually("its turn runs") {
                try await runtime.summary(rerun.fork)?.doing == "thinking"
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let fork = try await runtime.existingSession(rerun.fork)
            #expect(try await runtime.kinds(fork).last == "turn.finished")
        }
    }

    @Test("a session whose beginning is no longer kept says from where it can be rerun")
    func forgotten() async throws {
        var bounds = MemoryStore.Limits()
        bounds.events = 60
        var limits = RuntimeLimits()
        limits.checkpointEvents = 16
        let runtime = try await DiaryAgent.runtime(MemoryStore(limits: bounds), limits: limits)
        let session = try await runtime.open("a")
        for _ in 0..<40 { _ = try await runtime.say("hello", to: session) }
        let first = try await runtime.firstSeq(of: session.key)
        #expect(first > 1)
        await refused(with: "seq_forgotten") { try await rerun(session, runtime) }
        let steps = try await rerun(session, runtime) { $0.from = .seq(first + 20) }.steps
        #expect(!steps.isEmpty && steps.allSatisfy { $0.rerun != nil })
    }
}
