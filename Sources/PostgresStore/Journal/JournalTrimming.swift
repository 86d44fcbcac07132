internal import Logging
internal import MagmaRuntime
internal import Postgres
internal import SessionModel

extension PostgresStore {
    package func trim(at now: Int64, answersBefore: Int64) async throws {
        // One of them is enough.
        guard node.membership.isEldest else { return }
        try await write([
            Statement("DELETE FROM answers WHERE at < $1::bigint")(.int(answersBefore)),
            Statement("DELETE FROM ticks WHERE due < $1::bigint")(.int(now - Self.ticksKept)),
            Self.trimmingAudits(areRefused: false, to: settings.retention.audits),
            Self.trimmingAudits(areRefused: true, to: settings.retention.refusals),
            // After an hour in which operators may look at them, unless a session still names them.
            Statement(
                """
                DELETE FROM nodes WHERE buried < clock_timestamp() - interval '1 hour'
                    AND NOT EXISTS (SELECT FROM heads WHERE owner = nodes.number)
                    AND NOT EXISTS (SELECT FROM heads WHERE owner = -nodes.number)
                    AND NOT EXISTS (SELECT FROM exchanges WHERE open AND node = nodes.number)
                    AND NOT EXISTS (SELECT FROM answers WHERE node = nodes.number AND body IS NULL)
                """
            )(),
        ])
        while try await trimExchanges(at: now) {}
        guard settings.retention.age != nil || settings.retention.events != nil else { return }
        try await JournalTrimming(of: self).run(at: now)
    }

    /// Drops some of the exchanges that are over a bound; whether there may be more.
    private func trimExchanges(at now: Int64) async throws -> Bool {
        let retention = settings.retention
        let removed = try await write(
            Statement(
                """
                DELETE FROM exchanges WHERE number IN (
                    SELECT number FROM exchanges WHERE received < $1::bigint
                    UNION SELECT number FROM exchanges
                    WHERE number <= (SELECT number FROM exchanges ORDER BY number DESC LIMIT 1 OFFSET $2::bigint)
                    LIMIT $3::bigint
                ) RETURNING number
                """
            )(.int(retention.age.map { now - $0 } ?? 0), .int(Int64(retention.exchanges)), .int(Self.exchangesAtOnce))
        )
        return removed.count == Self.exchangesAtOnce
    }

    private static let exchangesAtOnce: Int64 = 1000

    /// Milliseconds for which it is remembered who ran a static job: longer than any clock is wrong.
    private static let ticksKept: Int64 = 7 * 86_400_000
}

/// Drops old events, down to a checkpoint from which the rest can be read.
struct JournalTrimming {
    private let store: PostgresStore

    init(of store: PostgresStore) { self.store = store }

    private static let sessionsAtOnce: Int64 = 500

    func run(at now: Int64) async throws {
        var last: Int64 = 0
        while true {
            let rows = try await store.read(
                Self.due(
                    .int(last),
                    .int(store.settings.retention.events.map(Int64.init)),
                    .int(store.settings.retention.age.map { now - $0 }),
                    .int(Self.sessionsAtOnce)
                )
            )
            for row in rows {
                guard let session = row.int(0), let base = row.int(1) else { continue }
                do { try await trim(session, through: base) } catch let error as RuntimeError
                    where !error.isOfWholeStore
                {
                    // Such as a corrupt session, which is left as it is; the others are trimmed.
                    store.log.error("A session was not trimmed", metadata: ["error": "\(error)"])
                }
            }
            guard let end = rows.last?.int(0) else { return }
            last = end
        }
    }

    /// Sessions with a checkpoint at or before the event up to which all may go, and that checkpoint; `NULL` for those that have
    /// nothing to drop.
    private static let due = Statement(
        """
        SELECT s.session, (
            SELECT max(c.seq) FROM checkpoints c WHERE c.session = s.session AND c.seq >= s.first_seq AND c.seq <= greatest(
                h.seq - $2::bigint,
                coalesce((SELECT min(e.first) FROM stretches e WHERE e.session = s.session AND e.at >= $3::bigint), h.seq + 1)
                    - CASE WHEN $3::bigint IS NULL THEN NULL ELSE 1 END
            )
        )
        FROM sessions s JOIN heads h ON h.session = s.session
        WHERE s.session > $1::bigint AND EXISTS (
            SELECT FROM checkpoints c WHERE c.session = s.session AND c.seq >= s.first_seq
        )
        ORDER BY s.session LIMIT $4::bigint
        """
    )

    /// Drops a session's events up to that one.
    private func trim(_ session: Int64, through base: Int64) async throws {
        let rows = try await store.read(
            Statement(
                """
                SELECT session, refs, body, epoch FROM stretches
                WHERE session = $1::bigint AND first <= $2::bigint AND last > $2::bigint ORDER BY first DESC LIMIT 1
                """
            )(.int(session), .int(base))
        )
        // Read before anything is changed, in case it cannot be.
        let name = SessionKey(agent: "", session: "\(session)")
        let rest = try await store.unpackedEvents(rows, of: name).joined().filter { $0.seq > base }
        let segments = EventSegment.all(of: rest, store.shown)
        let numbers: [Argument] = [.int(session), .int(base)]
        try await store.write(
            [
                Self.locking(session),
                Statement("DELETE FROM stretches WHERE session = $1::bigint AND first <= $2::bigint")
                    .with(numbers),
                Statement("DELETE FROM checkpoints WHERE session = $1::bigint AND seq < $2::bigint")
                    .with(numbers),
                Statement("UPDATE sessions SET first_seq = $2::bigint + 1 WHERE session = $1::bigint")
                    .with(numbers),
            ] + segments.map { Self.saving($0, of: session, epoch: rows.first?.int(3) ?? 0) } + [
                Self.droppingPayloads(of: session)
            ]
        )
    }

    private static func saving(_ segment: EventSegment, of session: Int64, epoch: Int64) -> Command {
        Statement(
            """
            INSERT INTO stretches (session, epoch, first, last, at, ticks, size, refs, body, words)
            SELECT $1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint <> 0, $7::bigint, $8::text,
                $9::text, $10::text::tsvector
            WHERE EXISTS (SELECT FROM heads WHERE session = $1::bigint)
            """
        )(
            .int(session),
            .int(epoch),
            .int(Int64(segment.first)),
            .int(Int64(segment.last)),
            .int(segment.at),
            .int(segment.hasTicks ? 1 : 0),
            .int(Int64(segment.size)),
            .text(segment.packed.refs),
            .text(segment.packed.text),
            .text(SearchVector.of(segment.words))
        )
    }

    /// Keeps entries of a session's journal from being stored until the transaction ends: they may refer to a payload that is there
    /// already, which is not to be deleted meanwhile.
    static func locking(_ session: Int64) -> Command {
        Statement("SELECT session FROM heads WHERE session = $1::bigint FOR UPDATE")(.int(session))
    }

    /// Deletes the payloads of a session that nothing of it refers to.
    static func droppingPayloads(of session: Int64) -> Command {
        let refs = ["stretches", "checkpoints", "snapshots"].map {
            "SELECT unnest(string_to_array(refs, ' ')) FROM \($0) WHERE session = $1::bigint AND refs IS NOT NULL"
        }
        return Statement(
            "DELETE FROM payloads WHERE session = $1::bigint AND hash NOT IN (\(refs.joined(separator: " UNION ALL ")))"
        )(.int(session))
    }
}
