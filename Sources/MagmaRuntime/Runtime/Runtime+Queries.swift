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
        let window = try await window(query, matcher)
        // Letters that only come in that order are meant when nothing has the word.
        guard window.total == 0, filter.hasWords else { return window }
        matcher.isFuzzy = true
        return try await self.window(query, matcher)
    }

    private func window(_ query: SessionsQuery, _ matcher: SessionMatcher) async throws -> SessionWindow {
        let (entries, total) = try await directory.rows(query, matcher)
        return SessionWindow(total: total, counts: try await directory.counts, rows: entries.map(row))
    }

    /// Runs `body` with a stream that tells of changes of the list; see ``SessionIndex/withChanges(_:)``.
    package func withListChanges<Value>(_ body: (AsyncStream<Void>) async throws -> Value) async rethrows -> Value {
        try await directory.index.withChanges(body)
    }

    /// How many listen to the list's changes.
    package var listWatchers: Int { directory.index.watchers }

    /// How many changes of the list there have been.
    package var listVersion: Int { directory.index.version }

    /// The row of a session; `nil` when there is none.
    package func summary(_ key: SessionKey) async throws -> SessionSummary? {
        try await directory.row(key).map(row)
    }

    private func row(_ entry: SessionEntry) -> SessionSummary {
        var summary = entry.summary
        guard summary.status != .ended, let agent = agents.first(where: { $0.id == summary.key.agent }) else {
            return summary
        }
        summary.times.nextTick =
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
    /// - Parameter window: the maximum number of messages, counted from the end; `nil` for all.
    package func head(of key: SessionKey, window: Int?) async throws -> SessionHead {
        let agent = try agent(key.agent)
        let (record, fold, last, paused) = try await directory.withSession(key, .viewing) { await $0.picture }
        let summary = row(directory.index.entry(key) ?? record.entry)
        let messages = window.map { Array(fold.messages.suffix($0)) } ?? fold.messages
        return SessionHead(
            summary: summary,
            messages: messages,
            window: ContextWindow.start(in: messages, limit: agent.messageContext),
            state: fold.state,
            blame: fold.blame,
            jobs: agent.jobs.filter { !$0.isStatic }.map {
                status($0, of: agent, last: last[$0.name] ?? [], isPaused: paused.contains($0.name))
            },
            seq: fold.seq
        )
    }

    /// The jobs of an agent, or as they stand in one session.
    package func jobs(of agent: AgentBlueprint, in key: SessionKey?) async throws -> [JobStatus] {
        guard let key else {
            return agent.jobs.map {
                status(
                    $0,
                    of: agent,
                    last: services.tickLog.ticks(
                        agent: agent.id,
                        job: $0.name,
                        before: nil,
                        limit: RecentTicks.most
                    ),
                    isPaused: false
                )
            }
        }
        return try await head(of: key, window: 0).jobs
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

    /// Runs of an agent's jobs, newest first, and whether there may be more. Those that were due at one moment come together, so
    /// that there may be more of them than `limit`: the next page begins before a moment.
    package func ticks(
        of agent: AgentBlueprint,
        in key: SessionKey?,
        job: String?,
        before: Int64?,
        limit: Int
    ) async throws -> (ticks: [Tick], more: Bool) {
        guard let key else {
            return await services.tickLog.ticksOfAll(agent: agent.id, job: job, before: before).page(of: limit)
        }
        try await checkExists(key)
        // Those that came a moment ago may not be stored yet.
        if directory.isLoaded(key) { try await settle(key) }
        var reader = TickReader(job: job, before: before)
        var seq = Int.max
        while !reader.ticks.page(of: limit).more {
            let events = try await store.events(of: key, before: seq, limit: 512)
            guard let first = events.first else { break }
            reader.read(events, session: key.session)
            seq = first.seq
        }
        return reader.ticks.page(of: limit)
    }

    /// Sessions whose events wait to be stored.
    package var storeLag: Int { services.journal.lag }

    package func stats() async throws -> RuntimeStats {
        var stats = RuntimeStats()
        stats.counts = try await directory.counts
        stats.storeLag = storeLag
        services.meter.read(into: &stats)
        return stats
    }
}

extension [Tick] {
    /// The first ones, with all that were due at the same moment as the last of these, and whether there are others.
    fileprivate func page(of limit: Int) -> (ticks: [Tick], more: Bool) {
        guard limit > 0, limit < count else { return (self, false) }
        let moment = self[limit - 1].scheduled
        let end = self[limit...].firstIndex { $0.scheduled != moment } ?? count
        return (Array(self[..<end]), end < count)
    }
}

/// Rows of the list, and what they are a part of.
package struct SessionWindow: Sendable {
    /// How many sessions match, in and out of the window.
    package var total: Int
    package var counts: SessionCounts
    package var rows: [SessionSummary]
}

// MARK: Journals

/// What a session's journal says of it.
extension Runtime {
    /// Context and state of a session as they are.
    package func present(of key: SessionKey) async throws -> SessionFold {
        try await directory.withSession(key, .viewing) { await $0.fold }
    }

    /// Context and state of a session as they were after the event `seq`; 0 is before the first.
    ///
    /// - Throws: ``RuntimeError`` `seq_unknown` when the session has not got there, `seq_forgotten` when that part of its
    ///   journal is no longer kept.
    package func past(of key: SessionKey, at seq: Int) async throws -> SessionFold {
        let last = try await present(of: key).seq
        guard seq > 0 else { return SessionFold() }
        guard seq <= last else {
            throw RuntimeError(
                .malformed,
                "seq_unknown",
                "The session '\(key.session)' has no event \(seq); its last one is \(last)."
            )
        }
        var fold = try await store.fold(of: key, at: seq)
        if fold.seq < seq {
            // What was recorded just now may still be on its way to the store.
            try await directory.withSession(key, .viewing) { try await $0.store() }
            fold = try await store.fold(of: key, at: seq)
        }
        guard fold.seq == seq else {
            let first = try await store.firstSeq(of: key)
            throw RuntimeError(
                .notFound,
                "seq_forgotten",
                "The events before \(first) of the session '\(key.session)' are no longer kept, so its past cannot be put together."
            )
        }
        return fold
    }

    /// Returns when what a session has told of itself so far is stored, so that its history has it.
    package func settle(_ key: SessionKey) async throws {
        try await directory.withSession(key, .viewing) { await $0.settle() }
    }

    /// What may have some words, in the sessions of the agents that are hosted here.
    package func texts(_ query: TextQuery) async throws -> TextPage {
        var page = try await store.texts(query)
        page.contents.removeAll { content in
            let agent =
                switch content {
                case .event(let key, _): key.agent
                case .exchange(let exchange): exchange.agent
                }
            return !agents.contains { $0.id.isExactly(agent) }
        }
        return page
    }

    /// Events with `after < seq`, oldest first; see ``JournalReader/events(of:after:limit:)``.
    package func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent] {
        try await store.events(of: key, after: after, limit: limit)
    }

    /// Events with `seq < before`, the newest of them, oldest first.
    package func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent] {
        try await store.events(of: key, before: before, limit: limit)
    }

    /// The oldest `seq` that is still kept; 1 for a journal that is whole, 0 when there is none.
    package func firstSeq(of key: SessionKey) async throws -> Int { try await store.firstSeq(of: key) }

    /// Oldest first.
    package func snapshots(of key: SessionKey) async throws -> [SnapshotSummary] {
        try await checkExists(key)
        return try await store.snapshots(of: key)
    }

    /// Exchanges without their bodies, newest first; see ``ExchangeStore/exchanges(agent:session:hook:before:limit:)``.
    ///
    /// - Throws: ``RuntimeError`` `exchange_not_found` when `before` cannot have been the id of one.
    package func exchanges(agent: String?, session: String?, hook: String?, before: String?, limit: Int) async throws
        -> [Exchange]
    {
        if let before, !before.hasPrefix("ex_") || !ULID.isDescription(before.dropFirst(3)) {
            throw RuntimeError.exchangeNotFound(before)
        }
        return try await store.exchanges(agent: agent, session: session, hook: hook, before: before, limit: limit)
    }

    /// - Throws: ``RuntimeError`` `exchange_not_found`.
    package func exchange(_ id: String) async throws -> Exchange {
        guard let exchange = try await store.exchange(id) else { throw RuntimeError.exchangeNotFound(id) }
        return exchange
    }

    /// The same without headers and bodies.
    ///
    /// - Throws: ``RuntimeError`` `exchange_not_found`.
    package func exchangeRow(_ id: String) async throws -> Exchange {
        guard let row = try await store.exchangeRow(id) else { throw RuntimeError.exchangeNotFound(id) }
        return row
    }

    /// Keeps what an inspector did, or was refused.
    package func append(_ entry: AuditEntry) async throws { try await store.append(entry) }

    /// What inspectors did, newest first.
    package func audits(before: Int?, limit: Int) async throws -> [AuditEntry] {
        try await store.audits(before: before, limit: limit)
    }
}
