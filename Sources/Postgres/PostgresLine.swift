/// A connection that is opened when it is needed, and again when it broke.
package actor PostgresLine {
    private let address: PostgresAddress
    private let settings: KeyValuePairs<String, String>
    private let patience: @Sendable () -> Duration
    private var current: Task<PostgresConnection, any Error>?
    private var isClosed = false

    /// - Parameters:
    ///   - settings: of the server, for this connection.
    ///   - patience: after which a server that does not answer counts as gone.
    package init(
        _ address: PostgresAddress,
        settings: KeyValuePairs<String, String> = [:],
        patience: @escaping @Sendable () -> Duration = { .seconds(8) }
    ) {
        self.address = address
        self.settings = settings
        self.patience = patience
    }

    /// Runs commands as one transaction, on a connection that is opened if there is none.
    ///
    /// - Throws: ``PostgresError``; of `lost` it is not known whether they were done.
    @discardableResult
    package func run(_ commands: [Command]) async throws -> [Rows] { try await connection().run(commands) }

    @discardableResult
    package func run(_ command: Command) async throws -> Rows { try await run([command])[0] }

    /// The server's process that serves the connection, which is opened if there is none.
    package func process() async throws -> Int64? {
        try await run(Statement("SELECT pg_backend_pid()::bigint")()).first?.int(0)
    }

    private func connection() async throws -> PostgresConnection {
        while !isClosed {
            // Callers that come while it is opened wait for the same.
            let opening = current ?? open()
            do {
                let connection = try await opening.value
                if await !connection.isClosed { return connection }
            } catch {
                if current == opening { current = nil }
                throw error
            }
            if current == opening { current = nil }
        }
        throw PostgresError(code: PostgresError.lost, message: "The connection is closed.")
    }

    private func open() -> Task<PostgresConnection, any Error> {
        let task = Task { [address, settings, patience] in
            try await PostgresConnection.open(address, settings: settings, patience: patience)
        }
        current = task
        return task
    }

    package func close() async {
        isClosed = true
        if let open = try? await current?.value { await open.close() }
        current = nil
    }
}
