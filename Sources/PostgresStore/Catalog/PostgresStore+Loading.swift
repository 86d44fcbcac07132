package import MagmaRuntime
internal import Postgres
package import SessionModel

/// Reading sessions to wake them, which is asked for of many at once when a job is due.
extension PostgresStore {
    /// A session, and how many of its newest events are wanted.
    struct Wanted: Sendable, Hashable {
        let key: SessionKey
        var recent = 0
    }

    /// Gathers what is asked of single sessions; the rows of each, or why they cannot be read.
    typealias Loading = Gathering<Wanted, Result<[Rows.Row], any Error>>

    package func record(of key: SessionKey) async throws -> SessionRecord? {
        let rows = try await rows(of: Wanted(key: key), through: reading.records) { Self.records($0) }
        return try rows.first.map { try Self.record($0[2], $0[3]) }
    }

    package func load(_ key: SessionKey, recent: Int) async throws -> StoredSession? {
        let rows = try await rows(of: Wanted(key: key, recent: recent), through: reading.sessions) { Self.sessions($0) }
        guard let head = rows.first(where: { $0[6] != nil }) else { return nil }
        let stretches = rows.filter { $0[6] == nil }.sorted { ($0.int(5) ?? 0) < ($1.int(5) ?? 0) }
        let events = try await unpackedEvents(stretches.map { $0.dropFirst(2) }, of: key).joined()
        let checkpoint =
            head[4] == nil ? nil : try await unpacked([head.dropFirst(2)])[0].flatMap(SessionFold.init(json:))
        let record = try Self.record(head[6], head[7])
        if let stored = StoredSession(
            record,
            checkpoint: checkpoint,
            events: Array(events),
            firstKept: Int(head.int(9) ?? 1),
            last: Int(head.int(5) ?? 0),
            recent: recent,
            identity: head.int(2)
        ), (head.int(8) ?? 0) == stored.checkpointed {
            return stored
        }
        // It is large.
        return try await loadInPieces(key, recent: recent)
    }

    /// Where the database does not answer for several sessions, each is read alone, so that only the wrong one fails.
    private func rows(
        of wanted: Wanted,
        through loading: Loading,
        _ command: @escaping @Sendable ([Wanted]) -> Command
    ) async throws -> [Rows.Row] {
        // No text of the database has one.
        if [wanted.key.agent, wanted.key.session].contains(where: { $0.utf8.contains(0) }) { return [] }
        let answer = try await loading.ask(for: wanted) { [self] all in
            do { return try await rows(of: all, command) } catch let error as RuntimeError
                where all.count > 1 && !error.isOfWholeStore
            {
                var answers: [Wanted: Result<[Rows.Row], any Error>] = [:]
                for one in all {
                    do { answers.merge(try await rows(of: [one], command)) { $1 } } catch {
                        answers[one] = .failure(error)
                    }
                }
                return answers
            }
        }
        return try answer?.get() ?? []
    }

    private func rows(of all: [Wanted], _ command: ([Wanted]) -> Command) async throws
        -> [Wanted: Result<[Rows.Row], any Error>]
    {
        let rows = Dictionary(grouping: try await read(command(all)), by: SessionKey.init)
        return Dictionary(uniqueKeysWithValues: all.map { ($0, .success(rows[$0.key] ?? [])) })
    }

    private static func records(_ wanted: [Wanted]) -> Command {
        Statement(
            """
            SELECT h.agent, h.id, s.status, s.record FROM unnest($1::text[], $2::text[]) AS w (agent, id)
            JOIN heads h ON h.agent = w.agent AND h.id = w.id JOIN sessions s ON s.session = h.session
            """
        )(.texts(wanted.map(\.key.agent)), .texts(wanted.map(\.key.session)))
    }

    /// Bytes of a checkpoint, and of a session's events, above which they are read alone.
    private static let mostTogether = 128 << 10

    /// A row for each session, with its newest checkpoint, and one for each stretch of events.
    private static func sessions(_ wanted: [Wanted]) -> Command {
        Statement(
            """
            WITH w AS MATERIALIZED (
                SELECT h.agent, h.id, h.session, h.seq, s.status, s.record, s.first_seq, c.seq AS checkpointed, c.refs, c.body,
                    least(coalesce(c.seq, 0), s.seq, h.seq - w.recent) AS after
                FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w (agent, id, recent)
                JOIN heads h ON h.agent = w.agent AND h.id = w.id JOIN sessions s ON s.session = h.session
                LEFT JOIN LATERAL (
                    SELECT seq, refs, CASE WHEN octet_length(body) <= \(mostTogether) THEN body END AS body
                    FROM checkpoints WHERE session = h.session ORDER BY seq DESC LIMIT 1
                ) c ON true
            )
            SELECT agent, id, session, refs, body, seq, status, record, checkpointed, first_seq FROM w
            UNION ALL
            SELECT w.agent, w.id, w.session, e.refs, e.body, e.first, NULL, NULL, NULL, NULL
            FROM w CROSS JOIN LATERAL (
                SELECT first, refs, body, sum(size) OVER (ORDER BY first DESC) AS total FROM (
                    SELECT first, size, refs, body FROM stretches
                    WHERE session = w.session AND first >= coalesce(
                        (SELECT max(first) FROM stretches b WHERE b.session = w.session AND b.first <= w.after + 1), 0
                    )
                    ORDER BY first DESC LIMIT 512
                ) AS near
            ) AS e WHERE e.total <= \(mostTogether)
            """
        )(.texts(wanted.map(\.key.agent)), .texts(wanted.map(\.key.session)), .ints(wanted.map { Int64($0.recent) }))
    }
}
