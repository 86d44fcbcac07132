internal import Foundation
package import Logging
package import MagmaRuntime
package import Postgres
internal import SessionModel
internal import Synchronization

/// Keeps sessions in PostgreSQL 14 or later, in a schema of its own.
///
/// Several processes may use it at once. Each has a lease of some seconds that the database gives, and claims the sessions that it
/// runs; the others may take these over once its lease is over. What it still writes then is refused by the database, whatever
/// it knows of that.
package final class PostgresStore: SessionStore {
    /// What a store is opened with.
    package struct Settings: Sendable {
        package var retention = StoreRetention()
        /// What can be found; where that has changed, everything is indexed again.
        package var shown = ShownTexts.all
        /// Where the tables are.
        package var schema = "seismo"
        /// Milliseconds that a runtime which does not answer keeps others away: 2,000 to 60,000.
        package var lease: Int64 = 10_000
        /// What this process is called in messages, such as the machine's name.
        package var node = ""
        /// Of this program, for operators.
        package var version = ""
        /// This machine's clock, in milliseconds since 1970, which the database's may be ahead of.
        package var clock: @Sendable () -> Double = { Date().timeIntervalSince1970 * 1000 }

        package init() {}
    }

    /// The database's name, without its password.
    package let name: String
    let settings: Settings
    let shown: ShownTexts
    let log: Logger
    let node: PostgresNode
    /// Journals, in an order of their own.
    let journal: PostgresLine
    let claims: PostgresLine
    /// Everything else that is written.
    let writes: PostgresLine
    private let reads: PostgresPool
    /// Why the newest write failed, if it did for all of the store.
    private let writeFailure = Mutex<WriteFailure?>(nil)
    let counts = SessionCountCache()
    let claiming = Gathering<SessionKey, HeldSession>()
    let releasing = Gathering<HeldSession, Never>()
    let reading = (records: Loading(of: 64, isShared: true), sessions: Loading(of: 64, isShared: true))

    /// Opens the database, makes its tables if there are none, and joins those that use it.
    ///
    /// - Throws: ``RuntimeError`` whose code begins with `store_`: it is in use, does not answer, is newer than this program, or
    ///   does not let this user in.
    package static func open(_ address: PostgresAddress, _ settings: Settings, log: Logger) async throws
        -> PostgresStore
    {
        let store = PostgresStore(address, settings, log)
        do {
            try await store.prepare()
            return store
        } catch {
            await store.close()
            throw RuntimeError.opening(error, store.name)
        }
    }

    private init(_ address: PostgresAddress, _ settings: Settings, _ log: Logger) {
        name = address.name
        self.settings = settings
        shown = settings.shown
        self.log = log
        let patience = Duration.milliseconds(max(1000, settings.lease / 3))
        let database = Self.line(address, settings.schema, timeout: 2000) { patience }
        let node = PostgresNode(
            name: settings.node,
            version: settings.version,
            database,
            of: address.name,
            lease: settings.lease,
            clock: settings.clock,
            log: log
        )
        self.node = node
        // One that does not answer for so long that the lease is over need not be waited for.
        let long: @Sendable () -> Duration = { node.membership.isUp ? .seconds(35) : .seconds(5) }
        journal = PostgresLine(
            address,
            settings: [
                "search_path": settings.schema, "statement_timeout": "5000", "jit": "off",
                // The batch's parts are joined by hashing, and each session is looked up by its key: see `JournalStatements`.
                "plan_cache_mode": "force_generic_plan", "enable_nestloop": "off", "enable_seqscan": "off",
            ]
        )
        claims = Self.line(address, settings.schema, timeout: 5000)
        writes = Self.line(address, settings.schema, timeout: 30_000, patience: long)
        reads = PostgresPool(
            (0..<4).map { _ in Self.line(address, settings.schema, timeout: 30_000, patience: long) }
        )
        maintenance = Self.line(address, settings.schema, timeout: 600_000) { .seconds(620) }
    }

    /// - Parameter timeout: milliseconds that the server gives a statement.
    private static func line(
        _ address: PostgresAddress,
        _ schema: String,
        timeout: Int,
        patience: @escaping @Sendable () -> Duration = { .seconds(8) }
    ) -> PostgresLine {
        PostgresLine(
            address,
            settings: [
                "search_path": schema, "statement_timeout": "\(timeout)", "jit": "off",
                "idle_in_transaction_session_timeout": "30000",
            ],
            patience: patience
        )
    }

    /// For what may take long: migrations, and indexing everything again.
    private let maintenance: PostgresLine

    private func prepare() async throws {
        try await checkConnections()
        try await Schema.migrate(settings.schema, on: maintenance, of: name)
        try await node.start()
        try await TextIndex(of: self, maintenance).rebuild()
        await maintenance.close()
    }

    /// Opens all connections that it may need, so that it is seen here when there are too few of them.
    ///
    /// - Throws: ``RuntimeError`` `store_unopenable` when two of them are served by one process of the server: then a pooler
    ///   lends them one for each transaction, and settings and prepared statements do not stay.
    private func checkConnections() async throws {
        let lines = [maintenance, journal, claims, writes] + reads.lines
        let opened = try await withThrowingTaskGroup(of: (Int, Int64?).self) { group in
            for (index, line) in lines.enumerated() { group.addTask { (index, try await line.process()) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        // One after another: a pooler that lends them lends the same to several, or another one than before.
        var processes: Set<Int64?> = []
        for (index, line) in lines.enumerated() {
            let process = try await line.process()
            guard processes.insert(process).inserted, opened[index] == process else { throw RuntimeError.pooled(name) }
        }
    }

    /// Gives the lease back and closes the connections.
    package func close() async {
        await node.leave()
        for line in [journal, claims, writes, maintenance] { await line.close() }
        await reads.close()
    }

    // MARK: Reading and writing

    /// Reads; what was stored before the call is seen. Names with U+0000 are of nothing that is stored.
    func read(_ command: Command) async throws -> Rows {
        if command.holdsNUL { return Rows() }
        do { return try await repeating { try await reads.run([command])[0] } } catch {
            throw RuntimeError.store(error, name)
        }
    }

    /// Tries again when the connection breaks or the server goes away, for one lease at most and while it is held. What is done
    /// must come out the same when it is done twice: of what was sent last nobody knows whether it was done.
    func repeating<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + .milliseconds(settings.lease)
        while true {
            do { return try await work() } catch let error as PostgresError where error.isPassing {
                guard node.membership.isUp, ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Writes in one transaction, unless another process has taken over; see ``repeating(_:)``.
    @discardableResult
    func write(_ commands: [Command]) async throws -> [Rows] {
        try await noting { try await repeating { try await writeOnce(commands) } }
    }

    /// Writes what would be there twice when it was repeated.
    @discardableResult
    func append(_ commands: [Command]) async throws -> [Rows] { try await noting { try await writeOnce(commands) } }

    private func writeOnce(_ commands: [Command]) async throws -> [Rows] {
        let number = try node.membership.joined()
        return Array(try await writes.run([NodeStatements.check(.int(number))] + commands).dropFirst())
    }

    @discardableResult
    func write(_ command: Command) async throws -> Rows { try await write([command])[0] }

    /// Remembers whether writing works, for ``problem``.
    func noting<Value: Sendable>(_ write: () async throws -> Value) async throws -> Value {
        do {
            let value = try await write()
            // On a full disk a little still fits into pages that are there: that is cleared by ``problem``.
            writeFailure.withLock { if let failure = $0, !failure.isOfFullDisk { $0 = nil } }
            return value
        } catch {
            let error = RuntimeError.store(error, name)
            if error.isOfWholeStore { writeFailure.withLock { $0 = WriteFailure(error: error, tried: $0?.tried) } }
            throw error
        }
    }

    /// More than fits into what is free of the pages that are there.
    private static var incompressible: JSON {
        let letters = (0..<64 << 10).map { _ in UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z")) }
        return .string(String(decoding: letters, as: UTF8.self))
    }

    /// Reports a lease that is over. After a failed write, tries another one.
    package var problem: RuntimeError? {
        get async {
            if let problem = node.membership.problem { return problem }
            guard let failure = writeFailure.withLock({ $0 }) else { return nil }
            do {
                if failure.isOfFullDisk {
                    // At most once a second, since each try writes to the database's log.
                    let now = ContinuousClock.now
                    if let tried = failure.tried, now - tried < .seconds(1) { return failure.error }
                    writeFailure.withLock { $0?.tried = now }
                    try await save(Self.incompressible, as: "probe")
                }
                try await save(.null, as: "probe")
                writeFailure.withLock { $0 = nil }
                return nil
            } catch { return .store(error, name) }
        }
    }
}

/// What keeps the store from writing.
private struct WriteFailure {
    let error: RuntimeError
    /// When it was last tried whether a full disk has room again.
    var tried: ContinuousClock.Instant?

    var isOfFullDisk: Bool { error.code == "store_full" }
}
