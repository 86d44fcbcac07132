internal import Postgres

/// Which processes use the database: a row of `nodes` for each start of one. A process whose lease is over is gone once
/// another one has said so, and set `buried`.
enum NodeStatements {
    /// Locking the row makes it wait for a renewal that is under way, and PostgreSQL then looks at the row again: a process that
    /// has renewed is not buried. It also waits for what that process is writing. Nobody buries itself: its own renewal tells.
    static let bury = Statement(
        """
        UPDATE nodes SET buried = clock_timestamp() WHERE number IN (
            SELECT number FROM nodes WHERE buried IS NULL AND lease < clock_timestamp() AND number <> $1::bigint
            ORDER BY number FOR UPDATE
        )
        """
    )

    /// Whether the lease of the process at an address is over, and nobody has said so.
    static let isOver = Statement(
        "SELECT EXISTS (SELECT FROM nodes WHERE buried IS NULL AND address = $1::text AND lease < clock_timestamp())"
    )

    /// Gives the number of this start.
    static let join = Statement(
        """
        INSERT INTO nodes (name, version, lease, address, certificate, agents)
        VALUES ($1::text, $2::text, clock_timestamp() + $3::bigint * interval '1 millisecond', $4::text, $5::text,
            coalesce($6::text[], '{}'))
        RETURNING number
        """
    )

    /// Number, agents as JSON, draining, the database's clock in milliseconds since 1970, and address.
    static let living = Statement(
        """
        SELECT number, to_json(agents)::text, draining, extract(epoch FROM clock_timestamp()) * 1000, address
        FROM nodes WHERE buried IS NULL ORDER BY number
        """
    )

    static let announce = Statement(
        """
        UPDATE nodes SET name = $2::text, address = $3::text, certificate = $4::text, agents = $5::text[]
        WHERE number = $1::bigint AND buried IS NULL
        """
    )

    /// Buries those that had the name and address before: no other process can listen there.
    static let replace = Statement(
        """
        UPDATE nodes SET buried = clock_timestamp() WHERE number IN (
            SELECT number FROM nodes
            WHERE buried IS NULL AND address = $2::text AND address <> '' AND name = $3::text AND number < $1::bigint
            ORDER BY number FOR UPDATE
        )
        """
    )

    static let renew = Statement(
        """
        UPDATE nodes SET lease = clock_timestamp() + $2::bigint * interval '1 millisecond'
        WHERE number = $1::bigint AND buried IS NULL RETURNING number
        """
    )

    /// Whether processes that are gone have left something: sessions, or exchanges that they did not answer. A negative owner is
    /// a process that is bringing what another one has left to rest.
    static let orphans = Statement(
        """
        SELECT EXISTS (
            SELECT FROM nodes d WHERE d.buried IS NOT NULL
                AND (EXISTS (SELECT FROM heads h WHERE h.owner = d.number)
                    OR EXISTS (SELECT FROM exchanges x WHERE x.open AND x.node = d.number))
        ) OR EXISTS (SELECT FROM heads WHERE owner < 0)
        """
    )

    /// Which history the server writes: a copy of it that was promoted, or restored, goes on with another one.
    static let history = Statement(
        """
        SELECT system_identifier || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system()
        """
    )

    static let drain = Statement(
        "UPDATE nodes SET draining = true WHERE number = $1::bigint AND buried IS NULL"
    )

    static let leave = Statement(
        "UPDATE nodes SET buried = clock_timestamp() WHERE number = $1::bigint AND buried IS NULL"
    )

    /// Fails when this process is no longer one of those that may write: the first command of each transaction that writes
    /// something which has no epoch.
    static let check = Statement("SELECT check_node($1::bigint)")

    /// Those that are there: number, name, address, certificate, version, milliseconds of lease, draining, sessions.
    static let nodes = Statement(
        """
        SELECT number, name, address, certificate, version,
            greatest(0, extract(epoch FROM lease - clock_timestamp()) * 1000)::bigint, draining,
            (SELECT count(*) FROM heads h WHERE h.owner = nodes.number)
        FROM nodes WHERE buried IS NULL ORDER BY number
        """
    )
}
