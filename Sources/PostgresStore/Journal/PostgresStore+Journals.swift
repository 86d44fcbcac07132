package import MagmaRuntime
internal import Postgres
package import SessionModel

extension PostgresStore {
    package func encoded(_ events: [SessionEvent], _ record: SessionRecord?) -> EncodedEntry? {
        EncodedEntry(events: events.map(\.text), record: record?.storedText)
    }

    package func append(_ entries: [JournalEntry]) async throws -> [Int: any Error] {
        var refused: [Int: any Error] = [:]
        var rest = Array(entries.enumerated())
        while !rest.isEmpty {
            // One entry of each session at a time.
            var (keys, batch, next) = (Set<SessionKey>(), rest, rest)
            batch.removeAll { entry in
                // Also of one that has to wait, so that nothing of its sessions is stored before it.
                let isTaken = entry.element.keys.contains { keys.contains($0) }
                keys.formUnion(entry.element.keys)
                return isTaken
            }
            let taken = Set(batch.map(\.offset))
            next.removeAll { taken.contains($0.offset) }
            if batch.isEmpty { (batch, next) = ([rest[0]], Array(rest.dropFirst())) }
            for (index, error) in try await append(batch) { refused[index] = error }
            rest = next
        }
        return refused
    }

    /// - Parameter entries: with their numbers; in the order of their sessions they lock these in one order.
    private func append(_ entries: [(offset: Int, element: JournalEntry)]) async throws -> [Int: any Error] {
        let sorted = entries.sorted { $0.element.key < $1.element.key }
        do {
            let epochs = try await claimed(sorted.flatMap { $0.element.unclaimed })
            var batch = JournalBatch()
            for (offset, entry) in sorted { batch.add(entry, part: offset, epochs: epochs, shown) }
            let rows = try await appended(batch)
            var refused: [Int: any Error] = [:]
            let parts = batch.parts
            for row in rows {
                guard let n = row.int(0).map({ Int($0) }), batch.entries.indices.contains(n - 1) else { continue }
                let key = batch.entries[n - 1].key
                switch row[1] {
                case "missing": refused[parts[n - 1]] = RuntimeError.sessionNotFound(key)
                case "moved": refused[parts[n - 1]] = RuntimeError.sessionMoved(key)
                default: break
                }
            }
            return refused
        } catch let error as RuntimeError where !error.isOfWholeStore {
            // The database takes all of a batch or nothing: each is stored alone, so that only the wrong one is refused.
            guard entries.count > 1 else { return [entries[0].offset: error] }
            var refused: [Int: any Error] = [:]
            for entry in sorted { refused.merge(try await append([entry])) { _, new in new } }
            return refused
        }
    }

    /// Sends a batch. When the connection breaks the same is sent again: what was stored then counts as stored now.
    private func appended(_ batch: JournalBatch) async throws -> Rows {
        try await noting {
            try await repeating {
                let number = try node.membership.joined()
                return try await journal.run([batch.command(of: number)] + batch.begun)[0]
            }
        }
    }

    // MARK: Reading

    package func events(of key: SessionKey, after: Int, limit: Int) async throws -> [SessionEvent] {
        let after = min(after, .max - 1)
        let rows = try await read(
            Self.eventsAfter(.text(key.agent), .text(key.session), .int(Int64(after)), .int(Int64(limit)))
        )
        let events = try await unpackedEvents(rows, of: key).joined()
        return Array(events.drop { $0.seq <= after }.prefix(limit))
    }

    package func events(of key: SessionKey, before: Int, limit: Int) async throws -> [SessionEvent] {
        let rows = try await read(
            Self.eventsBefore(.text(key.agent), .text(key.session), .int(Int64(before)), .int(Int64(limit)))
        )
        let events = try await unpackedEvents(rows, of: key).reversed().joined()
        return Array(events.filter { $0.seq < before }.suffix(limit))
    }

    private static let session = "(SELECT session FROM heads WHERE agent = $1::text AND id = $2::text)"

    /// Bytes of events after which no more are read at once.
    private static let mostRead = 8 << 20

    private static let eventsAfter = Statement(
        """
        SELECT session, refs, body FROM (
            SELECT *, sum(size) OVER (ORDER BY first) - size AS before FROM (
                SELECT e.session, first, size, refs, body FROM stretches e, (
                    SELECT session, coalesce(
                        (SELECT max(first) FROM stretches WHERE session = h.session AND first <= $3::bigint + 1),
                        (SELECT min(first) FROM stretches WHERE session = h.session)
                    ) AS start
                    FROM heads h WHERE agent = $1::text AND id = $2::text
                ) AS b
                WHERE e.session = b.session AND first >= start AND first - $4::bigint <= greatest($3::bigint, start)
                ORDER BY first LIMIT $4::bigint
            ) AS near
        ) AS sized WHERE before < \(mostRead) ORDER BY first
        """
    )

    private static let eventsBefore = Statement(
        """
        SELECT session, refs, body FROM (
            SELECT *, sum(size) OVER (ORDER BY first DESC) - size AS after FROM (
                SELECT session, first, size, refs, body FROM stretches
                WHERE session = \(session) AND first < $3::bigint
                    AND last >= least($3::bigint, (SELECT seq FROM heads WHERE session = \(session)) + 1) - $4::bigint
                ORDER BY first DESC LIMIT $4::bigint
            ) AS near
        ) AS sized WHERE after < \(mostRead) ORDER BY first DESC
        """
    )

    /// The events of rows with `session`, `refs` and `body`, each row's apart.
    func unpackedEvents(_ rows: some Collection<Rows.Row>, of key: SessionKey) async throws -> [[SessionEvent]] {
        let corrupt = RuntimeError.store(
            "corrupt",
            "An event of the session '\(key.session)' cannot be read; `seismo serve --check` says which."
        )
        return try await unpacked(rows).map { json in
            guard let items = json?.array else { throw corrupt }
            return try items.map { item in
                guard let event = SessionEvent(json: item) else { throw corrupt }
                return event
            }
        }
    }

    package func firstSeq(of key: SessionKey) async throws -> Int {
        let rows = try await read(
            Statement("SELECT min(first) FROM stretches WHERE session = \(Self.session)")(
                .text(key.agent),
                .text(key.session)
            )
        )
        return rows.first?.int(0).map { Int($0) } ?? 0
    }

    package func checkpoint(of key: SessionKey, at seq: Int) async throws -> SessionFold? {
        let rows = try await read(
            Statement(
                """
                SELECT session, refs, body FROM checkpoints WHERE session = \(Self.session) AND seq <= $3::bigint
                ORDER BY seq DESC LIMIT 1
                """
            )(.text(key.agent), .text(key.session), .int(Int64(seq)))
        )
        return try await unpacked(rows).first.flatMap { $0 }.flatMap(SessionFold.init(json:))
    }

    package func tickEvents(of agent: String, limit: Int) async throws -> [(session: String, event: SessionEvent)] {
        let rows = try await read(
            Statement(
                """
                SELECT e.session, e.refs, e.body, s.id FROM (
                    SELECT session, at, number, refs, body FROM stretches WHERE ticks ORDER BY at DESC, number DESC LIMIT $2::bigint
                ) AS e JOIN heads s ON s.session = e.session
                WHERE s.agent = $1::text ORDER BY e.at DESC, e.number DESC LIMIT $3::bigint
                """
            )(.text(agent), .int(Int64(clamping: limit) * 8), .int(Int64(limit)))
        )
        let events = try await unpackedEvents(rows, of: SessionKey(agent: agent, session: "of \(agent)"))
        let ticks = zip(rows, events).flatMap { row, events in
            events.filter(\.body.isOfTick).map { (session: row[3] ?? "", event: $0) }
        }
        return Array(ticks.sorted { ($0.event.at, $0.event.seq) > ($1.event.at, $1.event.seq) }.prefix(limit))
    }

    /// The JSON of rows with `session`, `refs` and `body`; `nil` for what is not JSON.
    func unpacked(_ rows: some Collection<Rows.Row>) async throws -> [JSON?] {
        try await PayloadReading.unpacked(rows) { try await read($0) }
    }
}

extension JournalEntry {
    /// The sessions that it writes.
    fileprivate var keys: [SessionKey] { [key] + companions.flatMap(\.keys) }

    /// Those that nobody has claimed for it.
    fileprivate var unclaimed: [SessionKey] { (epoch == 0 ? [key] : []) + companions.flatMap(\.unclaimed) }
}
