import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Utilities
private struct Clockwork {
    @Tool("Says the time")
    func time(zone: String = "UTC") -> String { "12:00 \(zone)" }

    @Tool("Winds the clock", enabled: { (_: Clockwork) in false })
    func wind() {}

    @Hook("chime", session: .query("s"))
    func chime(_ request: HookRequest) async -> HookResponse {
        await session.log("ding")
        return .text(session.id)
    }

    @Hook("maker")
    static func maker() -> HookResponse { .text("Huygens") }

    @Job("0 * * * *")
    func strike() async { await session.log("bong") }

    @Middleware(.preCompletion)
    func shout(_ message: Message) -> Message { Message(id: message.id, role: .user, text: message.text.uppercased()) }
}

/// What the model of this file's agents was asked.
private struct Recorder: Provider {
    let name: String
    let model = "default"
    let asked: AsyncStream<CompletionRequest>.Continuation?

    func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        asked?.yield(request)
        if request.messages.last?.text == "fail" { throw ToolError("no model today") }
        let usage = Usage(input: 2, output: 1)
        if request.messages.last?.text == "twice" {
            let call = ToolCall(id: "c\(request.messages.count)", name: "open", arguments: [:])
            return Completion(blocks: [.toolCall(call)], usage: usage, stopReason: .toolCall)
        }
        return Completion(blocks: [.text("from \(name)")], usage: usage, stopReason: .natural)
    }
}

@Agent(utilities: [Clockwork.self])
private actor ShopAgent {
    var heard: [String] = []
    var tokens = 0
    var isOpen = false

    func onUsage(_ usage: Usage) async { tokens += usage.input + usage.output }
    func onError(_ error: any Error) async { heard.append("error: \(error)") }
    func onSocketClosed(code: Int, reason: String) async { heard.append("closed \(code) \(reason)") }

    @Tool("Opens the shop")
    func open() { isOpen = true }

    @Tool("Sells something", enabled: "isOpen")
    func sell() -> String { "sold" }

    @Hook("broken", session: .fixed("s"))
    func broken() throws { throw ToolError("hook broke") }
}

@Suite("What an author can say", .timeLimit(.minutes(15)))
struct AuthoringTests {
    private func with(
        _ body: (Runtime, AgentBlueprint, AsyncStream<CompletionRequest>) async throws -> Void
    ) async throws {
        let (asked, continuation) = AsyncStream.makeStream(of: CompletionRequest.self)
        let blueprint = try AgentBlueprint(ShopAgent.self)
        let runtime = try await Runtime(
            agents: [blueprint],
            provider: Recorder(name: "main", asked: continuation),
            time: ManualTime()
        )
        try await body(runtime, blueprint, asked)
    }

    @Test("utilities bring tools, hooks, jobs and middleware, after the agent's own")
    func utilities() async throws {
        try await with { runtime, blueprint, asked in
            #expect(blueprint.toolNames == ["open", "sell", "time", "wind"])
            #expect(blueprint.jobs.map(\.name) == ["strike"])
            let session = try await runtime.open("s")
            _ = try await runtime.say("hello", to: session)
            let request = await asked.first { _ in true }
            #expect(request?.messages.last?.text == "HELLO")
            let chimed = try await runtime.handleHook(
                "chime",
                of: blueprint,
                HookRequest(method: "GET", query: [.init("s", "s")])
            )
            #expect(chimed.response.body == .text("s"))
            let lines = try await runtime.journal(session).compactMap {
                if case .log(_, let text) = $0.body { text } else { nil }
            }
            #expect(lines == ["ding"])
            let maker = try await runtime.handleHook(
                "maker",
                of: blueprint,
                HookRequest(method: "GET")
            )
            #expect(maker.response.body == .text("Huygens"))
        }
    }

    @Test("a tool is offered only in sessions where it is enabled")
    func enabled() async throws {
        try await with { runtime, _, asked in
            var requests = asked.makeAsyncIterator()
            let open = try await runtime.open("open")
            let closed = try await runtime.open("closed")
            try await open.agent.writeState(["isOpen": true])
            _ = try await runtime.say("hi", to: open)
            #expect(await requests.next()?.tools.map(\.name) == ["open", "sell", "time"])
            _ = try await runtime.say("hi", to: closed)
            #expect(await requests.next()?.tools.map(\.name) == ["open", "time"])
            let sold = await closed.agent.runTool("sell", [:])
            await #expect(throws: ToolError.self) { _ = try await sold.value(recordedIn: closed) }
        }
    }

    @Test("a turn may choose another model, and force a tool for its first completion only")
    func settings() async throws {
        let (asked, continuation) = AsyncStream.makeStream(of: CompletionRequest.self)
        let runtime = try await Runtime(
            agents: [AgentBlueprint(TurnSettingsProbe.self)],
            provider: Recorder(name: "main", asked: continuation),
            time: ManualTime()
        )
        let session = try await runtime.open("s")
        _ = try await runtime.say("twice", to: session)
        var requests = asked.makeAsyncIterator()
        let first = await requests.next()
        let second = await requests.next()
        #expect(first?.settings.model == "big")
        #expect(first?.settings.toolChoice == .required)
        #expect(second?.settings.model == "big")
        #expect(second?.settings.toolChoice == .automatic)
        let models = try await runtime.journal(session).compactMap {
            if case .completionStarted(_, let model, _) = $0.body { model } else { nil }
        }
        #expect(models == ["big", "big"])
    }

    @Test("settings that throw fail the turn")
    func settingsThrow() async throws {
        let blueprint = try AgentBlueprint(TurnSettingsProbe.self)
        let runtime = try await Runtime(
            agents: [blueprint],
            provider: Recorder(name: "main", asked: nil),
            time: ManualTime()
        )
        let session = try await runtime.open("s")
        let error = await #expect(throws: RuntimeError.self) { _ = try await runtime.say("refuse", to: session) }
        #expect(error?.message == "The turn failed: not this one")
    }

    @Test("an agent hears of usage, of what failed and of closed sockets, and its state keeps it")
    func hearing() async throws {
        try await with { runtime, blueprint, _ in
            let session = try await runtime.open("s")
            _ = try await runtime.say("hi", to: session)
            #expect(await session.fold.state["tokens"] == 3)
            _ = try await runtime.handleHook(
                "broken",
                of: blueprint,
                HookRequest(method: "POST")
            )
            let connection = try await session.connect()
            await connection.disconnect(code: 1001, reason: "bye")
            #expect(await session.fold.state["heard"] == ["error: hook broke", "closed 1001 bye"])
        }
    }
}

/// Asks for a tool in its first completion.
@Agent
private actor TurnSettingsProbe {
    var opened = 0

    func settings(for message: Message) async throws -> TurnSettings {
        if message.text == "refuse" { throw ToolError("not this one") }
        return TurnSettings(model: "big", toolChoice: .required)
    }

    @Tool("Opens")
    func open() { opened += 1 }
}
