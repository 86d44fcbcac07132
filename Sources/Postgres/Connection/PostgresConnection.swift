internal import CPostgres
internal import DequeModule
internal import Dispatch

/// One connection to PostgreSQL, on libpq in pipeline mode: callers send without waiting for the answers of others, and no thread
/// waits.
package actor PostgresConnection {
    private let executor: QueueExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The server's process for this connection.
    package nonisolated let process: Int
    /// Such as `TLSv1.3`; `nil` for a connection that is not encrypted.
    package nonisolated let encryption: String?

    private let patience: @Sendable () -> Duration
    private var link: Link?
    /// What the server has prepared, or will have before it runs what is sent now.
    private var prepared: [Statement: PreparedStatement] = [:]
    private var lastName = 0
    private var flights: Deque<Flight> = []
    /// When the server last sent something, and when that last made an answer whole.
    private var (heard, answered) = (ContinuousClock.now, ContinuousClock.now)

    /// Opens a connection. Only this occupies a thread: names are looked up, TLS and passwords agreed on as libpq does
    /// it, on several hosts one after another if the address names them.
    ///
    /// - Parameters:
    ///   - settings: such as `synchronous_commit`, for this connection.
    ///   - patience: after which a server that does not answer counts as gone.
    /// - Throws: ``PostgresError``.
    package static func open(
        _ address: PostgresAddress,
        settings: KeyValuePairs<String, String> = [:],
        patience: @escaping @Sendable () -> Duration = { .seconds(8) }
    ) async throws -> PostgresConnection {
        let pq = try LibPQ.load()
        let opened: OpenedConnection = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try OpenedConnection(address, pq) })
            }
        }
        let connection = PostgresConnection(opened, pq, patience)
        await connection.begin(opened, pq)
        if !settings.isEmpty {
            do {
                try await connection.run([Self.set(.texts(settings.map(\.key)), .texts(settings.map(\.value)))])
            } catch {
                await connection.close()
                throw error
            }
        }
        return connection
    }

    /// Not among the options of the connection, which poolers do not hand on.
    private static let set = Statement(
        "SELECT count(set_config(name, value, false)) FROM unnest($1::text[], $2::text[]) AS s (name, value)"
    )

    private init(_ opened: OpenedConnection, _ pq: LibPQ, _ patience: @escaping @Sendable () -> Duration) {
        executor = QueueExecutor("postgres \(pq.PQbackendPID(opened.pointer))")
        process = Int(pq.PQbackendPID(opened.pointer))
        let isEncrypted = pq.PQsslInUse(opened.pointer) == 1
        encryption = isEncrypted ? pq.PQsslAttribute(opened.pointer, "protocol").map { String(cString: $0) } : nil
        self.patience = patience
    }

    private func begin(_ opened: OpenedConnection, _ pq: LibPQ) {
        link = Link(opened, pq, on: executor.queue) { [weak self] in
            self?.assumeIsolated { $0.receive() }
        } writable: { [weak self] in
            self?.assumeIsolated { $0.flush() }
        } tick: { [weak self] in
            self?.assumeIsolated { $0.checkPatience() }
        }
    }

    package func close() { lose("The connection was closed.") }

    /// Whether it broke or was closed.
    package var isClosed: Bool { link == nil }

    // MARK: Sending

    /// Runs commands as one transaction, sent together: all of them or none.
    ///
    /// - Throws: ``PostgresError``; of `lost` it is not known whether they were done.
    @discardableResult
    package func run(_ commands: [Command]) async throws -> [Rows] {
        guard let link else { throw PostgresError(code: PostgresError.lost, message: "The connection is closed.") }
        return try await withCheckedThrowingContinuation { continuation in
            let hasRoom = prepared.count <= Self.mostPrepared || forgetPrepared(link)
            let statements = hasRoom ? commands.compactMap { prepare($0.statement, by: link) } : []
            flights.append(Flight(.run(statements, continuation)))
            let isSent =
                statements.count == commands.count
                && zip(commands, statements).allSatisfy { link.send($0, as: $1.name) } && link.sync()
            if isSent { flush() } else { lose(link.problem) }
        }
    }

    /// Statements that the server keeps prepared for this connection: some are made of what is asked for.
    private static let mostPrepared = 400

    /// Has the server forget all that it has prepared, once it has run what was sent before; whether that could be queued.
    private func forgetPrepared(_ link: Link) -> Bool {
        prepared = [:]
        let forget = Statement("DEALLOCATE ALL")
        flights.append(Flight(.prepare(forget)))
        flights.append(Flight(.prepare(forget)))
        lastName += 1
        let name = "s\(lastName)"
        return link.prepare(forget, as: name) && link.sync() && link.send(forget(), as: name) && link.sync()
    }

    /// - Returns: `nil` when that could not be queued.
    private func prepare(_ statement: Statement, by link: Link) -> PreparedStatement? {
        if let known = prepared[statement] { return known }
        lastName += 1
        let made = PreparedStatement(statement, as: "s\(lastName)")
        prepared[statement] = made
        flights.append(Flight(.prepare(statement)))
        return link.prepare(statement, as: made.name) && link.sync() ? made : nil
    }

    private func flush() { if let link, !link.flush() { lose(link.problem) } }

    // MARK: Receiving

    private func receive() {
        heard = .now
        readAll()
    }

    private func readAll() {
        guard let link else { return }
        let isThere = link.read()
        readResults(link)
        if link.isConfused { return loseCount() }
        if isThere { flush() } else { lose(link.problem) }
    }

    private func readResults(_ link: Link) {
        var isAtEnd = false
        while !flights.isEmpty, let outcome = link.nextOutcome() {
            answered = heard
            switch outcome {
            case .result(let result): if !flights[0].take(result) { return loseCount() }
            // Twice in a row it would come for ever: something in between has answered more than it was asked.
            case .endOfCommand where isAtEnd: return loseCount()
            case .endOfCommand, .aborted: break
            case .sync:
                guard flights[0].isComplete else { return loseCount() }
                land(flights.removeFirst())
            }
            isAtEnd = if case .endOfCommand = outcome { true } else { false }
        }
    }

    private func land(_ flight: Flight) {
        if case .prepare(let statement) = flight.purpose, let failure = flight.failure {
            prepared[statement] = nil
            // What runs it fails too, and would only say that there is no such statement.
            for index in flights.indices where flights[index].uses(statement) {
                _ = flights[index].take(.failure(failure))
            }
        }
        flight.finish()
    }

    // MARK: Losing

    /// How long a single answer may take to arrive: so often the patience, or so long.
    private static let longestAnswer = (times: 4, least: Duration.seconds(4))

    private func checkPatience() {
        // The end of a connection may have been read with what was before it, and then nothing tells of it any more.
        readAll()
        let patience = patience()
        guard let first = flights.first else { return }
        let isSilent = max(first.began, heard).duration(to: .now) > patience
        // What comes may be one answer without an end, if its length was spoiled on the way.
        let longest = max(patience * Self.longestAnswer.times, Self.longestAnswer.least)
        guard isSilent || max(first.began, answered).duration(to: .now) > longest else { return }
        lose("The server has not answered for \(isSilent ? patience : longest).")
    }

    /// Whose answer is whose is not known any more.
    private func loseCount() { lose("The server's answers do not fit what it was asked.") }

    /// Callers that wait are told that the result is unknown.
    private func lose(_ why: String) {
        link?.close()
        link = nil
        let error = PostgresError(code: PostgresError.lost, message: why)
        for var flight in flights {
            _ = flight.take(.failure(error))
            flight.finish()
        }
        flights = []
    }
}
