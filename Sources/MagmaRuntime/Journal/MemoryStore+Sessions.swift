internal import DequeModule
package import Inspection
package import SessionModel
internal import Synchronization

/// Sessions, their snapshots and what the runtime notes.
extension MemoryStore {
    package func checkpoint(of key: SessionKey, at seq: Int) async throws -> SessionFold? {
        journals.withLock { $0.checkpoints[key]?.last { $0.seq <= seq } }
    }

    package func takeOver() async throws -> [SessionKey] {
        journals.withLock { journals in
            for key in journals.records.all.keys where journals.records[key]?.summary.status == .awake {
                journals.records[key]?.summary.status = .asleep
            }
            return journals.records.all.filter { $0.value.isInterrupted }.map(\.key)
        }
    }

    package func tickEvents(of agent: String, limit: Int) async throws -> [(session: String, event: SessionEvent)] {
        let found = journals.withLock { journals in
            journals.bySession.filter { $0.key.agent == agent }.flatMap { key, events in
                events.lazy.filter(\.body.isOfTick).map { (session: key.session, event: $0) }
            }
        }
        return Array(found.sorted { ($0.event.at, $0.event.seq) > ($1.event.at, $1.event.seq) }.prefix(limit))
    }

    package func record(of key: SessionKey) async throws -> SessionRecord? { journals.withLock { $0.records[key] } }

    package func sleepers(_ query: SleeperQuery) async throws -> (entries: [SessionEntry], total: Int) {
        let entries = sleepers.map(\.entry).filter(query.matches)
        let window = SessionOrder(query.sort, descending: query.descending)
            .window(entries, offset: query.offset, limit: query.limit)
        return (Array(window), entries.count)
    }

    package var sleeperCounts: SessionCounts {
        get async throws { sleepers.reduce(into: SessionCounts()) { $0.add($1.summary) } }
    }

    package func sleepers(of agent: String, after: String, limit: Int) async throws -> [SessionRecord] {
        let found = sleepers.filter {
            $0.summary.status == .asleep && $0.summary.key.agent == agent && $0.summary.key.session > after
        }
        return Array(found.sorted { $0.summary.key.session < $1.summary.key.session }.prefix(limit))
    }

    package func expired(at time: Int64, limit: Int) async throws -> [SessionRecord] {
        Array(sleepers.filter { $0.summary.expires.map { $0 <= time } ?? false }.prefix(limit))
    }

    private var sleepers: [SessionRecord] {
        journals.withLock { journals in journals.records.asleep.compactMap { journals.records[$0] } }
    }

    package func rename(_ key: SessionKey, to new: SessionKey, as record: SessionRecord?) async throws {
        try journals.withLock { journals in
            guard journals.records[new] == nil else { throw RuntimeError.sessionExists(new) }
            journals.bySession[new] = journals.bySession.removeValue(forKey: key)
            journals.checkpoints[new] = journals.checkpoints.removeValue(forKey: key)
            journals.snapshots[new] = journals.snapshots.removeValue(forKey: key)
            let old = journals.records[key]
            journals.records[key] = nil
            journals.records[new] = (record ?? old)?.renamed(new)
            for (request, owner) in journals.answerOwners where owner == key { journals.answerOwners[request] = new }
        }
        exchanges.withLock { exchanges in
            for (id, exchange) in exchanges.byID where exchange.agent == key.agent && exchange.session == key.session {
                exchanges.byID[id]?.agent = new.agent
                exchanges.byID[id]?.session = new.session
            }
        }
    }

    package func save(_ snapshot: Snapshot, of key: SessionKey) async throws {
        journals.withLock { journals in
            journals.snapshots[key, default: []].removeAll { $0.name == snapshot.name }
            journals.snapshots[key, default: []].append(snapshot)
        }
    }

    package func snapshots(of key: SessionKey) async throws -> [Snapshot] {
        journals.withLock { $0.snapshots[key] ?? [] }
    }

    package func removeSnapshot(_ name: String, of key: SessionKey) async throws -> Bool {
        journals.withLock { journals in
            let count = journals.snapshots[key]?.count
            journals.snapshots[key]?.removeAll { $0.name == name }
            return journals.snapshots[key]?.count != count
        }
    }

    package func answer(to request: String) async throws -> KeptAnswer? { journals.withLock { $0.answers[request] } }

    package func save(_ answer: KeptAnswer, to request: String, at time: Int64) async throws {
        journals.withLock { $0.keep(answer, to: request, limit: limits.answers) }
    }

    /// Keeps its own bounds as it is written to; answers go by their number.
    package func trim(at now: Int64, answersBefore: Int64) async throws {}

    package func append(_ entry: AuditEntry) async throws {
        journals.withLock { journals in
            var entry = entry
            entry.number = (journals.audits.last?.number ?? 0) + 1
            journals.audits.append(entry)
            if journals.audits.count > max(1, limits.audits) { journals.audits.removeFirst() }
        }
    }

    package func audits(before: Int?, limit: Int) async throws -> [AuditEntry] {
        journals.withLock { journals in
            Array(journals.audits.reversed().lazy.filter { $0.number < before ?? .max }.prefix(limit))
        }
    }

    package func note(_ name: String) async throws -> JSON? { journals.withLock { $0.notes[name] } }

    package func save(_ note: JSON, as name: String) async throws { journals.withLock { $0.notes[name] = note } }
}

extension SessionRecord {
    /// The same under another key.
    package func renamed(_ key: SessionKey) -> SessionRecord {
        var record = self
        record.summary.key = key
        record.summary.kind = SessionID.isTemporary(key.session) ? .temporary : .lasting
        if record.summary.kind == .lasting { record.summary.expires = nil }
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
