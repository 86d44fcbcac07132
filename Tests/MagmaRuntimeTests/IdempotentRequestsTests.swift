import Foundation
import Inspection
import Magma
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Requests that come again", .timeLimit(.minutes(15)))
struct IdempotentRequestsTests {
    @Test("a repeated request is answered the same, and done once", arguments: StoreKind.allCases)
    func once(kind: StoreKind) async throws {
        try await kind.with { store in
            let time = ManualTime()
            let key = try RequestKey("k", of: "chat", fingerprint: "a")
            let house = House()
            let answers = try await DiaryAgent.with(store, time: time, house: house) { runtime, _, _ in
                try await withThrowingTaskGroup(of: StoredResponse.self) { group in
                    for _ in 0..<4 { group.addTask { try await chat("wait", key, runtime) } }
                    try await eventually("the model is asked") { house.gate.waiting == 1 }
                    house.gate.open()
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            #expect(Set(answers).count == 1)
            try await DiaryAgent.with(store, time: time) { runtime, _, _ in
                #expect(try await chat("wait", key, runtime) == answers[0])
                let session = try await runtime.existingSession(SessionKey(agent: "diary", session: "a"))
                #expect(await session.fold.state["entries"] == ["wait"])
            }
        }
    }

    @Test("a failed turn is answered the same, a refused request is not")
    func onceFailed() async throws {
        try await DiaryAgent.with(MemoryStore()) { runtime, _, _ in
            let key = try RequestKey("k", of: "chat", fingerprint: "a")
            await #expect(throws: RuntimeError.self) { try await chat("fail", key, runtime) }
            #expect(try await chat("fail", key, runtime).status == 500)
            let session = try await runtime.open("a")
            #expect(try await runtime.kinds(session).filter { $0 == "turn.started" }.count == 1)
            let hook = try RequestKey("k", of: "hook", fingerprint: "a")
            let agent = try runtime.agent(nil)
            await #expect(throws: RuntimeError.self) {
                try await runtime.handleHook("nope", of: agent, DiaryAgent.hook("a", "x"), key: hook)
            }
            #expect(try await runtime.store.answer(to: hook.id) == nil)
        }
    }

    @Test("a key with another request is refused, running or done; another owner's same key is another key")
    func mismatch() async throws {
        let house = House()
        try await DiaryAgent.with(MemoryStore(), house: house) { runtime, _, _ in
            let key = try RequestKey("k", of: "one", fingerprint: "a")
            let other = try RequestKey("k", of: "one", fingerprint: "b")
            async let first = chat("wait", key, runtime)
            try await eventually("the model is asked") { house.gate.waiting == 1 }
            await refused(with: "idempotency_mismatch") { try await runtime.requests.claim(other) }
            house.gate.open()
            _ = try await first
            await refused(with: "idempotency_mismatch") { try await runtime.requests.claim(other) }
            let stranger = try RequestKey("k", of: "two", fingerprint: "b")
            #expect(try await runtime.requests.claim(stranger) == nil)
            await runtime.requests.release(stranger)
        }
    }

    @Test("a request that is still running is waited for, then told to run; too many who wait are told at once")
    func inProgress() async throws {
        let time = ManualTime()
        try await DiaryAgent.with(MemoryStore(), time: time) { runtime, _, _ in
            let key = try RequestKey("k", of: "one", fingerprint: "a")
            #expect(try await runtime.requests.claim(key) == nil)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 {
                    group.addTask { await refused(with: "in_progress") { try await runtime.requests.claim(key) } }
                }
                try await eventually("all wait") { runtime.requests.waiting(for: key) == 64 }
                await refused(with: "in_progress") { try await runtime.requests.claim(key) }
                try await eventually("their time is over") {
                    time.advance(by: 30_000)
                    return runtime.requests.waiting(for: key) == 0
                }
                try await group.waitForAll()
            }
            await runtime.requests.release(key)
            #expect(try await runtime.requests.claim(key) == nil)
            await runtime.requests.release(key)
        }
    }

    @Test("keys that are none are refused", arguments: ["", "a b", "é", String(repeating: "x", count: 256)])
    func badKeys(key: String) {
        let error = #expect(throws: RuntimeError.self) {
            try RequestKey(key, of: "chat", fingerprint: "a")
        }
        #expect(error?.code == "idempotency_key_invalid")
    }

    @Test("a chat that the shutdown cut off is not answered for ever: asked again with its key, it runs")
    func cutOff() async throws {
        try await DiaryAgent.with(MemoryStore()) { runtime, _, house in
            let key = try RequestKey("k", of: "chat", fingerprint: "f")
            let chat = Task { try await self.chat("wait", key, runtime) }
            try await eventually("the model is asked") { house.gate.waiting == 1 }
            runtime.services.deadlines.endAll()
            for session in runtime.directory.allLoaded { await session.cancelAllTurns() }
            let error = await #expect(throws: RuntimeError.self) { try await chat.value }
            #expect(error?.code == "shutting_down")
            #expect(try await runtime.store.answer(to: key.id) == nil)
        }
    }

    @Test("a hook that the shutdown cut off is not answered for ever either")
    func hookCutOff() async throws {
        let plan = ProbeAgent.Plan()
        try await withRuntime(plan) { runtime, _, agent in
            let key = try RequestKey("k", of: "hook", fingerprint: "f")
            let hook = Task { try await runtime.handleHook("stuck", of: agent, HookRequest(method: "POST"), key: key) }
            try await eventually("it runs") { plan.gate.waiting == 1 }
            runtime.services.deadlines.endAll()
            #expect(try await hook.value.response.status == 504)
            #expect(try await runtime.store.answer(to: key.id) == nil)
        }
    }

    private func chat(_ text: String, _ key: RequestKey, _ runtime: Runtime) async throws -> StoredResponse {
        try await runtime.requests.once(key) {
            let session = try await runtime.open("a")
            let keep = KeptRequest.whenDone(key) { result in
                switch result {
                case .success(let reply): StoredResponse(status: 200, body: .string(reply.message.id), session: "a")
                case .failure(let error): StoredResponse(status: 500, body: .string(error.code), session: "a")
                }
            }
            let reply = try await runtime.send([.user(text)], to: session.key, request: keep).reply
            return StoredResponse(status: 200, body: .string(reply.message.id), session: "a")
        }
    }
}
