import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaProviders
@testable import MagmaRuntime

/// Buys and pays; its middleware refuses the first answer.
@Agent(policy: .interrupt)
private actor TillAgent {
    var bought: [String] = []
    var paid = 0
    var refusals = 0

    @Tool("Buys something")
    func buy(what: String) { bought.append(what) }

    @Tool("Pays")
    func pay(cents: Int) throws {
        guard cents > 0 else { throw ToolError("nothing to pay") }
        paid += cents
    }

    @Middleware(.onCompletion)
    func check(_ message: Message) throws -> Message {
        guard message.text != "rude" else {
            refusals += 1
            throw ToolError("be polite")
        }
        return message
    }
}

@Suite("A turn with two tools, a failing middleware and an interruption", .timeLimit(.minutes(15)))
struct ThreeProvidersTests {
    private static let calls = [
        (id: "c1", name: "buy", arguments: #"{"what":"tea"}"#), (id: "c2", name: "pay", arguments: #"{"cents":0}"#),
    ]

    @Test("is the same in journal and context on each provider")
    func same() async throws {
        let scripted = try await outcome(with: scriptedProvider())
        #expect(scripted.journal.contains("middleware.finished be polite"))
        #expect(scripted.journal.contains("tool.finished buy ok"))
        #expect(scripted.journal.contains("tool.finished pay error"))
        #expect(scripted.journal.last == "turn.finished finished")
        #expect(scripted.journal.contains("turn.finished superseded"))
        #expect(scripted.state == ["bought": ["tea"], "paid": 0, "refusals": 1])
        #expect(
            scripted.context == [
                "user buy", "system be polite", "assistant  calls 2", "user  results 2", "assistant done", "user wait",
                "user go on", "assistant here",
            ]
        )
        for dialect in Dialect.allCases {
            let head = FakeServer.Step.streamHead
            let replies: [[FakeServer.Step]] = [
                [head, .say(dialect.stream("rude")), .cut],
                [head, .say(dialect.stream(text: [], calls: Self.calls)), .cut],
                [head, .say(dialect.stream("done")), .cut], [head, .hold], [head, .say(dialect.stream("here")), .cut],
            ]
            let real = try await FakeServer.run(replies) { server in
                let outcome = try await outcome(with: dialect.provider(port: server.port)) {
                    server.requests.count == 4
                }
                try await eventually("the interrupted request is gone") { server.left == 1 }
                return outcome
            }
            #expect(real == scripted, "\(dialect)")
        }
    }

    private struct Outcome: Equatable {
        var journal: [String]
        var context: [String]
        var state: JSON
    }

    /// Buys, with a refused answer and two tools; then is interrupted while the model is silent.
    ///
    /// - Parameter isAsked: whether the model was asked for the fourth time.
    private func outcome(
        with provider: any Provider,
        isAsked: @Sendable () -> Bool = { true }
    ) async throws -> Outcome {
        var limits = RuntimeLimits()
        // Beside tests that compute, a setup may wait for long.
        limits.handlers.setup = 600_000
        let runtime = try await Runtime(agents: [AgentBlueprint(TillAgent.self)], provider: provider, limits: limits)
        let session = SessionKey(agent: "till", session: "s")
        let reply = try await runtime.send([.user("buy")], to: SessionPlace(lasting: session), origin: .chat).reply
        #expect(reply.message.text == "done")
        let waiting = try await runtime.send([.user("wait")], to: session)
        try await eventually("the model is asked") {
            try await events(runtime).count { $0.body.kind == "completion.started" } == 4 && isAsked()
        }
        let next = try await runtime.send([.user("go on")], to: session)
        await #expect(throws: RuntimeError.superseded()) { _ = try await waiting.reply }
        #expect(try await next.reply.message.text == "here")
        let journal = try await events(runtime)
        let fold = try await runtime.present(of: session)
        return Outcome(
            journal: journal.map(line),
            context: fold.messages.map { message in
                let results = message.toolResults.count
                let calls = message.toolCalls.count
                return "\(message.role.rawValue) \(message.text)" + (results > 0 ? " results \(results)" : "")
                    + (calls > 0 ? " calls \(calls)" : "")
            },
            state: fold.state
        )
    }

    private func events(_ runtime: Runtime) async throws -> [SessionEvent] {
        try await runtime.events(of: SessionKey(agent: "till", session: "s"), after: 0, limit: .max)
    }

    private func line(_ event: SessionEvent) -> String {
        switch event.body {
        case .toolFinished(let result, _): "tool.finished \(result.name) \(result.isError ? "error" : "ok")"
        case .middlewareFinished(_, _, _, let error): "middleware.finished \(error ?? "ok")"
        case .turnFinished(let result): "turn.finished \(result.status.rawValue)"
        default: event.body.kind
        }
    }

    private func scriptedProvider() -> any Provider {
        SilentWhenTold(
            provider: ScriptedProvider([
                "till": Script { request in
                    if request.lastUserText == "go on" { return [.text("here")] }
                    if !request.freshResults.isEmpty { return [.text("done")] }
                    guard request.messages.last?.role == .system else { return [.text("rude")] }
                    return try Self.calls.map {
                        .toolCall(ToolCall(id: $0.id, name: $0.name, arguments: try JSON(parsing: $0.arguments)))
                    }
                }
            ])
        )
    }
}

/// Says nothing to `wait` until it is cancelled.
private struct SilentWhenTold: Provider {
    let provider: ScriptedProvider
    var name: String { provider.name }
    var model: String { provider.model }

    func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        if request.lastUserText == "wait" { try await Task.sleep(for: .seconds(3600)) }
        return try await provider.complete(request, onDelta: onDelta)
    }
}
