internal import CoreMetrics
internal import SessionModel
internal import Synchronization

/// Counts what the runtime does, in all and a second.
package final class RuntimeMeter: Sendable {
    package enum Kind: Int, Sendable, CaseIterable { case turns, hooks, ticks, events }

    /// What is counted of one kind, and how many in the last full second.
    private struct Tally {
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
        var tallies = [Tally](repeating: Tally(), count: Kind.allCases.count)
        var durations: [Double] = []
        var nextDuration = 0
    }

    private let time: any TimeSource
    private let state = Mutex(State())
    private let totals: [Counter]
    /// Of turns, hooks and ticks.
    private let failures: [Counter]
    private let durations: [CoreMetrics.Timer]

    init(time: any TimeSource, metrics: PrometheusMetrics) {
        self.time = time
        totals = Kind.allCases.map { Counter(label: "magma_\($0)_total", factory: metrics) }
        let works = ["turn", "hook", "tick"]
        failures = works.map { Counter(label: "magma_\($0)_failures_total", factory: metrics) }
        durations = works.map { CoreMetrics.Timer(label: "magma_\($0)_duration_seconds", factory: metrics) }
        for (kind, help) in [
            ("turns", "Turns that came to an end"), ("hooks", "Webhooks handled"), ("ticks", "Runs of jobs"),
            ("events", "Events written to journals"),
        ] { metrics.describe("magma_\(kind)_total", help) }
        for work in works {
            metrics.describe("magma_\(work)_failures_total", "Those that failed")
            metrics.describe("magma_\(work)_duration_seconds", "How long they took")
        }
    }

    func count(_ kind: Kind, _ count: Int) {
        let second = Int64(time.uptime / 1000)
        state.withLock { $0.tallies[kind.rawValue].add(count, at: second) }
        totals[kind.rawValue].increment(by: count)
    }

    /// A turn, a hook or a tick came to an end.
    func ended(_ kind: Kind, milliseconds: Double, isFailure: Bool) {
        count(kind, 1)
        guard durations.indices.contains(kind.rawValue) else { return }
        durations[kind.rawValue].recordMilliseconds(milliseconds)
        if isFailure { failures[kind.rawValue].increment() }
    }

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
        let (tallies, durations) = state.withLock { state in
            for index in state.tallies.indices { state.tallies[index].roll(to: second) }
            return (state.tallies, state.durations.sorted())
        }
        func total(_ kind: Kind) -> Int { tallies[kind.rawValue].total }
        func rate(_ kind: Kind) -> Double { Double(tallies[kind.rawValue].previous) }
        (stats.turns, stats.hooks, stats.ticks, stats.events) = (
            total(.turns), total(.hooks), total(.ticks), total(.events)
        )
        (stats.rates.turns, stats.rates.hooks) = (rate(.turns), rate(.hooks))
        (stats.rates.ticks, stats.rates.events) = (rate(.ticks), rate(.events))
        if !durations.isEmpty {
            stats.turnP50 = durations[durations.count / 2]
            stats.turnP99 = durations[min(durations.count - 1, durations.count * 99 / 100)]
        }
    }
}
