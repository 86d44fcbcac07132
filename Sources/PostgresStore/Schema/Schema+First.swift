extension Schema {
    /// Ids are compared by their bytes (`COLLATE "C"`). JSON is text and not `jsonb`, which refuses U+0000, forgets the order of
    /// members and rewrites numbers.
    static let first = [
        // Each start of a process is a row of its own. One whose lease is over is gone once another one has set `buried`.
        """
        CREATE TABLE nodes (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            version text NOT NULL,
            lease timestamptz NOT NULL,
            buried timestamptz
        )
        """,
        // No epoch comes twice, so that a session which was deleted is not taken for the one of its id that came after it.
        "CREATE SEQUENCE epochs",
        // An entry of a journal changes nothing here that an index is on, so that it stays within the row's page.
        """
        CREATE TABLE heads (
            session bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            agent text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            owner bigint,
            epoch bigint NOT NULL,
            seq bigint NOT NULL DEFAULT 0,
            UNIQUE (agent, id)
        ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)
        """,
        "CREATE INDEX heads_owned ON heads (owner) WHERE owner IS NOT NULL",
        // What lists show and are sorted by; the row of a session that is awake may be behind its journal.
        """
        CREATE TABLE sessions (
            session bigint PRIMARY KEY,
            agent text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            lower_agent text COLLATE "C" NOT NULL,
            lower_id text COLLATE "C" NOT NULL,
            kind text COLLATE "C" NOT NULL,
            status text COLLATE "C" NOT NULL,
            origin text COLLATE "C" NOT NULL,
            interrupted boolean NOT NULL,
            trouble boolean NOT NULL,
            paused boolean NOT NULL,
            created bigint NOT NULL,
            active bigint NOT NULL,
            expires bigint,
            seq bigint NOT NULL,
            first_seq bigint NOT NULL,
            messages bigint NOT NULL,
            tokens bigint NOT NULL,
            record text NOT NULL
        )
        """,
        "CREATE INDEX sessions_created ON sessions (created DESC, agent, id) WHERE status <> 'awake'",
        "CREATE INDEX sessions_active ON sessions (active DESC, agent, id) WHERE status <> 'awake'",
        "CREATE INDEX sessions_asleep ON sessions (agent, id) WHERE status = 'asleep'",
        "CREATE INDEX sessions_expiring ON sessions (expires) WHERE expires IS NOT NULL AND status <> 'awake'",
        "CREATE INDEX sessions_awake ON sessions (session) WHERE status = 'awake'",
        "CREATE INDEX sessions_interrupted ON sessions (session) WHERE interrupted",
        // Events that follow on each other. `refs` are the hashes of its payloads, `words` what can be found of it by them, or
        // `NULL` where those are too many for an index.
        """
        CREATE TABLE stretches (
            session bigint,
            first bigint,
            last bigint NOT NULL,
            epoch bigint NOT NULL,
            at bigint NOT NULL,
            ticks boolean NOT NULL,
            size bigint NOT NULL,
            refs text,
            body text NOT NULL,
            words tsvector,
            number bigint GENERATED ALWAYS AS IDENTITY,
            PRIMARY KEY (session, first)
        )
        """,
        "CREATE UNIQUE INDEX stretches_number ON stretches (number)",
        "CREATE INDEX stretches_ticks ON stretches (at) WHERE ticks",
        "CREATE INDEX stretches_words ON stretches USING gin (words)",
        "CREATE INDEX stretches_unindexed ON stretches (number) WHERE words IS NULL",
        """
        CREATE TABLE checkpoints (
            session bigint, seq bigint, refs text, body text NOT NULL, PRIMARY KEY (session, seq)
        )
        """,
        """
        CREATE TABLE snapshots (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            session bigint NOT NULL,
            name text COLLATE "C" NOT NULL,
            seq bigint NOT NULL,
            at bigint NOT NULL,
            by text NOT NULL,
            messages bigint NOT NULL,
            refs text,
            body text NOT NULL,
            UNIQUE (session, name)
        )
        """,
        // Large strings of a session are stored once, as JSON. They are its own, so that no two sessions wait for one row.
        """
        CREATE TABLE payloads (
            session bigint, hash text COLLATE "C", body text NOT NULL, PRIMARY KEY (session, hash)
        )
        """,
        """
        CREATE TABLE exchanges (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id text COLLATE "C" UNIQUE NOT NULL,
            agent text COLLATE "C" NOT NULL,
            session text COLLATE "C",
            hook text COLLATE "C" NOT NULL,
            received bigint NOT NULL,
            open boolean NOT NULL,
            row text,
            body text NOT NULL,
            words tsvector
        )
        """,
        "CREATE INDEX exchanges_session ON exchanges (agent, session, number)",
        "CREATE INDEX exchanges_received ON exchanges (received)",
        "CREATE INDEX exchanges_open ON exchanges (number) WHERE open",
        "CREATE INDEX exchanges_words ON exchanges USING gin (words)",
        "CREATE INDEX exchanges_unindexed ON exchanges (number) WHERE words IS NULL",
        "CREATE TABLE answers (request text COLLATE \"C\" PRIMARY KEY, at bigint NOT NULL, session bigint, body text NOT NULL)",
        "CREATE INDEX answers_at ON answers (at)",
        "CREATE INDEX answers_session ON answers (session) WHERE session IS NOT NULL",
        """
        CREATE TABLE static_ticks (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, agent text COLLATE "C" NOT NULL, body text NOT NULL
        )
        """,
        "CREATE INDEX static_ticks_agent ON static_ticks (agent, number)",
        "CREATE TABLE paused_jobs (agent text COLLATE \"C\", job text COLLATE \"C\", PRIMARY KEY (agent, job))",
        """
        CREATE TABLE audits (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at bigint NOT NULL, refused boolean NOT NULL, body text NOT NULL
        )
        """,
        "CREATE INDEX audits_refused ON audits (number) WHERE refused",
        "CREATE TABLE notes (name text COLLATE \"C\" PRIMARY KEY, body text NOT NULL)",
        // lz4 takes less time than the default; a server may have been built without it.
        """
        DO $$ BEGIN
            ALTER TABLE stretches ALTER COLUMN body SET COMPRESSION lz4;
            ALTER TABLE checkpoints ALTER COLUMN body SET COMPRESSION lz4;
            ALTER TABLE snapshots ALTER COLUMN body SET COMPRESSION lz4;
            ALTER TABLE payloads ALTER COLUMN body SET COMPRESSION lz4;
            ALTER TABLE exchanges ALTER COLUMN body SET COMPRESSION lz4;
        EXCEPTION WHEN feature_not_supported THEN NULL;
        END $$
        """,
        """
        CREATE FUNCTION check_node(node bigint) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
            -- Locked, so that nobody takes over before the transaction ends.
            PERFORM FROM nodes WHERE number = node AND buried IS NULL FOR KEY SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the node % is gone', node USING ERRCODE = '\(SchemaError.nodeGone)';
            END IF;
        END $$
        """,
    ]
}
