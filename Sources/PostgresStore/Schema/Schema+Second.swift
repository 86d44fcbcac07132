extension Schema {
    /// Several runtimes at once.
    static let second = [
        // How others reach it; `certificate` in PEM, of an address that begins with `https`. `agents` are those that it hosts.
        """
        ALTER TABLE nodes ADD COLUMN address text, ADD COLUMN certificate text,
            ADD COLUMN agents text[] NOT NULL DEFAULT '{}', ADD COLUMN draining boolean NOT NULL DEFAULT false
        """,
        // Which process answers it.
        "ALTER TABLE exchanges ADD COLUMN node bigint",
        // Without a body, the process `node` carries the request out.
        "ALTER TABLE answers ADD COLUMN node bigint, ALTER COLUMN body DROP NOT NULL",
        "CREATE INDEX answers_open ON answers (node) WHERE body IS NULL",
        // Which process runs a static job that was due then.
        """
        CREATE TABLE ticks (
            agent text COLLATE "C", job text COLLATE "C", due bigint, node bigint NOT NULL, PRIMARY KEY (agent, job, due)
        )
        """,
        "CREATE INDEX ticks_due ON ticks (due)",
        // Sessions that sleep are ticked shard by shard, each by one process.
        """
        ALTER TABLE sessions ADD COLUMN shard smallint NOT NULL
            GENERATED ALWAYS AS ((hashtextextended(agent || E'\\n' || id, 0) & 255)::smallint) STORED
        """,
        // Locks sessions; fails when another process has one of them. One that is nobody's may be changed as well.
        """
        CREATE FUNCTION check_owners(agents text[], ids text[], node bigint) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE other record;
        BEGIN
            FOR other IN
                SELECT h.id, h.owner FROM unnest(agents, ids) AS w (agent, id)
                JOIN heads h ON h.agent = w.agent AND h.id = w.id ORDER BY h.agent, h.id FOR UPDATE OF h
            LOOP
                IF other.owner <> node AND EXISTS (SELECT FROM nodes n WHERE n.number = other.owner AND n.buried IS NULL)
                THEN
                    RAISE EXCEPTION 'another runtime has the session %', other.id
                        USING ERRCODE = '\(SchemaError.ownedElsewhere)';
                END IF;
            END LOOP;
        END $$
        """,
        // By which nodes trust each other.
        """
        INSERT INTO notes VALUES ('cluster secret', to_json(gen_random_uuid()::text || gen_random_uuid()::text)::text)
        ON CONFLICT DO NOTHING
        """,
    ]
}
