package import MagmaRuntime
internal import Postgres
package import SessionModel

extension PostgresStore {
    package func claim(_ key: SessionKey) async throws -> SessionClaim {
        if let held = try await claim([key])[key] { return .mine(held) }
        let rows = try await read(Self.owner(.text(key.agent), .text(key.session)))
        return .elsewhere(address: rows.first?[0] ?? "another runtime")
    }

    /// Claims sessions for entries that come without an epoch.
    func claimed(_ keys: [SessionKey]) async throws -> [SessionKey: Int] {
        keys.isEmpty ? [:] : try await claim(keys).mapValues(\.epoch)
    }

    /// Takes those that are new, nobody's, or a process's that is gone.
    private func claim(_ keys: [SessionKey]) async throws -> [SessionKey: HeldSession] {
        let keys = Array(Set(keys)).sorted()
        // What was claimed and not answered gets another epoch.
        let rows = try await noting {
            try await repeating {
                try await claims.run(
                    Self.claim(.int(try node.joined()), .texts(keys.map(\.agent)), .texts(keys.map(\.session)))
                )
            }
        }
        var held: [SessionKey: HeldSession] = [:]
        for row in rows {
            guard let agent = row[0], let session = row[1], let epoch = row.int(2), let seq = row.int(3) else {
                continue
            }
            let key = SessionKey(agent: agent, session: session)
            held[key] = HeldSession(key: key, epoch: Int(epoch), seq: Int(seq))
        }
        return held
    }

    package func release(_ held: HeldSession) async throws {
        try await write(
            Self.release(
                .text(held.key.agent),
                .text(held.key.session),
                .int(try node.joined()),
                .int(Int64(held.epoch))
            )
        )
    }

    /// That an owner is gone must be seen, and not concluded from its row being missing: it may have joined after this statement
    /// began.
    private static let claim = Statement(
        """
        INSERT INTO heads AS h (agent, id, owner, epoch)
        SELECT w.agent, w.id, n.number, nextval('epochs')
        FROM unnest($2::text[], $3::text[]) AS w (agent, id), nodes n
        WHERE n.number = $1::bigint AND n.buried IS NULL ORDER BY w.agent, w.id
        ON CONFLICT (agent, id) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch
        WHERE h.owner IS NULL OR h.owner = excluded.owner
            OR EXISTS (SELECT FROM nodes d WHERE d.number = h.owner AND d.buried IS NOT NULL)
        RETURNING agent, id, epoch, seq
        """
    )

    private static let owner = Statement(
        "SELECT n.name FROM heads h JOIN nodes n ON n.number = h.owner WHERE h.agent = $1::text AND h.id = $2::text"
    )

    private static let release = Statement(
        """
        UPDATE heads SET owner = NULL
        WHERE agent = $1::text AND id = $2::text AND owner IS NOT DISTINCT FROM $3::bigint AND epoch = $4::bigint
        """
    )
}
