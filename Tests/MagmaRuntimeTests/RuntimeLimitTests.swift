import Inspection
import SessionModel
import Testing

@testable import MagmaRuntime

@Suite("How much there may be", .timeLimit(.minutes(1)))
struct RuntimeLimitTests {
    @Test("a session too many is refused, and those that are there go on")
    func sessions() async throws {
        var limits = RuntimeLimits()
        limits.sessionsAwake = 2
        let runtime = try await DiaryAgent.runtime(MemoryStore(), limits: limits)
        let first = try await runtime.open("a")
        _ = try await runtime.open("b")
        let error = await #expect(throws: RuntimeError.self) { _ = try await runtime.open("c") }
        #expect(error?.code == "sessions_full")
        _ = try await runtime.say("hello", to: first)
        let again = try await runtime.open("a")
        #expect(again === first)
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
}
