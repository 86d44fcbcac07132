import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("How much there may be", .timeLimit(.minutes(15)))
struct RuntimeLimitTests {
    @Test("a session too many is refused, and those that are there go on")
    func sessions() async throws {
        var limits = RuntimeLimits()
        limits.sessions.awake = 2
        let runtime = try await DiaryAgent.runtime(MemoryStore(), limits: limits)
        let first = try await runtime.open("a")
        _ = try await runtime.open("b")
        let error = await #expect(throws: RuntimeError.self) { _ = try await runtime.open("c") }
        #expect(error?.code == "sessions_full")
        _ = try await runtime.say("hello", to: first)
        let again = try await runtime.open("a")
        #expect(again === first)
    }

    @Test("where there are as many sessions as there may be, those that sleep still tick")
    func ticks() async throws {
        var limits = RuntimeLimits()
        limits.sessions.awake = 1
        let store = MemoryStore()
        // Some seconds before the hour, at which another tick is due.
        let time = ManualTime(now: 1_799_999_995_000)
        let before = try await DiaryAgent.runtime(store, time)
        let asleep = try await [before.open("x").key, before.open("y").key]
        await Maintenance(of: before).putAllToSleep(within: 10_000)
        // Not long after they were in use, so that otherwise they would stay awake.
        time.advance(by: 1000)
        let runtime = try await DiaryAgent.runtime(store, time, limits: limits)
        _ = try await runtime.open("a")
        try await runtime.runJob("chime", of: try runtime.agent(nil), on: nil, by: me)
        for key in asleep {
            try await eventually("it ticked, and sleeps") {
                let record = try await store.record(of: key)
                return record?.state["chimes"] == 1 && record?.summary.status == .asleep
            }
            try await eventually("there is room again") { runtime.directory.loadedCount == 1 }
        }
    }

    @Test("what a tool makes that is nested too deep to be read again is refused, and the model is told")
    func deepResult() async throws {
        let deep = (0..<JSON.maximumDepth).reduce(JSON.null) { inner, _ in [inner] }
        try await withRuntime(Self.calling("repeat", ["text": ["deeper": deep]])) { runtime, _, _ in
            let session = try await runtime.open("a")
            let error = await #expect(throws: RuntimeError.self) { try await runtime.say("go", to: session) }
            #expect(error?.message.contains("What 'repeat' is called with is nested deeper than 192 values.") == true)
        }
        try await withRuntime(Self.calling("nest", ["n": .int(JSON.maximumDepth)])) { runtime, _, _ in
            let session = try await runtime.open("a")
            let reply = try await runtime.say("go", to: session)
            #expect(reply.message.text.contains("The result of the tool 'nest' is nested deeper than 192 values."))
        }
    }

    @Test("what setup sends comes after the session's creation")
    func sendingSetup() async throws {
        let plan = ProbeAgent.Plan(setup: { await SessionHandle.current.send("welcome") })
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            #expect(try await runtime.kinds(session).prefix(2) == ["session.created", "sent"])
            #expect(try await runtime.say("hello", to: session).message.text == "re: hello")
        }
    }

    @Test("a context takes messages up to its limit")
    func messages() async throws {
        var limits = RuntimeLimits()
        limits.contextMessages = 4
        let runtime = try await DiaryAgent.runtime(MemoryStore(), limits: limits)
        let session = try await runtime.open("a")
        _ = try await runtime.say("one", to: session)
        _ = try await runtime.say("two", to: session)
        let seq = await session.fold.seq
        let error = await #expect(throws: RuntimeError.self) { _ = try await runtime.say("three", to: session) }
        #expect(error?.code == "context_full")
        #expect(await session.fold.seq == seq)
    }

    /// A model that calls a tool once, and then says what it got.
    private static func calling(_ tool: String, _ arguments: JSON = [:]) -> ProbeAgent.Plan {
        ProbeAgent.Plan(model: { request in
            if let result = request.messages.last?.toolResults.first { return [.text(result.result.text)] }
            return [.toolCall(ToolCall(id: "c", name: tool, arguments: arguments))]
        })
    }

    @Test("a state that grows beyond its limit is taken back, and the session is marked until all is well again")
    func state() async throws {
        var limits = RuntimeLimits()
        limits.state = 1000
        try await withRuntime(Self.calling("note", ["n": 2000]), limits: limits) { runtime, _, _ in
            let session = try await runtime.open("a")
            _ = try await runtime.say("grow", to: session)
            #expect(try await runtime.state(session)["note"] ?? .null == .null)
            #expect(try await session.agent.readState()["note"] ?? .null == .null)
            #expect(try await runtime.summary(session.key)?.trouble?.kind == "state")
            let edit = SessionEdit(
                state: JSONPatch(from: try await runtime.state(session), to: ["count": 0, "note": "short"])
            )
            let by = ChangeAuthor(name: "test", method: "session.edit")
            _ = try await runtime.edit(session.key, edit, expect: session.fold.seq, by: by)
            #expect(try await runtime.summary(session.key)?.trouble == nil)
            let long = JSON.string(String(repeating: "x", count: 1000))
            let large = SessionEdit(
                state: JSONPatch(from: try await runtime.state(session), to: ["count": 0, "note": long])
            )
            let error = await #expect(throws: RuntimeError.self) {
                _ = try await runtime.edit(session.key, large, expect: session.fold.seq, by: by)
            }
            #expect(error?.code == "state_too_large")
            #expect(try await runtime.state(session)["note"] == "short")
        }
    }

    @Test(
        "who changes the state beyond its limit is told: a hook's sender, the model, and whoever looks at a job's run"
    )
    func told() async throws {
        var limits = RuntimeLimits()
        limits.state = 1000
        try await withRuntime(Self.calling("note", ["n": 2000]), limits: limits) { runtime, _, agent in
            func hook(_ size: Int) async throws -> HookReply {
                let body: JSON = ["user": ["id": "a"], "n": .int(size)]
                return try await runtime.handleHook("note", of: agent, HookRequest(body: .json(body)))
            }
            #expect(try await hook(3).response.status == 200)
            let refused = try await hook(2000)
            #expect(refused.response.status == 500)
            #expect(refused.exchange.error?.contains("more than the limit of 1000") == true)
            guard case .json(let body) = refused.response.body else { return #expect(Bool(false)) }
            #expect(body["code"] == "state_too_large")
            let session = try await runtime.open("a")
            #expect(try await runtime.state(session)["note"] == "xxx")
            #expect(try await runtime.summary(session.key)?.trouble?.kind == "hook")

            let reply = try await runtime.say("grow", to: session)
            #expect(reply.message.text.contains("more than the limit of 1000"))

            try await runtime.runJob("grow", of: agent, on: session.key, by: me)
            try await eventually("it has failed") {
                let tick = await session.lanes["grow"]?.last.first
                return tick?.status == .failed && tick?.error?.contains("limit of 1000") == true
            }
            #expect(await !session.ledger.hasRefusals)
            #expect(try await runtime.state(session)["note"] == "xxx")
        }
    }

    @Test("a state that would be nested too deep to be read again is refused")
    func depth() async throws {
        try await withRuntime { runtime, _, _ in
            let session = try await runtime.open("a")
            let before = try await runtime.state(session)
            let deep = (0..<JSON.maximumDepth).reduce(JSON.null) { inner, _ in [inner] }
            let edit = SessionEdit(state: JSONPatch(from: before, to: ["count": 0, "note": deep]))
            let error = await #expect(throws: RuntimeError.self) {
                _ = try await runtime.edit(
                    session.key,
                    edit,
                    expect: session.fold.seq,
                    by: ChangeAuthor(name: "test", method: "m")
                )
            }
            #expect(error?.code == "state_too_deep")
            #expect(try await runtime.state(session) == before)
        }
    }

    @Test("a setup that takes too long makes no session, and the next one can")
    func setup() async throws {
        let gate = Gate()
        try await withRuntime(ProbeAgent.Plan(setup: { try await gate.pass() })) { runtime, time, _ in
            let opening = Task { try await runtime.open("a") }
            try await eventually("setup runs") { gate.waiting == 1 }
            time.advance(by: RuntimeLimits().handlers.setup)
            let error = await #expect(throws: RuntimeError.self) { _ = try await opening.value }
            #expect(error?.code == "setup_failed")
            #expect(error?.message.contains("took longer than 30 s") == true)
            #expect(try await runtime.stats().counts.all == 0)
            gate.open()
            _ = try await runtime.open("a")
            #expect(try await runtime.stats().counts.all == 1)
        }
    }

    @Test(
        "a tool's result up to its limit goes to the model, and of a larger one that it is too large",
        arguments: [0, 1]
    )
    func result(beyond: Int) async throws {
        var limits = RuntimeLimits()
        limits.result = 1000
        let words = JSON.string(String(repeating: "x", count: limits.result - JSON.string("").size + beyond))
        try await withRuntime(Self.calling("repeat", ["text": words]), limits: limits) { runtime, _, _ in
            let session = try await runtime.open("a")
            let reply = try await runtime.say("go", to: session)
            let tooLarge = "The result of the tool 'repeat' takes 1001 bytes, more than the limit of 1000."
            #expect(reply.message.text == (beyond == 0 ? words : .string(tooLarge)).text)
        }
    }

    @Test("what a handler sends is sent up to the limit, and the journal says what was not")
    func sent() async throws {
        var limits = RuntimeLimits()
        limits.result = 1000
        try await withRuntime(Self.calling("send", ["n": 2000]), limits: limits) { runtime, _, _ in
            let session = try await runtime.open("a")
            _ = try await runtime.say("go", to: session)
            let journal = try await runtime.journal(session)
            #expect(journal.filter { $0.body.kind == "sent" }.count == 1)
            let lines = journal.compactMap { if case .log("error", let text) = $0.body { text } else { nil } }
            #expect(lines == ["Not sent: the data has 2016 bytes, more than the limit of 1000."])
        }
    }

    @Test("a state up to its limit stays")
    func stateWithin() async throws {
        var limits = RuntimeLimits()
        limits.state = 1000
        try await withRuntime(Self.calling("note", ["n": 900]), limits: limits) { runtime, _, _ in
            let session = try await runtime.open("a")
            _ = try await runtime.say("grow", to: session)
            #expect(try await runtime.state(session)["note"]?.string?.count == 900)
        }
    }

    @Test(
        "lines that a handler logs are kept up to their limit, and the others counted",
        arguments: [(3, 0), (5, 0), (40, 1)]
    )
    func logs(lines: Int, notes: Int) async throws {
        var limits = RuntimeLimits()
        limits.logs = 5
        try await withRuntime(Self.calling("chatter", ["n": .int(lines)]), limits: limits) { runtime, _, _ in
            let session = try await runtime.open("a")
            _ = try await runtime.say("talk", to: session)
            _ = try await runtime.say("talk again", to: session)
            let logged = try await runtime.journal(session).compactMap { event -> String? in
                if case .log(_, let text) = event.body { text } else { nil }
            }
            #expect(logged.filter { $0.hasPrefix("line ") }.count == 2 * min(lines, 5))
            #expect(logged.filter { $0.hasPrefix("35 more lines") }.count == 2 * notes)
        }
    }

    @Test("a tool that takes too long is given up, and the model is told")
    func toolTime() async throws {
        var limits = RuntimeLimits()
        limits.handlers.tool = 10_000
        let plan = Self.calling("stall")
        try await withRuntime(plan, limits: limits) { runtime, time, _ in
            let session = try await runtime.open("a")
            let ticket = try await runtime.send([.user("wait")], to: session.key)
            try await eventually("it runs") { plan.gate.waiting == 1 }
            time.advance(by: 10_000)
            #expect(try await ticket.reply.message.text.contains("took longer than 10 s"))
        }
    }

    @Test("however many sessions' time has come, they end and are forgotten together", arguments: StoreKind.allCases)
    func retiring(kind: StoreKind) async throws {
        try await kind.with { store in
            let time = ManualTime()
            let runtime = try await DiaryAgent.runtime(store, time)
            let agent = try runtime.agent(nil)
            for _ in 0..<1100 { _ = try await runtime.session(nil, of: agent, origin: .chat) }
            #expect(try await runtime.stats().counts.temporary == 1100)
            time.advance(by: 901_000)
            await Maintenance(of: runtime).retireTemporarySessions()
            #expect(try await runtime.stats().counts.ended == 1100)
            time.advance(by: 901_000)
            await Maintenance(of: runtime).retireTemporarySessions()
            #expect(try await runtime.stats().counts.all == 0)
            #expect(try await store.expired(at: .max, limit: 1).isEmpty)
        }
    }
}
