import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Hooks", .timeLimit(.minutes(15)))
struct HookTests {
    @Test("a hook runs in the session that its request names, and its exchange says why and what it changed")
    func exchange() async throws {
        try await withRuntime { runtime, _, agent in
            let request = HookRequest(body: .json(["user": ["id": 42]]))
            let reply = try await runtime.handleHook("bump", of: agent, request)
            #expect(reply.response == .json(["count": 1]))
            let exchange = try #require(await runtime.store.exchange(reply.exchange.id))
            #expect(exchange.session == "42")
            #expect(exchange.why == "The body field 'user.id' is '42'.")
            #expect(exchange.changed == 3...5)
            let session = try await runtime.open("42")
            #expect(
                try await runtime.kinds(session) == [
                    "session.created", "state.changed", "hook.received", "state.changed", "hook.answered",
                ]
            )
        }
    }

    @Test("nothing answered is 204, a missing value means a temporary session")
    func silent() async throws {
        try await withRuntime { runtime, _, agent in
            let reply = try await runtime.handleHook("silent", of: agent, HookRequest())
            #expect(reply.response.status == 204)
            #expect(reply.exchange.session?.hasPrefix("tmp_") == true)
        }
    }

    @Test("what a handler throws is 500, with its words in the record and not in the answer")
    func thrown() async throws {
        try await withRuntime { runtime, _, agent in
            let request = HookRequest(headers: [.init("x-who", "a")])
            let reply = try await runtime.handleHook("broken", of: agent, request)
            #expect(reply.response.status == 500)
            #expect(reply.exchange.error == "hook broke")
            guard case .json(let body) = reply.response.body else {
                Issue.record("no JSON")
                return
            }
            #expect(!body.text.contains("hook broke"))
            #expect(try await runtime.summary(SessionKey(agent: "probe", session: "a"))?.trouble?.kind == "hook")
        }
    }

    @Test("a handler that takes too long is answered 504 and cancelled")
    func timeout() async throws {
        let plan = ProbeAgent.Plan()
        try await withRuntime(plan) { runtime, time, agent in
            let answer = Task { try await runtime.handleHook("stuck", of: agent, HookRequest()) }
            try await eventually("it runs") { plan.gate.waiting == 1 }
            time.advance(by: 30_000)
            let reply = try await answer.value
            #expect(reply.response.status == 504)
            #expect(reply.exchange.session == "fixed")
        }
    }

    @Test("what a handler is at is shown and stored while it takes its time, and no longer")
    func activity() async throws {
        let plan = ProbeAgent.Plan()
        try await withRuntime(plan) { runtime, _, agent in
            let key = SessionKey(agent: "probe", session: "fixed")
            let answer = Task { try await runtime.handleHook("stuck", of: agent, HookRequest()) }
            try await eventually("it is shown") { runtime.feed.live(key).doing == "hook:stuck" }
            try await eventually("it is listed") { try await runtime.summary(key)?.doing == "hook:stuck" }
            try await eventually("its receipt is stored") {
                try await runtime.store.events(of: key, after: 0, limit: 9).last?.body.kind == "hook.received"
            }
            plan.gate.open()
            _ = try await answer.value
            #expect(runtime.feed.live(key).doing == nil)
            #expect(try await runtime.summary(key)?.doing == nil)
        }
    }

    @Test("a rule that throws refuses the request, and makes no session")
    func rejected() async throws {
        try await withRuntime { runtime, _, agent in
            let error = await #expect(throws: RuntimeError.self) {
                try await runtime.handleHook("picky", of: agent, HookRequest())
            }
            #expect(error?.code == "session_rejected")
            #expect(try await runtime.stats().counts.all == 0)
            let recorded = try await runtime.store.exchanges(agent: nil, session: nil, hook: nil, before: nil, limit: 5)
            #expect(recorded.map(\.response?.status) == [400])
        }
    }

    @Test("a static hook needs no session, an unknown one is refused")
    func statics() async throws {
        try await withRuntime { runtime, _, agent in
            let reply = try await runtime.handleHook("about", of: agent, HookRequest())
            #expect(reply.response == .text("static"))
            #expect(try await runtime.stats().counts.all == 0)
            let error = await #expect(throws: RuntimeError.self) {
                try await runtime.handleHook("nope", of: agent, HookRequest())
            }
            #expect(error?.code == "hook_not_found")
        }
    }

    @Test("exchanges are paged newest first, and the oldest go when there are too many")
    func paging() async throws {
        var limits = MemoryStore.Limits()
        limits.exchanges = 3
        let store = MemoryStore(limits: limits)
        for number in 1...5 {
            try await store.save(
                Exchange(id: "e\(number)", agent: "a", hook: "h", why: "", request: RecordedRequest(), received: 0)
            )
        }
        let page = try await store.exchanges(agent: "a", session: nil, hook: nil, before: nil, limit: 2)
        #expect(page.map(\.id) == ["e5", "e4"])
        let rest = try await store.exchanges(agent: "a", session: nil, hook: nil, before: "e4", limit: 9)
        #expect(rest.map(\.id) == ["e3"])
    }
}
