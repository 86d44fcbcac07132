internal import Logging
internal import Magma
internal import SessionModel
internal import Synchronization
internal import WorkPool

/// Bringing a tick to the sessions of an agent.
extension Scheduler {
    /// Milliseconds after which sleeping sessions are gone through once more, for one may have gone to sleep or been let go by
    /// another process while they were.
    private static let secondWalk: Int64 = 2000

    func walkLater(_ job: AgentBlueprint.Job, of agent: AgentBlueprint, scheduled: Int64) {
        // A shutdown does not wait for it: the other processes walk as well.
        Task {
            guard (try? await self.services.time.sleep(milliseconds: Self.secondWalk)) != nil, !self.isStopping else {
                return
            }
            self.work.start { await self.walkAsleep(job, of: agent, scheduled: scheduled) }
        }
    }

    /// Brings the newest tick of each job to sleeping sessions that have not had it: another process, which was to do it, is gone.
    func walkAgain() {
        for agent in agents {
            for job in agent.jobs where !job.isStatic {
                let lane = JobKey(agent: agent.id, job: job.name)
                guard !services.pausedJobs.contains(lane), let due = state.withLock({ $0.newest[lane] }) else {
                    continue
                }
                work.start { await self.walkAsleep(job, of: agent, scheduled: due) }
            }
        }
    }

    func walkAsleep(_ job: AgentBlueprint.Job, of agent: AgentBlueprint, scheduled: Int64) async {
        let lane = JobKey(agent: agent.id, job: job.name)
        let isFirst = state.withLock { state in
            defer { state.walking[lane] = max(state.walking[lane] ?? scheduled, scheduled) }
            // Another walk comes after the one that goes on: it may have passed what this is for.
            guard state.walking[lane] == nil else {
                state.walkAgain.insert(lane)
                return false
            }
            return true
        }
        guard isFirst else { return }
        var next: Int64? = scheduled
        while let due = next {
            await walk(agent, job, due: due, onlyAsleep: true) {
                await $0.tick(job, scheduled: due, by: .sharedSchedule)
            } whenAllStarted: {
            }
            next = state.withLock { state in
                if state.walkAgain.remove(lane) != nil { return state.walking[lane] }
                state.walking[lane] = nil
                return nil
            }
        }
    }

    /// Visits the sessions of an agent, so many at once; those that sleep are woken.
    ///
    /// - Parameter due: of a tick by schedule: sleeping sessions that have had it, or were made since, are left out.
    func walk(
        _ agent: AgentBlueprint,
        _ job: AgentBlueprint.Job,
        due: Int64? = nil,
        onlyAsleep: Bool = false,
        _ visit: @escaping @Sendable (Session) async -> Void,
        whenAllStarted: () -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            var free = services.limits.ticksAtOnce
            let loaded = RemainingSessions(onlyAsleep ? [] : directory.loaded(of: agent.id))
            let visitors = min(free, loaded.count)
            for _ in 0..<visitors {
                group.addTask(executorPreference: WorkPool.shared) {
                    while let session = loaded.next() {
                        // All are taken, also those that are not visited.
                        if self.isStopping { continue }
                        await visit(session)
                        // Something of it could not be stored, so that it is read again.
                        if self.directory.isEvicted(session.key) {
                            await self.visitAsleep(session.key, of: agent, job, due: due, visit)
                        }
                    }
                }
            }
            free -= visitors
            await loaded.allTaken.value
            for key in directory.evicted(of: agent.id) where !isStopping {
                if free == 0 { await group.next() } else { free -= 1 }
                group.addTask(executorPreference: WorkPool.shared) {
                    await self.visitAsleep(key, of: agent, job, due: due, visit)
                }
            }
            var last = ""
            while !isStopping, let page = await storedSessions(of: agent.id, after: last), let end = page.last {
                last = end.summary.key.session
                for record in page where !record.pausedJobs.contains(job.name) && !isStopping {
                    if let due, hasHad(record, job, due) { continue }
                    if free == 0 { await group.next() } else { free -= 1 }
                    group.addTask(executorPreference: WorkPool.shared) {
                        await self.visitAsleep(record.summary.key, of: agent, job, due: due, visit)
                    }
                }
            }
            whenAllStarted()
        }
    }

    /// Whether a sleeping session has had a tick already, or was made since: where several processes walk, they come to it again.
    private func hasHad(_ record: SessionRecord, _ job: AgentBlueprint.Job, _ due: Int64) -> Bool {
        guard services.store.isShared else { return false }
        // What lies ahead is from a clock that was ahead, and says nothing.
        let latest = services.time.now + DueTicks.leastGrace
        return (due...max(due, latest)).contains(record.ticked[job.name] ?? record.summary.times.created)
    }

    private func storedSessions(of agent: String, after last: String) async -> [SessionRecord]? {
        do { return try await services.store.storedSessions(of: agent, after: last, limit: 512) } catch {
            services.log.error(
                "Sleeping sessions cannot be read, so their jobs do not run",
                metadata: ["agent": "\(agent)", "error": "\(error)"]
            )
            return nil
        }
    }

    /// Wakes a session for a visit; it goes back to sleep unless someone else has come meanwhile.
    func visitAsleep(
        _ key: SessionKey,
        of agent: AgentBlueprint,
        _ job: AgentBlueprint.Job,
        due: Int64?,
        _ visit: @Sendable (Session) async -> Void
    ) async {
        do {
            let session = try await directory.withSession(key, .ticking) { session in
                if let due, let missed = self.state.withLock({ $0.unreached.take(job.name, of: key, before: due) }) {
                    await session.miss(job, missed, because: "The session could not be read or stored")
                }
                await visit(session)
                return session
            }
            // Where there are too many, it makes room even if it was in use a moment ago, or ticks again soon.
            let isCrowded = directory.loadedCount > services.limits.sessions.awake
            let idle = isCrowded ? min(1000, services.limits.sessions.idle) : services.limits.sessions.idle
            let since = services.time.uptime - Double(idle)
            _ = await session.sleep(ifIdleSince: since, isCrowded ? .crowded : .none)
        } catch let error as RuntimeError where error.address != nil {
            // Another process has woken it, and ticks it.
        } catch {
            let isThere = (error as? RuntimeError).map { $0.isOfWholeStore || $0.kind == .unavailable } ?? true
            if let due, isThere { state.withLock { $0.unreached.note(job.name, of: key, due: due) } }
            services.log.error(
                "A session cannot be woken for its job",
                metadata: ["session": "\(key)", "error": "\(error)"]
            )
        }
    }
}
