internal import Postgres

/// How entries of journals are stored: many of them by one statement, and one commit.
enum JournalStatements {
    /// Stores each group of entries whose sessions are all still this node's, under their epochs, and leaves the others out.
    ///
    /// The same again changes nothing and counts as stored, so that a batch whose answer was lost is sent once more.
    ///
    /// The arguments' order is that of ``JournalBatch``. The planner knows nothing of the arrays' lengths. What is joined by `n`
    /// must be joined by hashing, since loops would take time in the square of a batch; and sessions must be looked up one by
    /// one, for which there are `OFFSET 0` and the part that changes `heads` by its key. The connection's settings do the rest.
    ///
    /// - Returns: a row for each entry that was left out: its number from 1, and why.
    static let append = Statement(
        """
        WITH input AS MATERIALIZED (
            SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                    $28::bigint[])
                WITH ORDINALITY AS t (part, agent, id, epoch, first, last, has_record, n)
        ), locked AS MATERIALIZED (
            SELECT i.*, h.session, h.seq,
                h.owner IS NOT DISTINCT FROM $1::bigint AND h.epoch = i.epoch AS mine,
                i.first IS NULL OR h.seq = 0 OR h.seq IN (i.first - 1, i.last) AS follows,
                i.has_record <> 0 OR EXISTS (SELECT FROM sessions s WHERE s.session = h.session) AS known
            FROM input i CROSS JOIN LATERAL (
                SELECT * FROM heads WHERE agent = i.agent AND id = i.id OFFSET 0 FOR UPDATE
            ) h
        ), wrong AS MATERIALIZED (
            SELECT DISTINCT i.part FROM input i LEFT JOIN locked l ON l.n = i.n
            WHERE l.n IS NULL OR NOT l.known OR NOT l.mine OR NOT l.follows
        ), held AS MATERIALIZED (
            SELECT l.* FROM locked l LEFT JOIN wrong w ON w.part = l.part WHERE w.part IS NULL
        ), moved AS (
            INSERT INTO heads AS h (session, agent, id, owner, epoch, seq) OVERRIDING SYSTEM VALUE
            SELECT session, agent, id, $1::bigint, epoch, greatest(seq, last) FROM held WHERE last IS NOT NULL
            ON CONFLICT (session) DO UPDATE SET seq = excluded.seq
        ), written AS (
            INSERT INTO stretches (session, epoch, first, last, at, ticks, size, refs, body, words)
            SELECT held.session, held.epoch, s.first, s.last, s.at, s.ticks <> 0, s.size, s.refs, s.body, s.words::tsvector
            FROM unnest($8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                    $14::text[], $15::text[], $16::text[])
                AS s (n, first, last, at, ticks, size, refs, body, words)
            JOIN held ON held.n = s.n
            ON CONFLICT (session, first) DO NOTHING
        ), kept AS (
            INSERT INTO payloads (session, hash, body)
            SELECT DISTINCT ON (held.session, p.hash) held.session, p.hash, p.body
            FROM unnest($17::bigint[], $18::text[], $19::text[]) AS p (n, hash, body) JOIN held ON held.n = p.n
            ON CONFLICT (session, hash) DO NOTHING
        ), checked AS (
            INSERT INTO checkpoints (session, seq, refs, body)
            SELECT held.session, c.seq, c.refs, c.body
            FROM unnest($20::bigint[], $21::bigint[], $22::text[], $23::text[]) AS c (n, seq, refs, body)
            JOIN held ON held.n = c.n
            ON CONFLICT (session, seq) DO UPDATE SET refs = excluded.refs, body = excluded.body
        ), answered AS (
            INSERT INTO answers (request, at, session, body)
            SELECT DISTINCT ON (a.request) a.request, a.at, held.session, a.body
            FROM unnest($24::bigint[], $25::text[], $26::bigint[], $27::text[])
                WITH ORDINALITY AS a (n, request, at, body, place)
            JOIN held ON held.n = a.n ORDER BY a.request, a.place DESC
            ON CONFLICT (request) DO UPDATE SET at = excluded.at, session = excluded.session, body = excluded.body
        ), recorded AS (
            INSERT INTO sessions (session, agent, id, lower_agent, lower_id, kind, status, origin, interrupted, trouble,
                paused, created, active, expires, seq, first_seq, messages, tokens, record)
            SELECT held.session, held.agent, held.id, r.lower_agent, r.lower_id, r.kind, r.status, r.origin,
                r.interrupted <> 0, r.trouble <> 0, r.paused <> 0, r.created, r.active, r.expires, r.seq, r.first_seq,
                r.messages, r.tokens, r.record
            FROM unnest($29::bigint[], $30::text[], $31::text[], $32::text[], $33::text[], $34::text[], $35::bigint[],
                    $36::bigint[], $37::bigint[], $38::bigint[], $39::bigint[], $40::bigint[], $41::bigint[],
                    $42::bigint[], $43::bigint[], $44::bigint[], $45::text[])
                AS r (n, lower_agent, lower_id, kind, status, origin, interrupted, trouble, paused, created, active,
                    expires, seq, first_seq, messages, tokens, record)
            JOIN held ON held.n = r.n
            ON CONFLICT (session) DO UPDATE SET kind = excluded.kind, status = excluded.status,
                interrupted = excluded.interrupted, trouble = excluded.trouble, paused = excluded.paused,
                active = excluded.active, expires = excluded.expires, seq = excluded.seq,
                messages = excluded.messages, tokens = excluded.tokens, record = excluded.record
        ), exchanged AS (
            INSERT INTO exchanges (id, agent, session, hook, received, open, row, body, words, node)
            SELECT DISTINCT ON (x.id) x.id, x.agent, x.session, x.hook, x.received, x.open <> 0, x.row, x.body,
                x.words::tsvector, $1::bigint
            FROM unnest($46::bigint[], $47::text[], $48::text[], $49::text[], $50::text[], $51::bigint[], $52::bigint[],
                    $53::text[], $54::text[], $55::text[])
                WITH ORDINALITY AS x (n, id, agent, session, hook, received, open, row, body, words, place)
            JOIN held ON held.n = x.n ORDER BY x.id, x.place DESC
            ON CONFLICT (id) DO UPDATE SET agent = excluded.agent, session = excluded.session, open = excluded.open,
                row = excluded.row, body = excluded.body, words = excluded.words
        )
        SELECT i.n, CASE WHEN l.n IS NULL OR NOT l.known THEN 'missing' WHEN l.mine AND l.follows THEN 'companion' ELSE 'moved' END
        FROM input i LEFT JOIN locked l ON l.n = i.n LEFT JOIN held ON held.n = i.n WHERE held.n IS NULL
        """
    )

    /// A journal without events begins after that one.
    static let begin = Statement(
        """
        UPDATE sessions s SET first_seq = $3::bigint + 1 FROM heads h
        WHERE h.agent = $1::text AND h.id = $2::text AND s.session = h.session
            AND EXISTS (SELECT FROM checkpoints c WHERE c.session = s.session AND c.seq = $3::bigint)
            AND NOT EXISTS (SELECT FROM stretches e WHERE e.session = s.session)
        """
    )
}
