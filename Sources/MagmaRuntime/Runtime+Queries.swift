internal import FoundationEssentials
internal import Magma
package import SessionModel

/// What inspectors ask: none of it changes anything.
extension Runtime {
    /// A window on the list: sessions that are awake from memory, the others from the store.
    ///
    /// - Parameter visibility: what of states a filter may find out.
    /// - Throws: ``FilterError`` when the filter is wrong or asks for what is hidden, or ``RuntimeError`` of the store.
    package func sessions(
        _ query: SessionsQuery,
        visibility: (any StateVisibility)? = nil
    ) async throws -> SessionWindow {
        let filter = try SessionFilter(parsing: query.filter ?? "")
        if let visibility { try filter.check(visibility) }
        var matcher = SessionMatcher(filter, now: time.now, visibility: visibility)
        let window = try await sessions(query, matcher)
        // Letters that only come in that order are meant when nothing has the word.
        guard window.total == 0, filter.hasWords else { return window }
        matcher.isFuzzy = true
        return try await sessions(query, matcher)
    }

    private func sessions(_ query: SessionsQuery, _ matcher: SessionMatcher) async throws -> SessionWindow {
        var stored = StoredSessionQuery(
            agent: query.agent,
            kinds: query.kinds,
            text: query.query?.lowercased(),
            sort: query.sort,
            descending: query.descending,
            limit: query.offset + query.limit
        )
        if !matcher.filter.isEmpty { stored.matcher = matcher }
        let matches = stored
        let order = SessionOrder(query.sort, descending: query.descending)
        let (awake, awakeCount) = present(matches, order)
        stored.offset = max(0, query.offset - awakeCount)
        stored.limit -= stored.offset
        let (rows, total) = try await store.storedSessions(stored)
        let keys = Set(awake.map { $0.summary.key })
        let asleep = rows.filter { !keys.contains($0.summary.key) }
        let storedCounts = try await store.storedSessionCounts
        let all: [SessionEntry] = awake + asleep
        let window = order.window(all, offset: query.offset - stored.offset, limit: query.limit)
        return SessionWindow(
            total: awakeCount + total - (rows.count - asleep.count),
            counts: index.counts.adding(storedCounts),
            rows: window.map(row)
        )
    }

    /// Sessions in memory that fit, as many as a window may need, and how many there are.
    private func present(_ query: StoredSessionQuery, _ order: SessionOrder) -> (entries: [SessionEntry], total: Int) {
        guard query.isOfAgents, order.isSteady else {
            let fitting = index.entries { query.matches($0) }
            return (fitting, fitting.count)
        }
        return index.first(query.limit, in: order, of: query.agent)
    }

    /// The row of a session; `nil` when there is none.
    package func summary(_ key: SessionKey) async throws -> SessionSummary? {
        if let entry = index.entry(key) { return row(entry) }
        return try await store.record(of: key).map { row($0.entry) }
    }

    private func row(_ entry: SessionEntry) -> SessionSummary {
        var summary = entry.summary
        guard summary.status != .ended, let agent = agents.first(where: { $0.id == summary.key.agent }) else {
            return summary
        }
        summary.nextTick =
            agent.jobs.lazy
            .filter {
                !$0.isStatic && !entry.pausedJobs.contains($0.name)
                    && !self.services.pausedJobs.contains(JobKey(agent: agent.id, job: $0.name))
            }
            .compactMap { self.scheduler.next(agent.id, $0.name) }.min()
        return summary
    }

    /// A session whole, as it is now.
    ///
    /// - Parameter window: at most so many of the last messages.
    package func head(_ session: Session, window: Int?) async -> SessionHead {
        let (record, fold, last, paused) = await session.picture
        let summary = index.entry(session.key).map(row) ?? row(record.entry)
        let messages = window.map { Array(fold.messages.suffix($0)) } ?? fold.messages
        return SessionHead(
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
                    last: services.tickLog.ticks(
                        agent: agent.id,
                        job: $0.name,
                        before: nil,
                        limit: JobLanes.remembered
                    ),
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
            paused: isPaused || services.pausedJobs.contains(JobKey(agent: agent.id, job: job.name)),
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

    package func stats() async throws -> RuntimeStats {
        var stats = RuntimeStats()
        stats.counts = index.counts.adding(try await store.storedSessionCounts)
        stats.storeLag = services.journal.lag
        services.meter.read(into: &stats)
        return stats
    }
}

/// Rows of the list, and what they are a part of.
package struct SessionWindow: Sendable {
    /// How many sessions match, in and out of the window.
    package var total: Int
    package var counts: SessionCounts
    package var rows: [SessionSummary]
}

extension Session {
    /// Everything that a head is made of, at one moment.
    fileprivate var picture: (record: SessionRecord, fold: SessionFold, last: [String: [Tick]], paused: Set<String>) {
        (record, fold, lanes.last, Set(lanes.paused))
    }
}
