internal import Logging
internal import MagmaRuntime
internal import Postgres
package import SessionModel

/// What processes that are gone have left.
extension PostgresStore {
    /// Sessions that are brought to rest at once.
    private static let recoveredAtOnce: Int64 = 64

    package func recover() async throws -> [SessionKey] {
        // A runtime that was here before, in this process, is gone as any other.
        let before = try await read(Self.hasWork(.int(try node.membership.joined())))
        if before.first?.bool(0) ?? false { try await node.joinAgain() }
        return try await takeOver()
    }

    package func takeOver() async throws -> [SessionKey] {
        // First, so that a process which is gone and does not know it stores nothing more.
        while true {
            let taken = try await write(
                Self.takeOver(.int(try node.membership.joined()), .int(Self.recoveredAtOnce))
            )
            for row in taken { try await bringToRest(row) }
            if taken.isEmpty { break }
        }
        return try await read(Self.interrupted()).compactMap { SessionKey($0) }
    }

    /// Follows a session's journal, and lists it as asleep; any process may take it then.
    ///
    /// - Parameter row: agent, id, session, epoch.
    private func bringToRest(_ row: Rows.Row) async throws {
        guard let key = SessionKey(row), let session = row.int(2), let epoch = row.int(3) else { return }
        if key.agent == SessionKey.stagingAgent { return try await remove([key]) }
        let held: [Argument] = [.int(session), .int(epoch)]
        let rows = try await read(
            Statement("SELECT status, record FROM sessions WHERE session = $1::bigint")(.int(session))
        )
        let freeing = Self.free.with(held)
        guard let stored = rows.first else {
            // Claimed, and never made.
            return _ = try await write(Self.forget.with(held))
        }
        // One that cannot be read does not keep the others from starting; looking at it tells what is wrong.
        guard var record = try? Self.record(stored[0], stored[1]), record.summary.status == .awake else {
            return _ = try await write(freeing)
        }
        while let events = try? await events(of: key, after: record.summary.seq, limit: 512), !events.isEmpty {
            record.follow(events)
        }
        if record.summary.status == .awake { record.summary.status = .asleep }
        do { try await write([Self.locking.with(held), Self.saving(record, epoch: epoch), freeing]) } catch let error
            as RuntimeError where !error.isOfWholeStore
        {
            // Its row stays behind its journal; waking it tells what is wrong.
            log.error("The row of a session cannot be stored", metadata: ["session": "\(key)", "error": "\(error)"])
            try await write(freeing)
        }
    }

    private static let hasWork = Statement(
        """
        SELECT EXISTS (SELECT FROM heads WHERE owner = $1::bigint)
            OR EXISTS (SELECT FROM exchanges WHERE open AND node = $1::bigint)
        """
    )

    /// The owner is negative until a session is at rest: it can be claimed, and what could not be done is done the next time.
    private static let takeOver = Statement(
        """
        WITH gone AS (
            SELECT h.session FROM heads h
            WHERE h.owner IN (SELECT number FROM nodes WHERE buried IS NOT NULL)
                OR h.owner < 0 AND (h.owner = -$1::bigint
                    OR EXISTS (SELECT FROM nodes d WHERE d.number = -h.owner AND d.buried IS NOT NULL))
            ORDER BY h.session LIMIT $2::bigint FOR UPDATE OF h SKIP LOCKED
        )
        UPDATE heads h SET owner = -$1::bigint, epoch = nextval('epochs') FROM gone WHERE h.session = gone.session
        RETURNING h.agent, h.id, h.session, h.epoch
        """
    )

    private static let locking = Statement(
        "SELECT session FROM heads WHERE session = $1::bigint AND epoch = $2::bigint FOR UPDATE"
    )

    private static let free = Statement(
        "UPDATE heads SET owner = NULL WHERE session = $1::bigint AND epoch = $2::bigint"
    )

    private static let forget = Statement(
        """
        DELETE FROM heads h WHERE session = $1::bigint AND epoch = $2::bigint
            AND NOT EXISTS (SELECT FROM sessions s WHERE s.session = h.session)
        """
    )

    /// In the middle of something, and nobody's.
    private static let interrupted = Statement(
        """
        SELECT s.agent, s.id FROM sessions s JOIN heads h ON h.session = s.session
        WHERE s.interrupted AND s.status = 'asleep' AND h.owner IS NULL ORDER BY s.session
        """
    )
}
