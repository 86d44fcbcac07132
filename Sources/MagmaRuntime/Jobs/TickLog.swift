internal import DequeModule
internal import SessionModel
internal import Synchronization

/// The last runs of an agent's jobs over all sessions, and of its static jobs.
final class TickLog: Sendable {
    static let remembered = 500

    private let ticks: Mutex<[String: Deque<Tick>]>
    private let store: any SessionStore

    /// Begins with what the store knows.
    init(_ store: any SessionStore, agents: [AgentBlueprint]) async throws {
        self.store = store
        var known: [String: Deque<Tick>] = [:]
        for agent in agents where !agent.jobs.isEmpty {
            var found = try await store.staticTicks(of: agent.id)
            var readers: [String: TickReader] = [:]
            for (session, event) in try await store.tickEvents(of: agent.id, limit: 2 * Self.remembered) {
                readers[session, default: TickReader(job: nil, before: nil)].read([event], session: session)
            }
            for reader in readers.values { found += reader.ticks }
            known[agent.id] = Deque(found.sorted { $0.scheduled < $1.scheduled }.suffix(Self.remembered))
        }
        ticks = Mutex(known)
    }

    func add(_ tick: Tick, agent: String) {
        ticks.withLock { ticks in
            ticks[agent, default: []].append(tick)
            if ticks[agent]?.count ?? 0 > Self.remembered { ticks[agent]?.removeFirst() }
        }
    }

    /// Adds the run of a static job, and has the store remember it.
    func addStatic(_ tick: Tick, agent: String) async throws {
        add(tick, agent: agent)
        try await store.append(tick, of: agent)
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

    /// The part of a downtime in which a job did not run: when the runtime was last alive is known only to the minute, and a
    /// tick of a static job that ran after that is recorded. `nil` for no part.
    func part(
        of downtime: ClosedRange<Int64>,
        without job: AgentBlueprint.Job,
        of agent: String
    ) -> ClosedRange<Int64>? {
        guard job.isStatic,
            let last = ticks(agent: agent, job: job.name, before: nil, limit: 1).first?.scheduled
        else { return downtime }
        let from = max(downtime.lowerBound, last)
        return from <= downtime.upperBound ? from...downtime.upperBound : nil
    }
}
