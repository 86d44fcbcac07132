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
        /// Entries of the audit log.
        package var audits = 10_000

        package init() {}
    }

    struct Journals {
        var bySession: [SessionKey: Deque<SessionEvent>] = [:]
        var records = Records()
        var checkpoints: [SessionKey: [SessionFold]] = [:]
        var snapshots: [SessionKey: [Snapshot]] = [:]
        var notes: [String: JSON] = [:]
        var audits: Deque<AuditEntry> = []
        var answers: [String: KeptAnswer] = [:]
        var answerOrder: Deque<String> = []
        var answerOwners: [String: SessionKey] = [:]
    }

    struct Exchanges {
        var byID: [String: Exchange] = [:]
        var order: Deque<String> = []
        var bytes = 0
    }

    let limits: Limits
    let journals = Mutex(Journals())
    let exchanges = Mutex(Exchanges())

    package init(limits: Limits = Limits()) { self.limits = limits }

    package var isImmediate: Bool { true }

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

    package func remove(_ keys: [SessionKey]) async throws {
        let gone = Set(keys)
        journals.withLock { journals in
            for key in gone {
                journals.bySession[key] = nil
                journals.records[key] = nil
                journals.checkpoints[key] = nil
                journals.snapshots[key] = nil
            }
            let owned = journals.answerOwners.filter { gone.contains($0.value) }.map(\.key)
            for request in owned {
                journals.answers[request] = nil
                journals.answerOwners[request] = nil
            }
            journals.answerOrder.removeAll { journals.answers[$0] == nil }
        }
        exchanges.withLock { exchanges in
            let owned = exchanges.byID.values.filter { exchange in
                exchange.session.map { gone.contains(SessionKey(agent: exchange.agent, session: $0)) } ?? false
            }
            for exchange in owned { exchanges.byID[exchange.id] = nil }
            exchanges.bytes -= owned.reduce(0) { $0 + $1.size }
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

extension MemoryStore {
    /// All sessions, and which of them are not awake, so that nobody has to look for those.
    struct Records {
        private(set) var all: [SessionKey: SessionRecord] = [:]
        private(set) var asleep: Set<SessionKey> = []

        subscript(key: SessionKey) -> SessionRecord? {
            get { all[key] }
            set {
                all[key] = newValue
                if let newValue, newValue.summary.status != .awake { asleep.insert(key) } else { asleep.remove(key) }
            }
        }
    }
}

extension MemoryStore.Journals {
    mutating func keep(_ answer: KeptAnswer, to request: String, limit: Int) {
        if answers.updateValue(answer, forKey: request) == nil { answerOrder.append(request) }
        if answerOrder.count > limit, let oldest = answerOrder.popFirst() {
            answers[oldest] = nil
            answerOwners[oldest] = nil
        }
    }

    /// Drops the oldest events beyond a number, up to a checkpoint from which the rest can be read.
    mutating func drop(of key: SessionKey, beyond limit: Int) {
        // Numbers alone are taken out: with the events themselves at hand, removing would copy all of them.
        guard let count = bySession[key]?.count, count > limit, let first = bySession[key]?.first?.seq,
            let base = checkpoints[key]?.lastIndex(where: { $0.seq <= first + count - 1 - limit }),
            let kept = checkpoints[key]?[base].seq, kept >= first
        else { return }
        bySession[key]?.removeFirst(kept - first + 1)
        checkpoints[key]?.removeFirst(base)
    }
}

extension Exchange {
    /// About how many bytes its bodies take.
    fileprivate var size: Int { (request.body?.value.size ?? 0) + (response?.body?.value.size ?? 0) + 512 }
}
