internal import FoundationEssentials
package import Inspection
internal import Magma
package import SessionModel

/// What inspectors ask: none of it changes anything.
extension Runtime {
    /// A window on the list: sessions that are awake from memory, the others from the store.
    ///
    /// - Parameter redaction: what a filter cannot find out.
    /// - Throws: `RPCError` with a position when the filter is wrong, ``RuntimeError`` of the store.
    package func sessions(
        _ query: SessionsQuery,
        watch: String,
        hiding redaction: Redaction = Redaction()
    ) async throws -> SessionsPage {
        let text = query.filter ?? ""
        let filter = try SessionFilter(text, hiding: redaction)
        let page = try await sessions(query, watch: watch, filter)
        // Letters that only come in that order are meant when nothing has the word.
        guard page.total == 0, filter.hasWords else { return page }
        return try await sessions(query, watch: watch, try SessionFilter(text, hiding: redaction, isFuzzy: true))
    }

    private func sessions(_ query: SessionsQuery, watch: String, _ filter: SessionFilter) async throws -> SessionsPage {
        let now = time.now
        var stored = SleeperQuery(
            agent: query.agent,
            kinds: query.kinds,
            text: query.query?.lowercased(),
            sort: query.sort,
            descending: query.descending,
            limit: query.offset + query.limit
        )
        if !filter.isEmpty { stored.filter = { filter.matches($0, now: now) } }
        let matches = stored
        let order = SessionOrder(query.sort, descending: query.descending)
        let (awake, awakeCount) = present(matches, order)
        stored.offset = max(0, query.offset - awakeCount)
        stored.limit -= stored.offset
        let (rows, total) = try await store.sleepers(stored)
        let keys = Set(awake.map { $0.summary.key })
        let asleep = rows.filter { !keys.contains($0.summary.key) }
        let sleeperCounts = try await store.sleeperCounts
        let all: [SessionEntry] = awake + asleep
        let window = order.window(all, offset: query.offset - stored.offset, limit: query.limit)
        return SessionsPage(
            watch: watch,
            total: awakeCount + total - (rows.count - asleep.count),
            counts: index.counts.adding(sleeperCounts),
            rows: window.map(row)
        )
    }

    /// Sessions in memory that fit, as many as a window may need, and how many there are.
    private func present(_ query: SleeperQuery, _ order: SessionOrder) -> (entries: [SessionEntry], total: Int) {
        guard query.isOfAgents, order.isSteady else {
            let fitting = index.entries { query.matches($0) }
            return (fitting, fitting.count)
        }
        return index.first(query.limit, in: order, of: query.agent)
    }

    /// The row of a session; `nil` when there is none.
    package func summary(_ key: SessionKey) async throws -> Summary? {
        if let entry = index.entry(key) { return row(entry) }
        return try await store.record(of: key).map { row($0.entry) }
    }

    private func row(_ entry: SessionEntry) -> Summary {
        var summary = entry.summary
        guard summary.status != .ended, let agent = agents.first(where: { $0.id == summary.key.agent }) else {
            return summary
        }
        summary.nextTick =
            agent.jobs.lazy
            .filter {
                !$0.isStatic && !entry.pausedJobs.contains($0.name)
                    && !self.services.pausedJobs.contains(agent.id, $0.name)
            }
            .compactMap { self.scheduler.next(agent.id, $0.name) }.min()
        return summary
    }

    /// A session whole, as it is now.
    ///
    /// - Parameter window: at most so many of the last messages.
    package func head(_ session: Session, window: Int?) async -> Head {
        let (record, fold, last, paused) = await session.picture
        let summary = index.entry(session.key).map(row) ?? row(record.entry)
        let messages = window.map { Array(fold.messages.suffix($0)) } ?? fold.messages
        return Head(
            summary: summary,
            messages: messages,
            window: ContextWindow.start(in: messages, limit: session.blueprint.messageContext),
            state: fold.state,
            blame: fold.blame,
            jobs: session.blueprint.jobs.filter { !$0.isStatic }.map {
                status($0, of: session.blueprint, last: last[$0.name] ?? [], isPaused: paused.contains($0.name))
            },
            seq: fold.seq
        )
    }

    /// The jobs of an agent, or as they stand in one session.
    package func jobs(of agent: AgentBlueprint, in session: Session?) async -> [JobStatus] {
        guard let session else {
            return agent.jobs.map {
                status(
                    $0,
                    of: agent,
                    last: services.tickLog.ticks(agent: agent.id, job: $0.name, before: nil, limit: JobLane.remembered),
                    isPaused: false
                )
            }
        }
        return await head(session, window: 0).jobs
    }

    private func status(_ job: AgentBlueprint.Job, of agent: AgentBlueprint, last: [Tick], isPaused: Bool) -> JobStatus
    {
        JobStatus(
            job: job.name,
            agent: agent.id,
            isStatic: job.isStatic,
            schedule: job.schedule.description,
            timezone: job.timezone.identifier,
            words: job.schedule.words,
            next: scheduler.next(agent.id, job.name) ?? job.schedule.next(after: time.now, in: job.timezone),
            paused: isPaused || services.pausedJobs.contains(agent.id, job.name),
            last: last
        )
    }

    /// Runs of an agent's jobs, newest first, and whether there may be more.
    package func ticks(
        of agent: AgentBlueprint,
        in session: Session?,
        job: String?,
        before: Int64?,
        limit: Int
    ) async throws -> (ticks: [Tick], more: Bool) {
        guard let session else {
            let ticks = services.tickLog.ticks(agent: agent.id, job: job, before: before, limit: limit + 1)
            return (Array(ticks.prefix(limit)), ticks.count > limit)
        }
        var reader = TickReader(job: job, before: before)
        var seq = Int.max
        while reader.ticks.count <= limit {
            let events = try await store.events(of: session.key, before: seq, limit: 512)
            guard let first = events.first else { break }
            reader.read(events, session: session.key.session)
            seq = first.seq
        }
        return (Array(reader.ticks.prefix(limit)), reader.ticks.count > limit)
    }

    package func stats() async throws -> Stats {
        var stats = Stats()
        stats.counts = index.counts.adding(try await store.sleeperCounts)
        stats.storeLag = services.journal.lag
        services.meter.read(into: &stats)
        return stats
    }
}

extension Session {
    /// Everything that a head is made of, at one moment.
    fileprivate var picture: (record: SessionRecord, fold: SessionFold, last: [String: [Tick]], paused: Set<String>) {
        (record, fold, lanes.mapValues(\.last), Set(lanes.filter(\.value.isPaused).keys))
    }
}
