internal import GRDB

/// What the database holds, by version.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: sessions, journals, exchanges") { db in
            for statement in first { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2: counts and order by agent") { db in
            for statement in second { try db.execute(sql: statement) }
        }
        migrator.registerMigration("3: audit log") { db in
            try db.execute(
                sql:
                    "CREATE TABLE audits (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, body TEXT NOT NULL)"
            )
        }
        migrator.registerMigration("4: journals in stretches") { db in
            for statement in fourth { try db.execute(sql: statement) }
            // Otherwise data that is deleted later would remain in the pages of the old table.
            try db.overwriting { try db.execute(sql: "DROP TABLE events") }
        }
        migrator.registerMigration("5: refusals in the audit log") { db in
            try db.execute(sql: "ALTER TABLE audits ADD COLUMN isRefusal INTEGER NOT NULL DEFAULT 0")
            try db.execute(sql: "CREATE INDEX auditsRefused ON audits (number) WHERE isRefusal")
        }
        migrator.registerMigration("6: exchanges as rows") { db in
            for statement in sixth { try db.execute(sql: statement) }
        }
        migrator.registerMigration("7: jobs as rows") { db in
            for statement in seventh { try db.execute(sql: statement) }
        }
        migrator.registerMigration("8: snapshots as rows") { db in
            for statement in eighth { try db.execute(sql: statement) }
        }
        migrator.registerMigration("9: words of texts") { db in
            for statement in ninth { try db.execute(sql: statement) }
        }
        return migrator
    }

    /// The statement that makes an index of words.
    static func index(_ table: String) -> String {
        "CREATE VIRTUAL TABLE \(table) USING fts5 (text, columnsize = 0, tokenize = 'unicode61 remove_diacritics 2')"
    }

    private static let ninth = [
        index("texts"), index("exchangeTexts"),
        "CREATE TRIGGER stretchRemoved AFTER DELETE ON stretches BEGIN DELETE FROM texts WHERE rowid = old.id; END",
        """
        CREATE TRIGGER exchangeRemoved AFTER DELETE ON exchanges BEGIN
            DELETE FROM exchangeTexts WHERE rowid = old.number;
        END
        """,
    ]

    /// What a list shows of a snapshot, so that its body need not be read for it.
    private static let eighth = [
        "ALTER TABLE snapshots ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE snapshots ADD COLUMN at INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE snapshots ADD COLUMN by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE snapshots ADD COLUMN messages INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE snapshots SET seq = coalesce(json_extract(body, '$.fold.seq'), 0),
            at = coalesce(json_extract(body, '$.at'), 0), by = coalesce(json_extract(body, '$.by'), ''),
            messages = coalesce(json_array_length(body, '$.fold.messages'), 0)
            WHERE json_valid(body)
        """,
    ]

    /// What stood in the notes `static ticks of AGENT` and `paused jobs`.
    private static let seventh = [
        """
        CREATE TABLE staticTicks (
            number INTEGER PRIMARY KEY,
            agent TEXT NOT NULL,
            job TEXT NOT NULL,
            scheduled INTEGER NOT NULL,
            started INTEGER,
            finished INTEGER,
            status TEXT NOT NULL,
            error TEXT
        )
        """,
        "CREATE INDEX staticTicksByAgent ON staticTicks (agent, number)",
        "CREATE TABLE pausedJobs (agent TEXT NOT NULL, job TEXT NOT NULL, PRIMARY KEY (agent, job)) WITHOUT ROWID",
        """
        INSERT INTO staticTicks (agent, job, scheduled, started, finished, status, error)
            SELECT substr(name, 17), json_extract(value, '$.job'), json_extract(value, '$.scheduled'),
                json_extract(value, '$.started'), json_extract(value, '$.finished'),
                coalesce(json_extract(value, '$.status'), 'ok'), json_extract(value, '$.error')
            FROM notes, json_each(notes.body)
            WHERE name LIKE 'static ticks of %' AND json_extract(value, '$.job') IS NOT NULL
                AND json_extract(value, '$.scheduled') IS NOT NULL
            ORDER BY name, key
        """,
        """
        INSERT OR IGNORE INTO pausedJobs (agent, job)
            SELECT json_extract(value, '$.agent'), json_extract(value, '$.job') FROM notes, json_each(notes.body)
            WHERE name = 'paused jobs' AND json_extract(value, '$.agent') IS NOT NULL
                AND json_extract(value, '$.job') IS NOT NULL
        """,
        "DELETE FROM notes WHERE name LIKE 'static ticks of %' OR name = 'paused jobs'",
    ]

    private static let sixth = [
        // What a list shows of an exchange whose body is large, so that the body need not be read for it.
        "ALTER TABLE exchanges ADD COLUMN row TEXT",
        "ALTER TABLE exchanges ADD COLUMN isOpen INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE exchanges SET isOpen = 1 WHERE number > (SELECT max(number) FROM exchanges) - 256
            AND json_extract(body, '$.response') IS NULL AND json_extract(body, '$.error') IS NULL
        """,
        "CREATE INDEX exchangesOpen ON exchanges (number) WHERE isOpen",
        "CREATE INDEX exchangesByTime ON exchanges (received)",
    ]

    private static let fourth = [
        """
        CREATE TABLE stretches (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            at INTEGER NOT NULL,
            hasTicks INTEGER NOT NULL,
            isPacked INTEGER NOT NULL,
            body TEXT NOT NULL
        )
        """,
        """
        INSERT INTO stretches (session, first, last, at, hasTicks, isPacked, body)
            SELECT session, seq, seq, at, kind IN ('tick.started', 'tick.finished', 'tick.missed'), isPacked,
                '[' || body || ']'
            FROM events ORDER BY session, seq
        """,
        "CREATE UNIQUE INDEX stretchesBySession ON stretches (session, first)",
        "CREATE INDEX stretchesOfTicks ON stretches (at) WHERE hasTicks",
    ]

    private static let second = [
        "CREATE INDEX sessionsOfAgentByCreation ON sessions (agent, created, session) WHERE status <> 'awake'",
        "CREATE INDEX sessionsOfAgentByActivity ON sessions (agent, active, session) WHERE status <> 'awake'",
        "DROP TRIGGER sessionAdded", "DROP TRIGGER sessionRemoved", "DROP TRIGGER sessionChanged", "DROP TABLE counts",
        """
        CREATE TABLE counts (
            agent TEXT, kind TEXT, status TEXT, number INTEGER NOT NULL, PRIMARY KEY (agent, kind, status)
        ) WITHOUT ROWID
        """,
        """
        INSERT INTO counts SELECT agent, kind, status, count(*) FROM sessions WHERE status <> 'awake'
            GROUP BY agent, kind, status
        """,
        """
        CREATE TRIGGER sessionAdded AFTER INSERT ON sessions WHEN new.status <> 'awake' BEGIN
            INSERT INTO counts VALUES (new.agent, new.kind, new.status, 1)
                ON CONFLICT DO UPDATE SET number = number + 1;
        END
        """,
        """
        CREATE TRIGGER sessionRemoved AFTER DELETE ON sessions WHEN old.status <> 'awake' BEGIN
            UPDATE counts SET number = number - 1
                WHERE agent = old.agent AND kind = old.kind AND status = old.status;
        END
        """,
        """
        CREATE TRIGGER sessionChanged AFTER UPDATE OF agent, kind, status ON sessions
        WHEN old.agent <> new.agent OR old.kind <> new.kind OR old.status <> new.status BEGIN
            UPDATE counts SET number = number - 1
                WHERE agent = old.agent AND kind = old.kind AND status = old.status;
            INSERT INTO counts SELECT new.agent, new.kind, new.status, 1 WHERE new.status <> 'awake'
                ON CONFLICT DO UPDATE SET number = number + 1;
        END
        """,
    ]

    private static let first = [
        // A session that is awake belongs to a runtime; whatever is listed from here sleeps or has ended.
        """
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY,
            agent TEXT NOT NULL,
            session TEXT NOT NULL,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            openTurns INTEGER NOT NULL,
            created INTEGER NOT NULL,
            active INTEGER NOT NULL,
            expires INTEGER,
            seq INTEGER NOT NULL,
            messages INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            origin TEXT NOT NULL,
            firstSeq INTEGER NOT NULL DEFAULT 1,
            record TEXT NOT NULL,
            UNIQUE (agent, session)
        )
        """,
        "CREATE INDEX sessionsAwake ON sessions (id) WHERE status = 'awake'",
        "CREATE INDEX sessionsInterrupted ON sessions (id) WHERE openTurns > 0",
        "CREATE INDEX sessionsByCreation ON sessions (created, agent, session) WHERE status <> 'awake'",
        "CREATE INDEX sessionsByActivity ON sessions (active, agent, session) WHERE status <> 'awake'",
        "CREATE INDEX sessionsByExpiry ON sessions (expires) WHERE expires IS NOT NULL AND status <> 'awake'",
        // How many are not awake, kept by triggers: counting a million rows takes too long to be done for each list.
        "CREATE TABLE counts (kind TEXT, status TEXT, number INTEGER NOT NULL, PRIMARY KEY (kind, status)) WITHOUT ROWID",
        """
        CREATE TRIGGER sessionAdded AFTER INSERT ON sessions WHEN new.status <> 'awake' BEGIN
            INSERT INTO counts VALUES (new.kind, new.status, 1) ON CONFLICT DO UPDATE SET number = number + 1;
        END
        """,
        """
        CREATE TRIGGER sessionRemoved AFTER DELETE ON sessions WHEN old.status <> 'awake' BEGIN
            UPDATE counts SET number = number - 1 WHERE kind = old.kind AND status = old.status;
        END
        """,
        """
        CREATE TRIGGER sessionChanged AFTER UPDATE OF kind, status ON sessions
        WHEN old.kind <> new.kind OR old.status <> new.status BEGIN
            UPDATE counts SET number = number - 1 WHERE kind = old.kind AND status = old.status;
            INSERT INTO counts SELECT new.kind, new.status, 1 WHERE new.status <> 'awake'
                ON CONFLICT DO UPDATE SET number = number + 1;
        END
        """,
        """
        CREATE TABLE events (
            session INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            isPacked INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (session, seq)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX eventsOfTicks ON events (at) WHERE kind IN ('tick.started', 'tick.finished', 'tick.missed')",
        """
        CREATE TABLE checkpoints (
            session INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            isPacked INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (session, seq)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE snapshots (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL,
            name TEXT NOT NULL,
            isPacked INTEGER NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (session, name)
        )
        """,
        """
        CREATE TABLE exchanges (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            agent TEXT NOT NULL,
            session TEXT,
            hook TEXT NOT NULL,
            received INTEGER NOT NULL,
            isPacked INTEGER NOT NULL,
            body TEXT NOT NULL
        )
        """,
        "CREATE INDEX exchangesBySession ON exchanges (session, agent, number) WHERE session IS NOT NULL",
        // Large strings are stored once, also when several rows have them; `part` tells which table the row that needs it is in.
        "CREATE TABLE payloads (hash BLOB PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE payloadUses (
            part INTEGER NOT NULL,
            owner INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (part, owner, seq, hash)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX payloadUsesByHash ON payloadUses (hash)",
        """
        CREATE TABLE answers (
            request TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            session INTEGER,
            body TEXT NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX answersByTime ON answers (at)",
        "CREATE INDEX answersBySession ON answers (session) WHERE session IS NOT NULL",
        "CREATE TABLE notes (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
    ]
}
