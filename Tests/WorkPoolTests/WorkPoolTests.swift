import Foundation
import Synchronization
import TestSupport
import Testing

@testable import WorkPool

/// Something that computes without ever waiting, until it is let go; after a while it lets itself go, so that a pool
/// which it holds up fails a test instead of ending all.
private final class Spin: Sendable {
    private let isOver = Atomic(false)
    private let spinning = Atomic(0)

    var count: Int { spinning.load(ordering: .relaxed) }

    func spin() {
        spinning.add(1, ordering: .relaxed)
        let end = ContinuousClock.now + .seconds(600)
        while !isOver.load(ordering: .relaxed), ContinuousClock.now < end {}
        spinning.subtract(1, ordering: .relaxed)
    }

    func stop() { isOver.store(true, ordering: .relaxed) }
}

private actor Tally {
    private(set) var count = 0

    func add() { count += 1 }
}

private actor Whereabouts {
    var isOnPool: Bool { Worker.isCurrent }
}

@Suite("A pool that nobody can hold up", .timeLimit(.minutes(15)), .serialized)
struct WorkPoolTests {
    private let pool = WorkPool.shared

    @Test("work that never waits does not hold up other work, and its threads are given back")
    func spinning() async throws {
        let spin = Spin()
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount
        let spinners = (0..<count).map { _ in Task.detached(executorPreference: pool) { spin.spin() } }
        try await eventually("the pool has grown") { spin.count == count }
        #expect(pool.stuck >= count - ProcessInfo.processInfo.activeProcessorCount)
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<1000 { group.addTask(executorPreference: pool) { await tally.add() } }
        }
        #expect(await tally.count == 1000)
        #expect(spin.count == count)
        spin.stop()
        for spinner in spinners { await spinner.value }
        while pool.stuck > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("work that a spinning task has asked for itself is done by others")
    func children() async throws {
        let spin = Spin()
        let parent = Task.detached(executorPreference: pool) {
            let child = Task.detached(executorPreference: pool) { true }
            spin.spin()
            return await child.value
        }
        let asked = Task.detached(executorPreference: pool) {
            let child = Task.detached(executorPreference: pool) {}
            await child.value
        }
        await asked.value
        let after = Task.detached(executorPreference: pool) { await Task.detached(executorPreference: pool) {}.value }
        await after.value
        spin.stop()
        #expect(await parent.value)
    }

    @Test("what prefers the pool runs there, with the actors that it calls and its children; nothing else does")
    func place() async {
        let places = await Task.detached(executorPreference: pool) {
            async let child = Worker.isCurrent
            let (own, inherited) = (Worker.isCurrent, await child)
            let plain = await Task.detached { Worker.isCurrent }.value
            return [own, inherited, await Whereabouts().isOnPool, plain, Worker.isCurrent]
        }.value
        #expect(places == [true, true, true, false, true])
        let back = await withTaskExecutorPreference(pool) { Worker.isCurrent }
        #expect(back)
        #expect(!Worker.isCurrent)
    }

    @Test("calls that block the thread hold nobody up")
    func blocking() async throws {
        let gate = DispatchSemaphore(value: 0)
        let count = 2 * ProcessInfo.processInfo.activeProcessorCount
        let waiting = (0..<count).map { _ in Task.detached(executorPreference: pool) { Self.wait(at: gate) } }
        try await Task.sleep(for: .milliseconds(1))
        let done = await Task.detached(executorPreference: pool) { 1 }.value
        #expect(done == 1)
        for _ in 0..<count { gate.signal() }
        for task in waiting { await task.value }
    }

    private nonisolated static func wait(at gate: DispatchSemaphore) { gate.wait() }

    @Test("sleepers sleep for as long as they want to, by either clock, and are woken when they are cancelled")
    func sleeping() async throws {
        let slept = await withTaskGroup(of: Bool.self) { group in
            for milliseconds in [0, 1, 20, 50, 100] {
                group.addTask(executorPreference: pool) {
                    let begin = ContinuousClock.now
                    let clock: any Clock<Duration> = milliseconds % 20 == 0 ? .continuous : .suspending
                    try? await clock.sleep(for: .milliseconds(milliseconds))
                    return begin.duration(to: .now) >= .milliseconds(milliseconds)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(slept == [true, true, true, true, true])
        // Else it would sleep for longer than this suite may take.
        let long = Task(executorPreference: pool) { try await Task.sleep(for: .seconds(3600)) }
        long.cancel()
        await #expect(throws: CancellationError.self) { try await long.value }
    }

    @Test("no task is lost among many that wake each other", arguments: [2, 16, 200])
    func hopping(count: Int) async {
        let tallies = (0..<8).map { _ in Tally() }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask(executorPreference: pool) {
                    for round in 0..<200 {
                        await tallies[(number + round) % tallies.count].add()
                        if round % 50 == 0 { await Task.yield() }
                        async let other: Void = tallies[round % tallies.count].add()
                        await other
                    }
                }
            }
        }
        var sum = 0
        for tally in tallies { sum += await tally.count }
        #expect(sum == count * 400)
    }
}
