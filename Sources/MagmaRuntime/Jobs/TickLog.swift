internal import DequeModule
internal import Inspection
internal import Synchronization

/// The last runs of an agent's jobs over all sessions, and of its static jobs.
final class TickLog: Sendable {
    static let remembered = 500

    private let ticks = Mutex<[String: Deque<Tick>]>([:])

    func add(_ tick: Tick, agent: String) {
        ticks.withLock { ticks in
            ticks[agent, default: []].append(tick)
            if ticks[agent]?.count ?? 0 > Self.remembered { ticks[agent]?.removeFirst() }
        }
    }

    /// Newest first.
    func ticks(agent: String, job: String?, before: Int64?, limit: Int) -> [Tick] {
        ticks.withLock { ticks in
            let newestFirst = (ticks[agent] ?? []).reversed().lazy
            return Array(
                newestFirst.filter { (job == nil || $0.job == job) && $0.scheduled < before ?? .max }.prefix(limit)
            )
        }
    }
}
