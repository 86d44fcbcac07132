import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Turns", .timeLimit(.minutes(15)))
struct TurnTests {
    @Test("a turn is in the journal in order, without holes, and its causes lead back to the message")
    func order() async throws {
        try await withRuntime { runtime, _, _ in
            let session = try await runtime.open("a")
            let reply = try await runtime.say("hi", to: session)
            #expect(reply.message.text == "re: hi")
            let events = try await runtime.journal(session)
            #expect(events.map(\.seq) == Array(1...events.count))
            #expect(
                events.map(\.body.kind) == [
                    "session.created", "state.changed", "message.added", "turn.started", "completion.started",
                    "completion.finished", "message.added", "turn.finished",
                ]
            )
            #expect(events[6].cause == 6)
            #expect(events[3].cause == 3)
        }
    }

    @Test("tools run in order, what they change is blamed on them, and what one throws goes back to the model")
    func tools() async throws {
        let plan = ProbeAgent.Plan(model: { request in
            if let results = request.messages.last?.toolResults, !results.isEmpty {
                return [.text(results.map { "\($0.result.text)\($0.isError ? "!" : "")" }.joined(separator: " "))]
            }
            return [
                .toolCall(ToolCall(id: "1", name: "add", arguments: ["n": 4])),
                .toolCall(ToolCall(id: "2", name: "break", arguments: [:])),
                .toolCall(ToolCall(id: "3", name: "nothing", arguments: [:])),
            ]
        })
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            let text = try await runtime.say("go", to: session).message.text
            #expect(text.hasPrefix("4 \"it broke\"! "))
            #expect(text.contains("There is no tool 'nothing'"))
            let events = try await runtime.journal(session)
            let change = try #require(events.last { $0.body.kind == "state.changed" })
            guard case .toolStarted(let call) = events[try #require(change.cause) - 1].body else {
                Issue.record("the change is not blamed on a tool")
                return
            }
            #expect(call.name == "add")
            #expect(SessionFold(events).blame["count"] == change.seq)
        }
    }

    @Test("a newer message interrupts the turn in flight, which leaves nothing half done")
    func interrupt() async throws {
        let gate = Gate()
        let plan = ProbeAgent.Plan(model: { request in
            if request.messages.last?.text == "slow" { try await gate.pass() }
            return [.text("answer to \(request.messages.last?.text ?? "")")]
        })
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            let slow = try await runtime.send([.user("slow")], to: session.key)
            try await eventually("the model is asked") { gate.waiting == 1 }
            let reply = try await runtime.say("quick", to: session)
            #expect(reply.message.text == "answer to quick")
            let error = await #expect(throws: RuntimeError.self) { try await slow.reply }
            #expect(error?.code == "superseded")
            let fold = SessionFold(try await runtime.journal(session))
            #expect(fold.messages.map(\.text) == ["slow", "quick", "answer to quick"])
        }
    }

    @Test(
        "sixteen messages at once are all in the journal, under each policy",
        arguments: [TurnPolicy.interrupt, .queue, .reject]
    )
    func sixteen(policy: TurnPolicy) async throws {
        try await withRuntime(ProbeAgent.Plan(policy: policy)) { runtime, _, _ in
            let session = try await runtime.open("a")
            let accepted = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        do {
                            let ticket = try await runtime.send([.user("m\(number)")], to: session.key)
                            _ = try? await ticket.reply
                            return true
                        } catch { return false }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            let events = try await runtime.journal(session)
            let users = SessionFold(events).messages.filter { $0.role == .user }
            #expect(users.count == accepted)
            #expect(Set(users.map(\.text)).count == accepted)
            if policy != .reject { #expect(accepted == 16) }
            #expect(events.map(\.seq) == Array(1...events.count))
            let finished = events.count { $0.body.kind == "turn.finished" }
            #expect(finished == accepted)
        }
    }

    @Test("turns that a shutdown cuts off are told so, run they or wait, and what has their keys may come again")
    func cutOff() async throws {
        let gate = Gate()
        let plan = ProbeAgent.Plan(
            policy: .queue,
            model: { _ in
                try await gate.pass()
                return [.text("late")]
            }
        )
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            var (tickets, keys): ([TurnTicket], [String]) = ([], [])
            for text in ["runs", "waits"] {
                let key = try RequestKey(text, of: "ann", fingerprint: text)
                keys.append(key.id)
                let keep = KeptRequest.whenDone(key) { _ in StoredResponse(status: 500, body: .null, session: "a") }
                tickets.append(try await runtime.send([.user(text)], to: session.key, request: keep))
            }
            try await eventually("the model is asked") { gate.waiting == 1 }
            runtime.services.deadlines.endAll()
            await session.cancelAllTurns()
            for ticket in tickets {
                let error = await #expect(throws: RuntimeError.self) { try await ticket.reply }
                #expect(error == .cutOff() && error?.code == "shutting_down" && error != .shuttingDown())
            }
            for key in keys { #expect(try await runtime.services.store.answer(to: key) == nil) }
            #expect(SessionFold(try await runtime.journal(session)).messages.map(\.text) == ["runs", "waits"])
        }
    }

    @Test("a turn that fails leaves context and state as they were, and its failure in the journal")
    func failure() async throws {
        let plan = ProbeAgent.Plan(model: { request in
            if request.messages.last?.toolResults.isEmpty == false { throw ToolError("the model is gone") }
            if request.messages.last?.text == "fail" {
                return [.toolCall(ToolCall(id: "1", name: "add", arguments: ["n": 9]))]
            }
            return [.text("ok")]
        })
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            _ = try await runtime.say("fine", to: session)
            let error = await #expect(throws: RuntimeError.self) { try await runtime.say("fail", to: session) }
            #expect(error?.code == "turn_failed")
            let events = try await runtime.journal(session)
            #expect(SessionFold(events).messages.map(\.text) == ["fine", "ok"])
            #expect(SessionFold(events).state["count"] == 0)
            #expect(try await runtime.summary(session.key)?.trouble?.text == "the model is gone")
            _ = try await runtime.say("fine", to: session)
            #expect(try await runtime.summary(session.key)?.trouble == nil)
        }
    }

    @Test("a turn can be cancelled")
    func cancel() async throws {
        let gate = Gate()
        let plan = ProbeAgent.Plan(model: { _ in
            try await gate.pass()
            return [.text("late")]
        })
        try await withRuntime(plan) { runtime, _, _ in
            let session = try await runtime.open("a")
            let ticket = try await runtime.send([.user("hi")], to: session.key)
            try await eventually("the model is asked") { gate.waiting == 1 }
            #expect(await session.cancel(turn: nil))
            let error = await #expect(throws: RuntimeError.self) { try await ticket.reply }
            #expect(error?.code == "cancelled")
            #expect(await !session.cancel(turn: nil))
        }
    }

    @Test("middleware changes messages in order, and is tried five times before a critical one fails the turn")
    func middleware() async throws {
        let mask = Middleware<ProbeAgent>("mask", on: .preCompletion) { _, message in .user(message.text.uppercased()) }
        let refuse = Middleware<ProbeAgent>("refuse", on: .onCompletion) { _, _ in throw ToolError("not good enough") }
        try await withRuntime(ProbeAgent.Plan(middleware: [mask])) { runtime, _, _ in
            let session = try await runtime.open("a")
            #expect(try await runtime.say("hi", to: session).message.text == "re: HI")
        }
        try await withRuntime(ProbeAgent.Plan(middleware: [refuse])) { runtime, _, _ in
            let session = try await runtime.open("a")
            let error = await #expect(throws: RuntimeError.self) { try await runtime.say("hi", to: session) }
            #expect(error?.message.contains("refuse") == true)
            let asked = try await runtime.kinds(session).count { $0 == "completion.started" }
            #expect(asked == 5)
            #expect(SessionFold(try await runtime.journal(session)).messages.isEmpty)
        }
    }

    @Test("a middleware that throws before the completion answers with its words, and the message leaves")
    func preCompletion() async throws {
        let refuse = Middleware<ProbeAgent>("refuse", on: .preCompletion) { _, _ in throw ToolError("mind your words") }
        try await withRuntime(ProbeAgent.Plan(middleware: [refuse])) { runtime, _, _ in
            let session = try await runtime.open("a")
            #expect(try await runtime.say("hi", to: session).message.text == "mind your words")
            #expect(SessionFold(try await runtime.journal(session)).messages.isEmpty)
        }
    }

    @Test("the window never starts on a tool's result")
    func window() {
        let call = Message(role: .assistant, blocks: [.toolCall(ToolCall(id: "1", name: "t", arguments: [:]))])
        let result = Message(role: .user, blocks: [.toolResult(ToolResult(id: "1", name: "t", result: 1))])
        let messages = [Message.user("a"), call, result, .assistant("b")]
        #expect(ContextWindow.start(in: messages, limit: 2) == 3)
        #expect(ContextWindow.start(in: messages, limit: 3) == 1)
        #expect(ContextWindow.start(in: messages, limit: 20) == 0)
    }
}
