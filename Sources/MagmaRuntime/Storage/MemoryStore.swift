internal import DequeModule
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
        /// Refusals in it, beside those.
        package var refusals = 1000

        package init() {}
    }

    /// What is kept of a session.
    struct Kept {
        var events: Deque<SessionEvent> = []
        var record: SessionRecord?
        var checkpoints: [SessionFold] = []
        var snapshots: [Snapshot] = []
    }

    struct Journals {
        var sessions: [SessionKey: Kept] = [:]
        /// Those that are not awake, so that nobody has to look for them.
        var asleep: Set<SessionKey> = []
        var notes: [String: JSON] = [:]
        var staticTicks: [ExactString: Deque<Tick>] = [:]
        var pausedJobs: Set<JobKey> = []
        var audits: Deque<AuditEntry> = []
        var refusals: Deque<AuditEntry> = []
        var auditNumber = 0
        var answers: [String: StoredResponse] = [:]
        var answerOrder: Deque<String> = []
        var answerOwners: [String: SessionKey] = [:]
    }

    struct Exchanges {
        var byID: [String: Exchange] = [:]
        var order: Deque<String> = []
        var bytes = 0
    }

    let limits: Limits
    let shown: ShownTexts
    let journals = Mutex(Journals())
    let exchanges = Mutex(Exchanges())

    /// - Parameter shown: what can be found.
    package init(limits: Limits = Limits(), shown: ShownTexts = .all) {
        self.limits = limits
        self.shown = shown
    }

    package var isImmediate: Bool { true }

    package func append(_ entries: [JournalEntry]) async throws -> [Int: any Error] {
        journals.withLock { journals in
            for entry in entries {
                journals.take(entry, limits)
                for companion in entry.companions { journals.take(companion, limits) }
            }
        }
        for entry in entries {
            for exchange in entry.exchanges { put(exchange) }
            for exchange in entry.companions.lazy.flatMap(\.exchanges) { put(exchange) }
        }
        return [:]
    }

    package func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent] {
        journals.withLock { journals in
            guard let events = journals.sessions[key]?.events, let first = events.first else { return [] }
            return Array(events.dropFirst(max(0, after - first.seq + 1)).prefix(limit))
        }
    }

    package func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent] {
        journals.withLock { journals in
            guard let events = journals.sessions[key]?.events, let first = events.first else { return [] }
            return Array(events.prefix(max(0, before - first.seq)).suffix(limit))
        }
    }

    package func firstSeq(of key: SessionKey) async throws -> Int {
        journals.withLock { $0.sessions[key]?.events.first?.seq ?? 0 }
    }

    package func remove(_ keys: [SessionKey]) async throws {
        let gone = Set(keys)
        journals.withLock { journals in
            for key in gone {
                journals.sessions[key] = nil
                journals.asleep.remove(key)
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
                exchange.key.map { gone.contains($0) } ?? false
            }
            for exchange in owned { exchanges.byID[exchange.id] = nil }
            exchanges.bytes -= owned.reduce(0) { $0 + $1.size }
            exchanges.order.removeAll { exchanges.byID[$0] == nil }
        }
    }

    package func save(_ exchange: Exchange) async throws { put(exchange) }

    private func put(_ exchange: Exchange) {
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

    package func exchangeRow(_ id: String) async throws -> Exchange? {
        exchanges.withLock { $0.byID[id]?.listed }
    }

    package func openExchanges() async throws -> [Exchange] {
        exchanges.withLock { $0.byID.values.filter(\.isOpen).map(\.listed) }
    }

    package func exchanges(
        agent: String?,
        session: String?,
        hook: String?,
        before: String?,
        limit: Int
    ) async throws -> [Exchange] {
        exchanges.withLock { exchanges in
            var found: [Exchange] = []
            let end = before.map(exchanges.end(before:)) ?? exchanges.order.count
            for id in exchanges.order[..<end].reversed() where found.count < limit {
                if let exchange = exchanges.byID[id],
                    agent == nil || exchange.agent.isExactly(agent),
                    session == nil || exchange.session.isExactly(session),
                    hook == nil || exchange.hook.isExactly(hook)
                {
                    found.append(exchange.listed)
                }
            }
            return found
        }
    }
}

extension MemoryStore.Exchanges {
    /// How many are older than one, which may be gone.
    func end(before id: String) -> Int {
        if let index = order.lastIndex(of: id) { return index }
        let last = order.indices.filter { order[$0] < id }.max { order[$0] < order[$1] }
        return last.map { $0 + 1 } ?? 0
    }
}

extension MemoryStore.Journals {
    mutating func take(_ entry: JournalEntry, _ limits: MemoryStore.Limits) {
        change(entry.key) { $0.take(entry, limit: limits.events) }
        for (request, _, answer) in entry.answers {
            keep(answer, to: request, limit: limits.answers)
            answerOwners[request] = entry.key
        }
    }

    mutating func keep(_ answer: StoredResponse, to request: String, limit: Int) {
        if answers.updateValue(answer, forKey: request) == nil { answerOrder.append(request) }
        if answerOrder.count > limit, let oldest = answerOrder.popFirst() {
            answers[oldest] = nil
            answerOwners[oldest] = nil
        }
    }

    /// Changes what is kept of a session, which there may not be yet.
    mutating func change(_ key: SessionKey, _ change: (inout MemoryStore.Kept) -> Void) {
        switch sessions[key, default: MemoryStore.Kept()].change(change) {
        case (false, true): asleep.insert(key)
        case (true, false): asleep.remove(key)
        default: break
        }
    }
}

extension MemoryStore.Kept {
    var isAsleep: Bool { record.map { $0.summary.status != .awake } ?? false }

    /// - Returns: whether the session was asleep, and whether it is.
    fileprivate mutating func change(_ change: (inout Self) -> Void) -> (Bool, Bool) {
        let before = isAsleep
        change(&self)
        return (before, isAsleep)
    }

    mutating func take(_ entry: JournalEntry, limit: Int) {
        events.append(contentsOf: entry.events)
        if let record = entry.record { self.record = record }
        if let checkpoint = entry.checkpoint { checkpoints.append(checkpoint) }
        if events.count > limit { drop(beyond: limit) }
    }

    /// Drops the oldest events beyond a number, up to a checkpoint from which the rest can be read.
    private mutating func drop(beyond limit: Int) {
        guard let first = events.first?.seq,
            let base = checkpoints.lastIndex(where: { $0.seq <= first + events.count - 1 - limit }),
            checkpoints[base].seq >= first
        else { return }
        events.removeFirst(checkpoints[base].seq - first + 1)
        checkpoints.removeFirst(base)
    }
}

extension Exchange {
    /// About how many bytes its bodies take.
    fileprivate var size: Int { (request.body?.value.size ?? 0) + (response?.body?.value.size ?? 0) + 512 }
}
