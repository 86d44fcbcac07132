internal import Logging
internal import Magma
internal import SessionModel

/// What a runtime does beside what it is asked for: it puts idle sessions to sleep, retires temporary ones, trims the store
/// and gives memory back.
struct Maintenance: Sendable {
    private let runtime: Runtime

    init(of runtime: Runtime) { self.runtime = runtime }

    private var store: any SessionStore { runtime.store }
    private var directory: SessionDirectory { runtime.directory }
    private var services: SessionServices { runtime.services }
    private var time: any TimeSource { runtime.time }

    /// The note of when a runtime was last known to run.
    private static var aliveNote: String { "alive" }

    /// The time since the runtime before this one was last known to run.
    static func downtime(_ store: any SessionStore, until start: Int64) async throws -> ClosedRange<Int64>? {
        // Where others run, it did not stop.
        guard try await store.nodes.count < 2, let last = try await store.note(aliveNote)?.time, last < start else {
            return nil
        }
        return last...start
    }

    /// Exchanges that were never answered say why.
    static func closeExchanges(in store: any SessionStore) async throws {
        for open in try await store.openExchanges() {
            guard var exchange = try await store.exchange(open.id) else { continue }
            exchange.error = "The runtime stopped before it was answered."
            try await store.save(exchange)
        }
    }

    /// How often what is over a bound of the store goes, in milliseconds.
    private static let trimPace = 60_000.0
    /// Sessions with which something is done at the same time.
    private static let keptAtOnce = 64
    /// Ended sessions that are forgotten in one step.
    private static let forgottenAtOnce = 500

    /// Puts idle sessions to sleep, ends temporary ones whose time has come, and notes that the runtime is alive.
    func run() async {
        let limits = services.limits
        let pace = max(100, min(30_000, min(limits.sessions.temporary, limits.sessions.idle) / 20))
        var trimmed = -Double.infinity
        var givenBack = time.uptime
        // Bytes that the process took when free memory was last given back.
        var kept = 0
        repeat {
            if time.uptime - Self.trimPace >= trimmed {
                trimmed = time.uptime
                await trim()
            }
            await putIdleToSleep()
            await retireTemporarySessions()
            await noteAlive()
            if time.uptime - 60_000 >= givenBack {
                givenBack = time.uptime
                giveBackMemory(&kept)
            }
        } while (try? await time.sleep(milliseconds: pace)) != nil
        await noteAlive()
    }

    /// Returns memory to the system that the allocator would keep after many sessions have gone. Runs only when the
    /// process has grown since the last time, because it is slow for a large heap.
    private func giveBackMemory(_ kept: inout Int) {
        let before = ProcessMemory.resident
        if before > kept + kept / 8 {
            ProcessMemory.trim()
            kept = ProcessMemory.resident
        } else {
            kept = min(kept, before)
        }
    }

    private func noteAlive() async {
        do { try await store.save(.int(Int(time.now)), as: Self.aliveNote) } catch {
            services.log.error("The store does not take a note", metadata: ["error": "\(error)"])
        }
    }

    /// The wall clock without adjustments since the start, so that setting the clock expires nothing.
    private var steadyNow: Int64 { runtime.started + Int64(time.uptime - runtime.startedUptime) }

    private func trim() async {
        let now = steadyNow
        do { try await store.trim(at: now, answersBefore: now - services.limits.answers.kept) } catch {
            services.log.error("The store cannot be trimmed", metadata: ["error": "\(error)"])
        }
    }

    func putIdleToSleep() async {
        if ProcessMemory.resident > services.limits.sessions.memory { await shedMemory() }
        let limit = time.uptime - Double(services.limits.sessions.idle)
        await Self.together(directory.takeViewed()) { session in
            if await !session.sleep(ifIdleSince: limit) { directory.markViewed(session.key) }
        }
        await Self.together(directory.index.entries { $0.used <= limit }.map(\.summary.key)) { key in
            if let session = directory.loaded(key) {
                _ = await session.sleep(ifIdleSince: limit)
            } else {
                await reload(key)
            }
        }
    }

    /// Does something with each, many at once: what they store is then stored together, and not one after another.
    static func together<Value: Sendable>(
        _ values: [Value],
        _ work: @escaping @Sendable (Value) async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for (number, value) in values.enumerated() {
                if number >= keptAtOnce { await group.next() }
                group.addTask { await work(value) }
            }
        }
    }

    /// Puts the least recently used half of the sessions to sleep, as far as nothing is under way in them.
    private func shedMemory() async {
        let limit = time.uptime - 1000
        let entries = directory.index.entries { $0.used <= limit }.sorted { $0.used < $1.used }
        await Self.together(entries.prefix((entries.count + 1) / 2).map(\.summary.key)) { key in
            _ = await directory.loaded(key)?.sleep(ifIdleSince: limit)
        }
        services.log.warning(
            "Memory is short: sessions sleep before they are idle",
            metadata: [
                "sessions": "\((entries.count + 1) / 2)", "limit": "\(services.limits.sessions.memory >> 20) MB",
            ]
        )
    }

    /// A session that was let go because it could not be stored.
    private func reload(_ key: SessionKey) async {
        do { try await directory.withSession(key, .ticking) { _ in } } catch let error as RuntimeError {
            let isOver = error == .sessionNotFound(key) || error.code == "session_ended" || error.address != nil
            if isOver { directory.index.remove(key) }
        } catch {}
    }

    /// For a shutdown: sessions at rest are stored as asleep, so that they wake quickly.
    func putAllToSleep(within milliseconds: Int64) async {
        let end = time.uptime + Double(milliseconds)
        for session in directory.allLoaded where time.uptime < end { _ = await session.sleep(ifIdleSince: .infinity) }
    }

    /// Ends temporary sessions that had no traffic for their retention time, and forgets ended ones after it.
    func retireTemporarySessions() async {
        let (now, uptime) = (steadyNow, time.uptime)
        await Self.together(directory.index.entries { $0.ends.map { $0 <= uptime } ?? false }.map(\.summary.key)) {
            key in
            await retire(key)
        }
        guard store.keepsHouse else { return }
        do {
            var page: [SessionSummary] = []
            repeat {
                let before = page.map(\.key)
                page = try await store.expired(at: now, limit: Self.forgottenAtOnce).map(\.summary)
                // What could not be retired is tried again the next time.
                if page.map(\.key) == before { break }
                // Sessions of agents that this runtime does not host are forgotten without being ended.
                let over = page.filter { summary in
                    summary.status == .ended
                        || !store.hasOthers && !runtime.agents.contains { $0.id == summary.key.agent }
                }
                let ended = Set(over.map(\.key))
                await Self.together(page.map(\.key).filter { !ended.contains($0) }) { await retire($0) }
                if !over.isEmpty { try await forget(over.map(\.key)) }
            } while page.count == Self.forgottenAtOnce && !Task.isCancelled
        } catch {
            services.log.error("Sessions whose time has come cannot be retired", metadata: ["error": "\(error)"])
        }
    }

    private func retire(_ key: SessionKey) async {
        do {
            let reason = "no traffic for \(services.limits.sessions.temporary / 1000) s"
            try await directory.withSession(key, .viewing) { try await $0.end(reason: reason) }
        } catch let error as RuntimeError where error.address != nil {
            // It has come to life in another process.
        } catch {
            services.log.error(
                "A temporary session could not be retired",
                metadata: ["session": "\(key)", "error": "\(error)"]
            )
        }
    }

    /// Forgets ended sessions, on disk too.
    private func forget(_ keys: [SessionKey]) async throws {
        try await store.remove(keys)
        for key in keys { directory.forget(key) }
    }
}
