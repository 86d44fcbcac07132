internal import Inspection
internal import Logging
internal import SessionModel

/// What is done now and then, so that memory is for sessions in use.
extension Runtime {
    /// The note of when a runtime was last known to run.
    private static var aliveNote: String { "alive" }

    /// The time since the runtime before this one was last known to run.
    static func downtime(_ store: any SessionStore, until start: Int64) async throws -> ClosedRange<Int64>? {
        guard let last = try await store.note(aliveNote)?.int.map(Int64.init), last < start else { return nil }
        return last...start
    }

    /// Exchanges that were never answered say why.
    static func closeExchanges(in store: any SessionStore) async throws {
        let newest = try await store.exchanges(agent: nil, session: nil, hook: nil, before: nil, limit: 256)
        for var exchange in newest where exchange.response == nil && exchange.error == nil {
            exchange.error = "The runtime stopped before it was answered."
            try await store.save(exchange)
        }
    }

    /// Puts idle sessions to sleep, ends temporary ones whose time has come, and notes that the runtime is alive.
    func keepHouse() async {
        let limits = services.limits
        let pace = max(100, min(30_000, min(limits.temporaryRetention, limits.idle) / 20))
        var trimmed = Int64.min
        repeat {
            if time.now - 3_600_000 >= trimmed {
                trimmed = time.now
                await trim()
            }
            await putIdleToSleep()
            await retireTemporarySessions()
            await noteAlive()
        } while (try? await time.sleep(milliseconds: pace)) != nil
        await noteAlive()
    }

    private func noteAlive() async {
        do { try await store.save(.int(Int(time.now)), as: Self.aliveNote) } catch {
            services.log.error("The store does not take a note", metadata: ["error": "\(error)"])
        }
    }

    private func trim() async {
        let now = time.now
        do { try await store.trim(at: now, answersBefore: now - services.limits.answerRetention) } catch {
            services.log.error("The store cannot be trimmed", metadata: ["error": "\(error)"])
        }
    }

    func putIdleToSleep() async {
        if ProcessMemory.resident > services.limits.memory { await relieve() }
        let limit = time.now - services.limits.idle
        for session in registry.takeLooked() where await !session.sleep(ifIdleSince: limit) {
            registry.noteLook(session.key)
        }
        for entry in index.entries(where: { $0.summary.active <= limit }) {
            if let session = registry.resident(entry.summary.key) {
                _ = await session.sleep(ifIdleSince: limit)
            } else {
                await findAgain(entry.summary.key)
            }
        }
    }

    /// Puts the least recently used half of the sessions to sleep, as far as nothing is under way in them.
    private func relieve() async {
        let limit = time.now - 1000
        let entries = index.entries { $0.summary.active <= limit }.sorted {
            $0.summary.active < $1.summary.active
        }
        for entry in entries.prefix((entries.count + 1) / 2) {
            _ = await registry.resident(entry.summary.key)?.sleep(ifIdleSince: limit)
        }
        services.log.warning(
            "Memory is short: sessions sleep before they are idle",
            metadata: ["sessions": "\((entries.count + 1) / 2)", "limit": "\(services.limits.memory >> 20) MB"]
        )
    }

    /// A session that was let go because it could not be stored.
    private func findAgain(_ key: SessionKey) async {
        do { try await existingSession(key).open() } catch let error as RuntimeError {
            if error == .sessionNotFound(key) || error.code == "session_ended" { index.remove(key) }
        } catch {}
    }

    /// For a shutdown: whoever is at rest hears of it, and wakes quickly.
    func putAllToSleep(within milliseconds: Int64) async {
        let end = time.uptime + Double(milliseconds)
        for session in registry.all where time.uptime < end { _ = await session.sleep(ifIdleSince: .max) }
    }

    /// Ends temporary sessions that had no traffic for their retention time, and forgets ended ones after it.
    private func retireTemporarySessions() async {
        let now = time.now
        for entry in index.entries(where: { $0.summary.expires.map { $0 <= now } ?? false }) {
            await retire(entry.summary)
        }
        do {
            for record in try await store.expired(at: now, limit: 1000) { await retire(record.summary) }
        } catch {
            services.log.error("Sessions whose time has come cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func retire(_ summary: Summary) async {
        do {
            // Of an agent that this runtime does not host there is nobody to be told.
            let isHosted = agents.contains { $0.id == summary.key.agent }
            guard summary.status == .ended || !isHosted else {
                let session = try await existingSession(summary.key)
                return try await session.end(reason: "no traffic for \(services.limits.temporaryRetention / 1000) s")
            }
            try await forget(summary.key)
        } catch {
            services.log.error(
                "A temporary session could not be retired",
                metadata: ["session": "\(summary.key)", "error": "\(error)"]
            )
        }
    }

    /// Forgets an ended session, on disk too.
    func forget(_ key: SessionKey) async throws {
        try await store.remove(key)
        if let session = registry.resident(key) { registry.remove(session) }
        index.remove(key)
    }
}
