internal import SessionModel
internal import Synchronization

/// Counts what the runtime does, in all and a second.
package final class RuntimeMeter: Sendable {
    package enum Kind: Int, Sendable, CaseIterable { case turns, hooks, ticks, events }

    private struct Counter {
        var total = 0
        var second: Int64 = 0
        var current = 0
        var previous = 0

        mutating func add(_ count: Int, at now: Int64) {
            roll(to: now)
            total += count
            current += count
        }

        mutating func roll(to now: Int64) {
            guard now != second else { return }
            previous = now == second + 1 ? current : 0
            current = 0
            second = now
        }
    }

    private struct State {
        var counters = [Counter](repeating: Counter(), count: Kind.allCases.count)
        var durations: [Double] = []
        var nextDuration = 0
        var work: [Kind: Work] = [:]
    }

    private let time: any TimeSource
    private let state = Mutex(State())

    init(time: any TimeSource) { self.time = time }

    func count(_ kind: Kind, _ count: Int) {
        let second = Int64(time.uptime / 1000)
        state.withLock { $0.counters[kind.rawValue].add(count, at: second) }
    }

    /// Something came to an end.
    func ended(_ kind: Kind, milliseconds: Double, isFailure: Bool) {
        count(kind, 1)
        state.withLock { state in
            state.work[kind, default: Work()].durations.add(milliseconds: milliseconds)
            if isFailure { state.work[kind, default: Work()].failures += 1 }
        }
    }

    /// What came to an end of a kind since the start.
    package func work(_ kind: Kind) -> Work { state.withLock { $0.work[kind] ?? Work() } }

    func turn(milliseconds: Double, isFailure: Bool) {
        ended(.turns, milliseconds: milliseconds, isFailure: isFailure)
        state.withLock { state in
            if state.durations.count < 1000 {
                state.durations.append(milliseconds)
            } else {
                state.durations[state.nextDuration] = milliseconds
                state.nextDuration = (state.nextDuration + 1) % 1000
            }
        }
    }

    /// Counts, rates of the last full second, and percentiles of the last thousand turns.
    func read(into stats: inout RuntimeStats) {
        let second = Int64(time.uptime / 1000)
        let (counters, durations) = state.withLock { state in
            for index in state.counters.indices { state.counters[index].roll(to: second) }
            return (state.counters, state.durations.sorted())
        }
        func total(_ kind: Kind) -> Int { counters[kind.rawValue].total }
        func rate(_ kind: Kind) -> Double { Double(counters[kind.rawValue].previous) }
        (stats.turns, stats.hooks, stats.ticks, stats.events) = (
            total(.turns), total(.hooks), total(.ticks), total(.events)
        )
        (stats.turnsPerSecond, stats.hooksPerSecond) = (rate(.turns), rate(.hooks))
        (stats.ticksPerSecond, stats.eventsPerSecond) = (rate(.ticks), rate(.events))
        if !durations.isEmpty {
            stats.turnP50 = durations[durations.count / 2]
            stats.turnP99 = durations[min(durations.count - 1, durations.count * 99 / 100)]
        }
    }
}
