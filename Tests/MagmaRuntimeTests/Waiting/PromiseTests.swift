import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("A promise")
struct PromiseTests {
    private struct Broken: Error {}

    @Test("all who wait get the first result, and those who ask later")
    func first() async {
        let promise = Promise<Int, Never>()
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { await promise.value } }
            let firsts = (1...10).filter { promise.finish(.success($0)) }
            #expect(firsts == [1])
            for await value in group { #expect(value == 1) }
        }
        #expect(await promise.value == 1)
    }

    @Test("a failure is thrown to all of them")
    func failure() async {
        let promise = Promise<Int, any Error>()
        promise.finish(.failure(Broken()))
        await #expect(throws: Broken.self) { try await promise.value }
        await #expect(throws: Broken.self) { try await promise.valueUnlessCancelled }
        #expect(!promise.finish(.success(1)))
    }

    @Test("who waits and is cancelled has no longer a place: the result that comes then is not the first")
    func cancelled() async {
        for isEarly in [false, true] {
            let promise = Promise<Int, any Error>()
            let task = Task { try await promise.valueUnlessCancelled }
            if !isEarly { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(!promise.finish(.success(1)))
        }
    }
}
