internal import Logging
internal import MagmaRuntime
internal import Postgres

/// This process among those that use the database. It keeps its lease on a connection and an executor of its own, so that neither a
/// long statement nor agents that block every thread of the common pool can cost it.
actor PostgresNode {
    private let executor = QueueExecutor("postgres node")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let name: String
    private let version: String
    private let database: PostgresLine
    private let databaseName: String
    private let clock: @Sendable () -> Double
    private let log: Logger
    private var lease: NodeLease
    private var keeping: Task<Void, Never>?
    /// How others reach it; told again under each number.
    private var contact: NodeContact?
    private var isAnnounced = false
    private var burying: Task<Void, Never>?
    /// The history of the database that this process knows; `nil` where the server does not say it.
    private var history: String?
    /// What the store asks without waiting.
    nonisolated let membership: NodeMembership
    /// What comes to it; of many renewals that nobody has taken, a few are enough.
    nonisolated let events: AsyncStream<NodeEvent>
    private let happening: AsyncStream<NodeEvent>.Continuation

    /// - Parameters:
    ///   - database: for the lease alone.
    ///   - lease: milliseconds.
    ///   - clock: this machine's, in milliseconds since 1970.
    init(
        name: String,
        version: String,
        _ database: PostgresLine,
        of databaseName: String,
        lease: Int64,
        clock: @escaping @Sendable () -> Double,
        log: Logger
    ) {
        self.name = name
        self.version = version
        self.database = database
        self.databaseName = databaseName
        self.lease = NodeLease(length: lease)
        self.clock = clock
        self.log = log
        membership = NodeMembership(of: databaseName)
        (events, happening) = AsyncStream.makeStream(of: NodeEvent.self, bufferingPolicy: .bufferingNewest(64))
    }

    // MARK: Joining

    func start() async throws {
        let time = NodeMembership.now
        guard case .join = lease.next(at: time) else { return }
        do { try await join(at: time) } catch { throw RuntimeError.store(error, databaseName) }
        keeping = Task { await self.keep() }
    }

    private func join(at time: Int64) async throws {
        do {
            let rows = try await database.run([
                NodeStatements.bury(.int(0)),
                NodeStatements.join(
                    .text(contact?.name ?? name),
                    .text(version),
                    .int(lease.length),
                    .text(contact?.address),
                    .text(contact?.certificate),
                    .texts(contact?.agents ?? [])
                ),
                NodeStatements.living(),
            ])
            guard let number = rows[1].first?.int(0) else { throw RuntimeError.noLease(databaseName) }
            lease.given(askedAt: time)
            isAnnounced = contact != nil
            set(number, nil, living: rows[2])
            history = await readHistory() ?? history
        } catch {
            lease.failed(askedAt: time)
            throw error
        }
    }

    /// Becomes another node: what this one had is left to be taken over.
    func joinAgain() async throws {
        guard let number else { return }
        let time = NodeMembership.now
        do {
            try await database.run(NodeStatements.leave(.int(number)))
            lease = NodeLease(length: lease.length)
            guard case .join = lease.next(at: time) else { return }
            try await join(at: time)
        } catch { throw RuntimeError.store(error, databaseName) }
    }

    /// Tells the others how to reach it. One that was reached there before is gone: its address is this one's now.
    func announce(_ contact: NodeContact) async throws {
        self.contact = contact
        membership.announce(contact.name)
        isAnnounced = false
        guard let number else { return }
        try await database.run([
            NodeStatements.announce(
                .int(number),
                .text(contact.name),
                .text(contact.address),
                .text(contact.certificate),
                .texts(contact.agents)
            ),
            NodeStatements.replace(.int(number), .text(contact.address), .text(contact.name)),
        ])
        isAnnounced = true
    }

    // MARK: Keeping

    private func keep() async {
        while !Task.isCancelled {
            let now = NodeMembership.now
            switch lease.next(at: now) {
            case .nothing: break
            case .renew:
                await renew(at: now)
                await checkHistory()
            case .join:
                do { try await join(at: now) } catch {
                    log.warning("The database does not take this runtime back yet", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: .milliseconds(lease.pace))
        }
    }

    private func renew(at time: Int64) async {
        guard let number else { return lease.refused(askedAt: time) }
        do {
            let rows = try await database.run([
                NodeStatements.renew(.int(number), .int(lease.length)), NodeStatements.living(),
                NodeStatements.orphans(),
            ])
            // It may have become another node meanwhile.
            guard self.number == number else { return }
            if rows[0].isEmpty {
                lease.refused(askedAt: time)
                set(nil, .store(PostgresError(code: SchemaError.nodeGone, message: ""), databaseName))
                log.error(
                    "Other runtimes have taken this one's sessions over, since it did not renew its lease in time",
                    metadata: ["in": "\(databaseName)"]
                )
                happening.yield(.lost)
            } else {
                lease.given(askedAt: time)
                set(number, nil, living: rows[1])
                happening.yield(.renewed)
                if rows[2].first?.bool(0) ?? false { happening.yield(.othersGone) }
                await buryOthers()
            }
        } catch {
            lease.failed(askedAt: time)
            log.warning("The database's lease was not renewed", metadata: ["error": "\(error)"])
        }
    }

    /// `nil` where the server does not say it, such as a managed one: it is not asked in the lease's own transaction.
    private func readHistory() async -> String? { try? await database.run(NodeStatements.history()).first?[0] }

    private func checkHistory() async {
        let before = number
        if let now = await readHistory(), number == before { await follow(history: now) }
    }

    /// After a failover the database may lack what it had answered: everything is read again, under a new number.
    func follow(history now: String) async {
        defer { history = now }
        guard let number, let history, history != now else { return }
        log.error(
            "The database goes on from another history, such as after a failover; all sessions are read again",
            metadata: ["in": "\(databaseName)"]
        )
        _ = try? await database.run(NodeStatements.leave(.int(number)))
        lease = NodeLease(length: lease.length)
        set(nil, .otherHistory(databaseName))
        happening.yield(.lost)
    }

    /// Buries the processes whose leases are over. In a transaction of its own: two that renew and bury at once would wait for each
    /// other. All that ask for it at the same time wait for one.
    func buryOthers() async {
        if let burying { return await burying.value }
        let task = Task { await bury() }
        burying = task
        await task.value
        burying = nil
    }

    private func bury() async {
        do {
            if !isAnnounced, let contact { try await announce(contact) }
            guard let number else { return }
            let rows = try await database.run([NodeStatements.bury(.int(number)), NodeStatements.living()])
            if self.number == number { set(number, nil, living: rows[1]) }
        } catch {
            log.warning("It is not known which runtimes are gone; it is looked again", metadata: ["error": "\(error)"])
        }
    }

    /// The others give it no more sessions to tick.
    func drain() async {
        guard let number else { return }
        do { _ = try await database.run(NodeStatements.drain(.int(number))) } catch {
            log.warning("The database was not told of the shutdown", metadata: ["error": "\(error)"])
        }
    }

    /// Gives the lease back, so that nobody need wait for it to end.
    func leave() async {
        keeping?.cancel()
        await keeping?.value
        keeping = nil
        if let number { _ = try? await database.run(NodeStatements.leave(.int(number))) }
        set(nil, .noLease(databaseName))
        happening.finish()
        await database.close()
    }

    private func set(_ number: Int64?, _ problem: RuntimeError?, living: Rows = Rows()) {
        let isOneGone = membership.set(number, lease, problem, living: living, at: clock())
        if isOneGone { happening.yield(.fewer) }
    }

    private var number: Int64? { membership.number }
}

extension RuntimeError {
    static func otherHistory(_ database: String) -> RuntimeError {
        store(
            "lease_lost",
            "The database \(database) goes on from another history, such as after a failover; all sessions are read again, try again in a moment."
        )
    }

    static func noLease(_ database: String) -> RuntimeError {
        store(
            "lease_lost",
            "The database \(database) did not answer in time to renew this runtime's lease; nothing is written until it does."
        )
    }
}
