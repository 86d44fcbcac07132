internal import DequeModule
package import Inspection
package import SessionModel
internal import Synchronization

/// Keeps journals and exchanges in memory, within bounds: of what is over a bound the oldest goes.
package final class MemoryStore: SessionStore {
    package struct Limits: Sendable {
        /// Events of one session, beside those since the checkpoint before them.
        package var events = 20_000
        /// Exchanges of all sessions together.
        package var exchanges = 5_000
        /// Bytes of their bodies.
        package var exchangeBytes = 128 << 20
        /// Answers to requests with an idempotency key.
        package var answers = 10_000

        package init() {}
    }

    fileprivate struct Journals {
        var bySession: [SessionKey: Deque<SessionEvent>] = [:]
        var records: [SessionKey: SessionRecord] = [:]
        var checkpoints: [SessionKey: [SessionFold]] = [:]
        var snapshots: [SessionKey: [Snapshot]] = [:]
        var notes: [String: JSON] = [:]
        var answers: [String: KeptAnswer] = [:]
        var answerOrder: Deque<String> = []
        var answerOwners: [String: SessionKey] = [:]
    }

    private struct Exchanges {
        var byID: [String: Exchange] = [:]
        var order: Deque<String> = []
        var bytes = 0
    }

    private let limits: Limits
    private let journals = Mutex(Journals())
    private let exchanges = Mutex(Exchanges())

    package init(limits: Limits = Limits()) { self.limits = limits }

    package func append(_ entries: [JournalEntry]) async throws {
        journals.withLock { journals in
            for entry in entries {
                journals.bySession[entry.key, default: []].append(contentsOf: entry.events)
                if let record = entry.record { journals.records[entry.key] = record }
                if let checkpoint = entry.checkpoint {
                    journals.checkpoints[entry.key, default: []].append(checkpoint)
                }
                journals.drop(of: entry.key, beyond: limits.events)
                for (request, _, answer) in entry.answers {
                    journals.keep(answer, to: request, limit: limits.answers)
                    journals.answerOwners[request] = entry.key
                }
            }
        }
    }

    package func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent] {
        journals.withLock { journals in
            guard let events = journals.bySession[key], let first = events.first else { return [] }
            return Array(events.dropFirst(max(0, after - first.seq + 1)).prefix(limit))
        }
    }

    package func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent] {
        journals.withLock { journals in
            guard let events = journals.bySession[key], let first = events.first else { return [] }
            return Array(events.prefix(max(0, before - first.seq)).suffix(limit))
        }
    }

    package func firstSeq(of key: SessionKey) async throws -> Int {
        journals.withLock { $0.bySession[key]?.first?.seq ?? 0 }
    }

    package func remove(_ key: SessionKey) async throws {
        journals.withLock { journals in
            journals.bySession[key] = nil
            journals.records[key] = nil
            journals.checkpoints[key] = nil
            journals.snapshots[key] = nil
            let owned = journals.answerOwners.filter { $0.value == key }.map(\.key)
            for request in owned {
                journals.answers[request] = nil
                journals.answerOwners[request] = nil
            }
            journals.answerOrder.removeAll { journals.answers[$0] == nil }
        }
        exchanges.withLock { exchanges in
            let gone = exchanges.byID.values.filter { $0.agent == key.agent && $0.session == key.session }
            for exchange in gone { exchanges.byID[exchange.id] = nil }
            exchanges.bytes -= gone.reduce(0) { $0 + $1.size }
            exchanges.order.removeAll { exchanges.byID[$0] == nil }
        }
    }

    package func save(_ exchange: Exchange) async throws {
        exchanges.withLock { exchanges in
            if let old = exchanges.byID[exchange.id] {
                exchanges.bytes -= old.size
            } else {
                exchanges.order.append(exchange.id)
            }
            exchanges.byID[exchange.id] = exchange
            exchanges.bytes += exchange.size
            while exchanges.order.count > max(1, limits.exchanges)
                || (exchanges.bytes > limits.exchangeBytes && exchanges.order.count > 1)
            {
                guard let oldest = exchanges.order.popFirst() else { break }
                exchanges.bytes -= exchanges.byID.removeValue(forKey: oldest)?.size ?? 0
            }
        }
    }

    package func exchange(_ id: String) async throws -> Exchange? { exchanges.withLock { $0.byID[id] } }

    package func exchanges(
        agent: String?,
        session: String?,
        hook: String?,
        before: String?,
        limit: Int
    ) async throws -> [Exchange] {
        exchanges.withLock { exchanges in
            var found: [Exchange] = []
            var isPast = before == nil
            for id in exchanges.order.reversed() where found.count < limit {
                if isPast, let exchange = exchanges.byID[id],
                    agent == nil || exchange.agent == agent,
                    session == nil || exchange.session == session,
                    hook == nil || exchange.hook == hook
                {
                    found.append(exchange)
                }
                if id == before { isPast = true }
            }
            return found
        }
    }
}

// MARK: Sessions

extension MemoryStore {
    package func checkpoint(of key: SessionKey, at seq: Int) async throws -> SessionFold? {
        journals.withLock { $0.checkpoints[key]?.last { $0.seq <= seq } }
    }

    package func takeOver() async throws -> [SessionKey] {
        journals.withLock { journals in
            for key in journals.records.keys where journals.records[key]?.summary.status == .awake {
                journals.records[key]?.summary.status = .asleep
            }
            return journals.records.filter { !$0.value.openTurns.isEmpty }.map(\.key)
        }
    }

    package func tickEvents(of agent: String, limit: Int) async throws -> [(session: String, event: SessionEvent)] {
        let found = journals.withLock { journals in
            journals.bySession.filter { $0.key.agent == agent }.flatMap { key, events in
                events.lazy.filter(\.body.isOfTick).map { (session: key.session, event: $0) }
            }
        }
        return Array(found.sorted { $0.event.at > $1.event.at }.prefix(limit))
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
        journals.withLock { journals in journals.records.values.filter { $0.summary.status != .awake } }
    }

    package func rename(_ key: SessionKey, to new: SessionKey, as record: SessionRecord?) async throws {
        try journals.withLock { journals in
            guard journals.records[new] == nil else { throw RuntimeError.sessionExists(new) }
            journals.bySession[new] = journals.bySession.removeValue(forKey: key)
            journals.checkpoints[new] = journals.checkpoints.removeValue(forKey: key)
            journals.snapshots[new] = journals.snapshots.removeValue(forKey: key)
            let old = journals.records.removeValue(forKey: key)
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

    package func note(_ name: String) async throws -> JSON? { journals.withLock { $0.notes[name] } }

    package func save(_ note: JSON, as name: String) async throws { journals.withLock { $0.notes[name] = note } }
}

extension MemoryStore.Journals {
    fileprivate mutating func keep(_ answer: KeptAnswer, to request: String, limit: Int) {
        if answers.updateValue(answer, forKey: request) == nil { answerOrder.append(request) }
        if answerOrder.count > limit, let oldest = answerOrder.popFirst() {
            answers[oldest] = nil
            answerOwners[oldest] = nil
        }
    }

    /// Drops the oldest events beyond a number, up to a checkpoint from which the rest can be read.
    fileprivate mutating func drop(of key: SessionKey, beyond limit: Int) {
        guard let events = bySession[key], events.count > limit, let last = events.last?.seq,
            let all = checkpoints[key], let base = all.lastIndex(where: { $0.seq <= last - limit })
        else { return }
        bySession[key]?.removeFirst(max(0, all[base].seq - (events.first?.seq ?? 1) + 1))
        checkpoints[key]?.removeFirst(base)
    }
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
    fileprivate var isOfTick: Bool {
        switch self {
        case .tickStarted, .tickFinished, .tickMissed: true
        default: false
        }
    }
}

extension Exchange {
    /// About how many bytes its bodies take.
    fileprivate var size: Int { (request.body?.value.size ?? 0) + (response?.body?.value.size ?? 0) + 512 }
}

extension JSON {
    fileprivate var size: Int {
        switch self {
        case .string(let text): text.utf8.count + 16
        case .array(let items): items.reduce(16) { $0 + $1.size }
        case .object(let members): members.reduce(16) { $0 + $1.name.utf8.count + $1.value.size }
        default: 16
        }
    }
}
