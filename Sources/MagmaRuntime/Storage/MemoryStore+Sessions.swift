internal import DequeModule
package import SessionModel
internal import Synchronization

/// Sessions, their snapshots and what the runtime notes.
extension MemoryStore {
    package func checkpoint(of key: SessionKey, at seq: Int) async throws -> SessionFold? {
        journals.withLock { $0.sessions[key]?.checkpoints.last { $0.seq <= seq } }
    }

    package func recover() async throws -> [SessionKey] {
        journals.withLock { journals in
            for (key, kept) in journals.sessions where kept.record?.summary.status == .awake {
                journals.change(key) {
                    $0.record?.follow($0.events)
                    $0.record?.summary.status = .asleep
                }
            }
            return journals.sessions.filter { $0.value.record?.isInterrupted ?? false }.map(\.key)
        }
    }

    package func tickEvents(of agent: String, limit: Int) async throws -> [(session: String, event: SessionEvent)] {
        let found = journals.withLock { journals in
            journals.sessions.filter { $0.key.agent == agent }.flatMap { key, kept in
                kept.events.lazy.filter(\.body.isOfTick).map { (session: key.session, event: $0) }
            }
        }
        return Array(found.sorted { ($0.event.at, $0.event.seq) > ($1.event.at, $1.event.seq) }.prefix(limit))
    }

    package func record(of key: SessionKey) async throws -> SessionRecord? {
        journals.withLock { $0.sessions[key]?.record }
    }

    package func storedSessions(_ query: StoredSessionQuery) async throws -> (entries: [SessionEntry], total: Int) {
        let entries = asleep.map(\.entry).filter(query.matches)
        let window = SessionOrder(query.sort, descending: query.descending)
            .window(entries, offset: query.offset, limit: query.limit)
        return (Array(window), entries.count)
    }

    package var storedSessionCounts: SessionCounts {
        get async throws { asleep.reduce(into: SessionCounts()) { $0.add($1.summary) } }
    }

    package func storedSessions(of agent: String, after: String, limit: Int) async throws -> [SessionRecord] {
        let found = asleep.filter {
            $0.summary.status == .asleep && $0.summary.key.agent.isExactly(agent)
                && after.precedes($0.summary.key.session)
        }
        return Array(found.sorted { $0.summary.key < $1.summary.key }.prefix(limit))
    }

    package func expired(at time: Int64, limit: Int) async throws -> [SessionRecord] {
        Array(asleep.filter { $0.summary.times.expires.map { $0 <= time } ?? false }.prefix(limit))
    }

    private var asleep: [SessionRecord] {
        journals.withLock { journals in journals.asleep.compactMap { journals.sessions[$0]?.record } }
    }

    package func rename(_ key: SessionKey, to new: SessionKey, as record: SessionRecord?) async throws {
        try journals.withLock { journals in
            guard journals.sessions[new]?.record == nil else { throw RuntimeError.sessionExists(new) }
            let old = journals.sessions.removeValue(forKey: key) ?? Kept()
            journals.asleep.remove(key)
            journals.change(new) {
                $0 = old
                $0.record = (record ?? old.record)?.renamed(new)
            }
            for (request, owner) in journals.answerOwners where owner == key { journals.answerOwners[request] = new }
        }
        exchanges.withLock { exchanges in
            for (id, exchange) in exchanges.byID where exchange.key == key {
                exchanges.byID[id]?.agent = new.agent
                exchanges.byID[id]?.session = new.session
            }
        }
    }

    package func save(_ snapshot: Snapshot, of key: SessionKey) async throws {
        journals.withLock { journals in
            journals.sessions[key, default: Kept()].snapshots.removeAll { $0.name.isExactly(snapshot.name) }
            journals.sessions[key]?.snapshots.append(snapshot)
        }
    }

    package func snapshots(of key: SessionKey) async throws -> [SnapshotSummary] {
        journals.withLock { $0.sessions[key]?.snapshots.map(\.summary) ?? [] }
    }

    package func snapshot(_ name: String, of key: SessionKey) async throws -> Snapshot? {
        journals.withLock { $0.sessions[key]?.snapshots.first { $0.name.isExactly(name) } }
    }

    package func removeSnapshot(_ name: String, of key: SessionKey) async throws -> Bool {
        journals.withLock { journals in
            let count = journals.sessions[key]?.snapshots.count
            journals.sessions[key]?.snapshots.removeAll { $0.name.isExactly(name) }
            return journals.sessions[key]?.snapshots.count != count
        }
    }

    package func answer(to request: String) async throws -> StoredResponse? {
        journals.withLock { $0.answers[request] }
    }

    package func save(_ answer: StoredResponse, to request: String, at time: Int64) async throws {
        journals.withLock { $0.keep(answer, to: request, limit: limits.answers) }
    }

    /// Keeps its own bounds as it is written to; answers go by their number.
    package func trim(at now: Int64, answersBefore: Int64) async throws {}

    package func append(_ entry: AuditEntry) async throws {
        journals.withLock { journals in
            var entry = entry
            journals.auditNumber += 1
            entry.number = journals.auditNumber
            if entry.isRefusal {
                journals.refusals.append(entry)
                if journals.refusals.count > max(1, limits.refusals) { journals.refusals.removeFirst() }
            } else {
                journals.audits.append(entry)
                if journals.audits.count > max(1, limits.audits) { journals.audits.removeFirst() }
            }
        }
    }

    package func audits(before: Int?, limit: Int) async throws -> [AuditEntry] {
        journals.withLock { journals in
            let newest = [journals.audits, journals.refusals].flatMap { entries in
                entries.reversed().lazy.filter { $0.number < before ?? .max }.prefix(limit)
            }
            return Array(newest.sorted { $0.number > $1.number }.prefix(limit))
        }
    }

    package func append(_ tick: Tick, of agent: String) async throws {
        journals.withLock { journals in
            journals.staticTicks[ExactString(agent), default: []].append(tick)
            if journals.staticTicks[ExactString(agent)]?.count ?? 0 > JobStoreLimits.staticTicks {
                journals.staticTicks[ExactString(agent)]?.removeFirst()
            }
        }
    }

    package func staticTicks(of agent: String) async throws -> [Tick] {
        journals.withLock { Array($0.staticTicks[ExactString(agent)] ?? []) }
    }

    package func pause(_ job: JobKey) async throws { journals.withLock { _ = $0.pausedJobs.insert(job) } }

    package func resume(_ job: JobKey) async throws { journals.withLock { _ = $0.pausedJobs.remove(job) } }

    package func pausedJobs() async throws -> Set<JobKey> { journals.withLock(\.pausedJobs) }

    package func note(_ name: String) async throws -> JSON? { journals.withLock { $0.notes[name] } }

    package func save(_ note: JSON, as name: String) async throws { journals.withLock { $0.notes[name] = note } }
}

extension SessionRecord {
    /// The same under another key.
    package func renamed(_ key: SessionKey) -> SessionRecord {
        var record = self
        record.summary.key = key
        record.summary.kind = SessionID.isTemporary(key.session) ? .temporary : .lasting
        if record.summary.kind == .lasting { record.summary.times.expires = nil }
        return record
    }
}

extension SessionEvent.Body {
    /// Whether it tells of a job's run.
    package var isOfTick: Bool {
        switch self {
        case .tickStarted, .tickFinished, .tickMissed: true
        default: false
        }
    }
}
