internal import Postgres

/// Which processes use the database: a row of `nodes` for each start of one. A process whose lease is over is gone once
/// another one has said so, and set `buried`.
enum NodeStatements {
    /// Only one process at a time joins.
    static let lock = Statement("SELECT pg_advisory_xact_lock(\(Schema.lock), 2)")

    /// Locking the row makes it wait for a renewal that is under way, and PostgreSQL then looks at the row again: a process that
    /// has renewed is not buried. It also waits for what that process is writing.
    static let bury = Statement(
        """
        UPDATE nodes SET buried = clock_timestamp() WHERE number IN (
            SELECT number FROM nodes WHERE buried IS NULL AND lease < clock_timestamp() FOR UPDATE
        )
        """
    )

    /// Gives the number of this start; no row while another process is there.
    static let join = Statement(
        """
        INSERT INTO nodes (name, version, lease)
        SELECT $1::text, $2::text, clock_timestamp() + $3::bigint * interval '1 millisecond'
        WHERE NOT EXISTS (SELECT FROM nodes WHERE buried IS NULL)
        RETURNING number
        """
    )

    static let others = Statement(
        "SELECT name, to_char(lease, 'YYYY-MM-DD HH24:MI:SS TZ') FROM nodes WHERE buried IS NULL ORDER BY number"
    )

    static let renew = Statement(
        """
        UPDATE nodes SET lease = clock_timestamp() + $2::bigint * interval '1 millisecond'
        WHERE number = $1::bigint AND buried IS NULL RETURNING number
        """
    )

    static let leave = Statement(
        "UPDATE nodes SET buried = clock_timestamp() WHERE number = $1::bigint AND buried IS NULL"
    )

    /// Fails when this process is no longer one of those that may write: the first command of each transaction that writes
    /// something which has no epoch.
    static let check = Statement("SELECT check_node($1::bigint)")
}
