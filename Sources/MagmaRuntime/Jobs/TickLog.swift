internal import DequeModule
internal import SessionModel
internal import Synchronization

/// The last runs of an agent's jobs over all sessions, and of its static jobs.
final class TickLog: Sendable {
    static let remembered = 500

    private let ticks: Mutex<[String: Deque<Tick>]>
    private let store: any SessionStore
    /// What the store knew of when it was last asked, for all who ask within a moment.
    private let others = Mutex<[String: (at: ContinuousClock.Instant, ticks: Deque<Tick>)]>([:])
    private static let fresh = Duration.seconds(2)

    /// Begins with what the store knows.
    init(_ store: any SessionStore, agents: [AgentBlueprint]) async throws {
        self.store = store
        var known: [String: Deque<Tick>] = [:]
        for agent in agents where !agent.jobs.isEmpty { known[agent.id] = try await Self.stored(agent.id, store) }
        ticks = Mutex(known)
    }

    /// What the store knows of, the newest last.
    private static func stored(_ agent: String, _ store: any SessionStore) async throws -> Deque<Tick> {
        var found = try await store.staticTicks(of: agent)
        var readers: [String: TickReader] = [:]
        for (session, event) in try await store.tickEvents(of: agent, limit: 2 * remembered) {
            readers[session, default: TickReader(job: nil, before: nil)].read([event], session: session)
        }
        for reader in readers.values { found += reader.ticks }
        return Deque(found.sorted { $0.scheduled < $1.scheduled }.suffix(remembered))
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

    /// Those that any process brought, as the store knows them, those last due first. Where it does not answer, those of this one.
    func ticksOfAll(agent: String, job: String?, before: Int64?) async -> [Tick] {
        let own = ticks(agent: agent, job: job, before: before, limit: Self.remembered)
        guard store.hasOthers else { return own.sorted { $0.scheduled > $1.scheduled } }
        let known = others.withLock { $0[agent].flatMap { $0.at + Self.fresh > .now ? $0.ticks : nil } }
        let stored: Deque<Tick>
        if let known { stored = known } else { stored = (try? await Self.stored(agent, store)) ?? [] }
        if known == nil { others.withLock { $0[agent] = (.now, stored) } }
        var seen = Set(own.map(Run.init))
        let theirs = stored.filter {
            (job == nil || $0.job == job) && $0.scheduled < before ?? .max && seen.insert(Run($0)).inserted
        }
        return (own + theirs).sorted { $0.scheduled > $1.scheduled }
    }

    /// What makes two ticks the same one.
    private struct Run: Hashable {
        let job: String
        let session: ExactString?
        let scheduled: Int64

        init(_ tick: Tick) {
            (job, session, scheduled) = (tick.job, tick.session.map { ExactString($0) }, tick.scheduled)
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
