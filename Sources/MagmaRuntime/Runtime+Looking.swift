internal import FoundationEssentials
package import Inspection
internal import Magma
package import SessionModel

/// What inspectors ask: none of it changes anything.
extension Runtime {
    /// A window on the list.
    ///
    /// - Throws: `RPCError` with a position when the filter is wrong.
    package func sessions(_ query: SessionsQuery, watch: String) throws(RPCError) -> SessionsPage {
        let filter = try SessionFilter(query.filter ?? "")
        let now = time.now
        let words = query.query?.lowercased()
        let (entries, counts) = index.entries { entry in
            let summary = entry.summary
            if let agent = query.agent, summary.key.agent != agent { return false }
            if let kinds = query.kinds, !kinds.contains(summary.kind.rawValue) { return false }
            if let words, !words.isEmpty,
                !summary.key.session.lowercased().contains(words), !summary.key.agent.lowercased().contains(words)
            {
                return false
            }
            return filter.matches(entry, now: now)
        }
        let window = SessionOrder(query.sort, descending: query.descending)
            .window(entries, offset: query.offset, limit: query.limit)
        return SessionsPage(watch: watch, total: entries.count, counts: counts, rows: window.map(row))
    }

    /// The row of a session; `nil` when there is none.
    package func summary(_ key: SessionKey) -> Summary? { index.entry(key).map(row) }

    private func row(_ entry: SessionEntry) -> Summary {
        var summary = entry.summary
        guard summary.status != .ended, let agent = agents.first(where: { $0.id == summary.key.agent }) else {
            return summary
        }
        summary.nextTick =
            agent.jobs.lazy
            .filter {
                !$0.isStatic && !entry.pausedJobs.contains($0.name) && !self.scheduler.isPaused(agent.id, $0.name)
            }
            .compactMap { self.scheduler.next(agent.id, $0.name) }.min()
        return summary
    }

    /// A session whole, as it is now.
    ///
    /// - Parameter window: at most so many of the last messages.
    package func head(_ session: Session, window: Int?) async -> Head {
        let (fold, last, paused) = await session.picture
        let summary = summary(session.key) ?? Summary(key: session.key, kind: session.kind, created: 0, origin: .chat)
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
            paused: isPaused || scheduler.isPaused(agent.id, job.name),
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

    package var stats: Stats {
        var stats = Stats()
        stats.counts = index.counts
        stats.storeLag = services.journal.lag
        services.meter.read(into: &stats)
        return stats
    }
}

extension Session {
    /// Everything that a head is made of, at one moment.
    fileprivate var picture: (fold: SessionFold, last: [String: [Tick]], paused: Set<String>) {
        (fold, lanes.mapValues(\.last), Set(lanes.filter(\.value.isPaused).keys))
    }
}
