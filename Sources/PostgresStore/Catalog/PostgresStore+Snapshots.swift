internal import MagmaRuntime
internal import Postgres
package import SessionModel

extension PostgresStore {
    package func save(_ snapshot: Snapshot, of key: SessionKey) async throws {
        let packed = PackedJSON(snapshot.stored)
        let session = try await number(of: key)
        let payloads = packed.storedPayloads
        try await write([
            JournalTrimming.locking(session),
            Statement(
                """
                INSERT INTO payloads SELECT $1::bigint, * FROM unnest($2::text[], $3::text[])
                ON CONFLICT (session, hash) DO NOTHING
                """
            )(
                .int(session),
                .texts(payloads.map(\.hash)),
                .texts(payloads.map(\.body))
            ),
            Self.removingSnapshot(snapshot.name, session),
            Statement(
                """
                INSERT INTO snapshots (session, name, seq, at, by, messages, refs, body)
                VALUES ($1::bigint, $2::text, $3::bigint, $4::bigint, $5::text, $6::bigint, $7::text, $8::text)
                """
            )(
                .int(session),
                .text(snapshot.name),
                .int(Int64(snapshot.fold.seq)),
                .int(snapshot.at),
                .text(snapshot.by),
                .int(Int64(snapshot.fold.messages.count)),
                .text(packed.refs),
                .text(packed.text)
            ),
        ])
    }

    /// - Throws: ``RuntimeError`` `session_not_found`.
    func number(of key: SessionKey) async throws -> Int64 {
        let rows = try await read(
            Statement("SELECT session FROM heads WHERE agent = $1::text AND id = $2::text")(
                .text(key.agent),
                .text(key.session)
            )
        )
        guard let number = rows.first?.int(0) else { throw RuntimeError.sessionNotFound(key) }
        return number
    }

    private static let session = "(SELECT session FROM heads WHERE agent = $1::text AND id = $2::text)"

    package func snapshots(of key: SessionKey) async throws -> [SnapshotSummary] {
        let rows = try await read(
            Statement(
                "SELECT name, seq, at, by, messages FROM snapshots WHERE session = \(Self.session) ORDER BY number"
            )(.text(key.agent), .text(key.session))
        )
        return rows.map { row in
            SnapshotSummary(
                name: row[0] ?? "",
                seq: Int(row.int(1) ?? 0),
                at: row.int(2) ?? 0,
                by: row[3] ?? "",
                messages: Int(row.int(4) ?? 0)
            )
        }
    }

    package func snapshot(_ name: String, of key: SessionKey) async throws -> Snapshot? {
        let rows = try await read(
            Statement(
                "SELECT session, refs, body FROM snapshots WHERE session = \(Self.session) AND name = $3::text"
            )(.text(key.agent), .text(key.session), .text(name))
        )
        return try await unpacked(rows).first.flatMap { $0 }.flatMap(Snapshot.init(stored:))
    }

    package func removeSnapshot(_ name: String, of key: SessionKey) async throws -> Bool {
        guard let session = try? await number(of: key) else { return false }
        let rows = try await write([
            JournalTrimming.locking(session), Self.removingSnapshot(name, session),
            JournalTrimming.droppingPayloads(of: session),
        ])
        return !rows[1].isEmpty
    }

    private static func removingSnapshot(_ name: String, _ session: Int64) -> Command {
        Statement(
            "DELETE FROM snapshots WHERE session = $1::bigint AND name = $2::text RETURNING number"
        )(.int(session), .text(name))
    }
}
