package import MagmaRuntime
internal import Postgres
package import SessionModel

/// Which process has a session.
extension PostgresStore {
    package func claim(_ key: SessionKey) async throws -> SessionClaim {
        // The process that had it may have given it back, or have been buried, since it was asked for.
        var last: String?
        for _ in 0..<3 {
            if let held = try await claiming.ask(for: key, { [self] in try await claim($0) }) { return .mine(held) }
            last = try await place(of: key)?.address
            guard let address = last else { continue }
            // Nobody waits for a process whose lease is over.
            guard try await read(NodeStatements.isOver(.text(address))).first?.bool(0) ?? false else {
                return .elsewhere(address: address)
            }
            await node.buryOthers()
        }
        if let last { return .elsewhere(address: last) }
        // Or this process is gone itself, and has not heard of it.
        _ = try await write([Command]())
        throw RuntimeError.store("io", "The session '\(key.session)' changes hands just now; try again.")
    }

    /// Claims sessions for entries that come without an epoch.
    func claimed(_ keys: [SessionKey]) async throws -> [SessionKey: Int] {
        keys.isEmpty ? [:] : try await claim(keys).mapValues(\.epoch)
    }

    /// Takes those that are new, free, or a process's that is gone.
    private func claim(_ keys: [SessionKey]) async throws -> [SessionKey: HeldSession] {
        let keys = Array(Set(keys)).sorted()
        // What was claimed and not answered gets another epoch.
        let rows = try await noting {
            try await repeating {
                try await claims.run(
                    Self.claim(
                        .int(try node.membership.joined()),
                        .texts(keys.map(\.agent)),
                        .texts(keys.map(\.session))
                    )
                )
            }
        }
        var held: [SessionKey: HeldSession] = [:]
        for row in rows {
            guard let key = SessionKey(row), let epoch = row.int(2), let seq = row.int(3) else { continue }
            held[key] = HeldSession(key: key, epoch: Int(epoch), seq: Int(seq))
        }
        return held
    }

    package func release(_ held: HeldSession) async throws {
        _ = try await releasing.ask(for: held) { [self] all in
            let all = all.sorted { $0.key < $1.key }
            try await write(
                Self.release(
                    .int(try node.membership.joined()),
                    .texts(all.map(\.key.agent)),
                    .texts(all.map(\.key.session)),
                    .ints(all.map { Int64($0.epoch) })
                )
            )
            return [:]
        }
    }

    package func places(of keys: [SessionKey]) async throws -> [SessionKey: StoredPlace] {
        let number = node.membership.number
        let rows = try await read(
            Self.places(.texts(keys.map(\.agent)), .texts(keys.map(\.session)), .int(number ?? 0))
        )
        var places: [SessionKey: StoredPlace] = [:]
        for row in rows {
            guard let key = SessionKey(row), let identity = row.int(2), let seq = row.int(3) else { continue }
            let owner: StoredPlace.Owner =
                switch row.int(4) {
                case nil: .nobody
                case number: .here
                default: .elsewhere(address: row[5] ?? "")
                }
            places[key] = StoredPlace(identity: identity, owner: owner, seq: Int(seq))
        }
        return places
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
        WHERE h.owner IS NULL OR h.owner < 0 OR h.owner = excluded.owner
            OR EXISTS (SELECT FROM nodes d WHERE d.number = h.owner AND d.buried IS NOT NULL)
        RETURNING agent, id, epoch, seq
        """
    )

    private static let places = Statement(
        """
        SELECT h.agent, h.id, h.session, h.seq, n.number, n.address FROM unnest($1::text[], $2::text[]) AS w (agent, id)
        JOIN heads h ON h.agent = w.agent AND h.id = w.id
        LEFT JOIN nodes n ON n.number = h.owner AND (n.buried IS NULL OR n.number = $3::bigint)
        """
    )

    private static let release = Statement(
        """
        WITH held AS (
            SELECT h.session FROM unnest($2::text[], $3::text[], $4::bigint[]) AS w (agent, id, epoch)
            JOIN heads h ON h.agent = w.agent AND h.id = w.id AND h.epoch = w.epoch
            WHERE h.owner IS NOT DISTINCT FROM $1::bigint ORDER BY h.agent, h.id FOR UPDATE OF h
        )
        UPDATE heads h SET owner = NULL FROM held WHERE h.session = held.session
        """
    )

    // MARK: Other processes

    package var isShared: Bool { true }

    package var nodeEvents: AsyncStream<NodeEvent> { node.events }

    package var nodeName: String? { node.membership.announcedName }

    package func announce(_ contact: NodeContact) async throws {
        do { try await node.announce(contact) } catch { throw RuntimeError.store(error, name) }
    }

    package func drain() async { await node.drain() }

    package var hasOthers: Bool { node.membership.hasOthers }

    package func host(of agent: String, for session: String) -> String? {
        node.membership.host(of: agent, for: session)
    }

    // Its lease, and until the others have looked, which they do within another one.
    package var longestAbsence: Int64 { 2 * settings.lease + 1000 }

    package var keepsHouse: Bool { node.membership.isEldest }

    package var clockOffset: Double { node.membership.clockOffset }

    package var nodes: [RuntimeNode] {
        get async throws {
            let number = node.membership.number
            return try await read(NodeStatements.nodes()).map { row in
                RuntimeNode(
                    contact: NodeContact(name: row[1] ?? "", address: row[2] ?? "", certificate: row[3]),
                    version: row[4] ?? "",
                    lease: row.int(5) ?? 0,
                    isDraining: row.bool(6),
                    sessions: Int(row.int(7) ?? 0),
                    isThisOne: row.int(0) == number
                )
            }
        }
    }

    // MARK: Jobs and requests

    /// The same again, whose answer was lost, is this process's still.
    package func claimTick(of job: JobKey, at scheduled: Int64) async throws -> Bool {
        let claiming = Statement(
            """
            INSERT INTO ticks AS t (agent, job, due, node) VALUES ($1::text, $2::text, $3::bigint, $4::bigint)
            ON CONFLICT (agent, job, due) DO UPDATE SET node = excluded.node WHERE t.node = excluded.node RETURNING due
            """
        )
        let number = try node.membership.joined()
        return try await !write(claiming(.text(job.agent), .text(job.job), .int(scheduled), .int(number))).isEmpty
    }

    package func claimRequest(_ request: String) async throws -> RequestClaim {
        let claiming = Statement(
            """
            INSERT INTO answers AS a (request, at, node) VALUES ($1::text, (extract(epoch FROM now()) * 1000)::bigint, $2::bigint)
            ON CONFLICT (request) DO UPDATE SET node = excluded.node, at = excluded.at
            WHERE a.body IS NULL AND (a.node = excluded.node
                OR EXISTS (SELECT FROM nodes d WHERE d.number = a.node AND d.buried IS NOT NULL))
            RETURNING at
            """
        )
        if try await !write(claiming(.text(request), .int(try node.membership.joined()))).isEmpty { return .mine }
        return try await answer(to: request).map { .answered($0) } ?? .elsewhere
    }

    package func releaseRequest(_ request: String) async {
        let releasing = Statement(
            "DELETE FROM answers WHERE request = $1::text AND body IS NULL AND node = $2::bigint"
        )
        // One that cannot be given back is free when this process is gone.
        guard let number = node.membership.number else { return }
        _ = try? await write(releasing(.text(request), .int(number)))
    }
}
