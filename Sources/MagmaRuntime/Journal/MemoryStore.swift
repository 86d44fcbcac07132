internal import DequeModule
package import Inspection
package import SessionModel
internal import Synchronization

/// Keeps journals and exchanges in memory, within bounds: of what is over a bound the oldest goes.
package final class MemoryStore: SessionStore {
    package struct Limits: Sendable {
        /// Events of one session.
        package var events = 20_000
        /// Exchanges of all sessions together.
        package var exchanges = 5_000
        /// Bytes of their bodies.
        package var exchangeBytes = 128 << 20

        package init() {}
    }

    private struct Journals {
        var bySession: [SessionKey: Deque<SessionEvent>] = [:]
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
                let over = (journals.bySession[entry.key]?.count ?? 0) - limits.events
                if over > 0 { journals.bySession[entry.key]?.removeFirst(over) }
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
        journals.withLock { _ = $0.bySession.removeValue(forKey: key) }
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
