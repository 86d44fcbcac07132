internal import Logging
internal import MagmaRuntime
internal import Postgres
internal import Synchronization

/// This process among those that use the database. It keeps its lease on a connection and an executor of its own, so that neither a
/// long statement nor agents that block every thread of the common pool can cost it.
actor PostgresNode {
    private let executor = QueueExecutor("postgres node")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let name: String
    private let version: String
    private let database: PostgresLine
    private let databaseName: String
    private let log: Logger
    private var lease: NodeLease
    private var keeping: Task<Void, Never>?
    private nonisolated let membership = Mutex(Membership())

    /// What the store asks without waiting.
    private struct Membership {
        /// Of this start, in `nodes`.
        var number: Int64?
        /// By the clock of ``PostgresNode/now``.
        var lease: NodeLease?
        /// Why there is none.
        var problem: RuntimeError?
    }

    /// - Parameters:
    ///   - database: for the lease alone.
    ///   - lease: milliseconds.
    init(name: String, version: String, _ database: PostgresLine, of databaseName: String, lease: Int64, log: Logger) {
        self.name = name
        self.version = version
        self.database = database
        self.databaseName = databaseName
        self.lease = NodeLease(length: lease)
        self.log = log
    }

    // MARK: Joining

    /// Joins as soon as no other process is there; one that was killed counts as there until its lease is over.
    ///
    /// - Throws: ``RuntimeError`` `store_locked` when another one renews its lease.
    func start() async throws {
        var hasWaited = false
        let end = ContinuousClock.now + .milliseconds(lease.length + lease.length / 4)
        while true {
            do {
                if try await join() { break }
            } catch let error as PostgresError { throw RuntimeError.store(error, databaseName) }
            guard ContinuousClock.now < end else { throw membership.withLock(\.problem) ?? .noLease(databaseName) }
            if !hasWaited {
                log.notice(
                    "Waiting for the lease of the runtime that was here before to end",
                    metadata: ["in": "\(databaseName)", "most": "\(lease.length / 1000) s"]
                )
            }
            hasWaited = true
            try await Task.sleep(for: .milliseconds(min(250, lease.length / 4)))
        }
        keeping = Task { await self.keep() }
    }

    /// Whether this process is in `nodes` now.
    private func join() async throws -> Bool {
        let time = Self.now
        guard case .join = lease.next(at: time) else { return false }
        do {
            let rows = try await database.run([
                NodeStatements.lock(), NodeStatements.bury(),
                NodeStatements.join(.text(name), .text(version), .int(lease.length)), NodeStatements.others(),
            ])
            if let number = rows[2].first?.int(0) {
                lease.given(askedAt: time)
                set(number, nil)
                return true
            }
            lease.failed(askedAt: time)
            set(nil, .inUse(databaseName, by: rows[3].first?[0] ?? "another machine", until: rows[3].first?[1] ?? ""))
            return false
        } catch {
            lease.failed(askedAt: time)
            throw error
        }
    }

    // MARK: Keeping

    private func keep() async {
        while !Task.isCancelled {
            let now = Self.now
            switch lease.next(at: now) {
            case .nothing: break
            case .renew: await renew(at: now)
            // What it has in memory is not what another process has made of it since.
            case .join: return
            }
            try? await Task.sleep(for: .milliseconds(lease.pace))
        }
    }

    private func renew(at time: Int64) async {
        guard let number else { return lease.refused(askedAt: time) }
        do {
            let rows = try await database.run([
                NodeStatements.renew(.int(number), .int(lease.length)), NodeStatements.bury(),
            ])
            if rows[0].isEmpty {
                lease.refused(askedAt: time)
                set(nil, .store(PostgresError(code: SchemaError.nodeGone, message: ""), databaseName))
                log.error(
                    "Another runtime has taken the database over, since this one did not renew its lease in time; restart this one",
                    metadata: ["in": "\(databaseName)"]
                )
            } else {
                lease.given(askedAt: time)
                set(number, nil)
            }
        } catch {
            lease.failed(askedAt: time)
            log.warning("The database's lease was not renewed", metadata: ["error": "\(error)"])
        }
    }

    /// Gives the lease back, so that the next process need not wait for it to end.
    func leave() async {
        keeping?.cancel()
        await keeping?.value
        keeping = nil
        if let number { _ = try? await database.run(NodeStatements.leave(.int(number))) }
        set(nil, .noLease(databaseName))
        await database.close()
    }

    private func set(_ number: Int64?, _ problem: RuntimeError?) {
        let lease = lease
        membership.withLock { $0 = Membership(number: number, lease: lease, problem: problem) }
    }

    // MARK: What the store asks

    /// This start's number in `nodes`; `nil` when another process has taken over.
    nonisolated var number: Int64? { membership.withLock(\.number) }

    /// - Throws: ``RuntimeError`` `store_locked`, `store_lease_lost`.
    nonisolated func joined() throws -> Int64 {
        let (number, problem) = membership.withLock { ($0.number, $0.problem) }
        guard let number else { throw problem ?? .noLease(databaseName) }
        return number
    }

    /// Whether trying again may help: the lease goes on.
    nonisolated var isUp: Bool { membership.withLock { $0.lease?.isHeld(at: Self.now) ?? false } }

    /// Why nothing can be written now.
    nonisolated var problem: RuntimeError? {
        let (problem, isUp) = (membership.withLock(\.problem), isUp)
        return problem ?? (isUp ? nil : .noLease(databaseName))
    }

    /// Milliseconds that go on while the machine sleeps.
    private static var now: Int64 {
        let passed = start.duration(to: .now).components
        return passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000
    }

    private static let start = ContinuousClock.now
}

extension RuntimeError {
    fileprivate static func noLease(_ database: String) -> RuntimeError {
        store(
            "lease_lost",
            "The database \(database) did not answer in time to renew this runtime's lease; nothing is written until it does."
        )
    }

    fileprivate static func inUse(_ database: String, by node: String, until lease: String) -> RuntimeError {
        store(
            "locked",
            "The database \(database) is in use by a runtime on \(node) (its lease ends at \(lease)); stop that one, or use another database."
        )
    }
}
