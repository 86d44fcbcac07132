internal import BundledAgents
internal import Foundation
internal import Magma
internal import MagmaProviders
internal import MagmaRuntime
internal import PostgresStore
internal import SessionModel

/// What one or several runtimes do on PostgreSQL.
extension Bencher {
    static let postgresCases: Set<BenchCase> = [.turnPostgres, .claim, .takeover, .tickSleepers]

    func measurePostgres(_ server: String?) async throws {
        guard !requested.isDisjoint(with: Self.postgresCases) else { return }
        guard let server else {
            return FileHandle.standardError.write(
                Data("seismo-bench: the cases of PostgreSQL are left out; name a server with --postgres\n".utf8)
            )
        }
        if requested.contains(.turnPostgres) {
            try await BenchDatabase.with(server, measureTurns)
            try await BenchDatabase.with(server, measureTwoNodes)
        }
        if requested.contains(.claim) { try await BenchDatabase.with(server, measureClaims) }
        if requested.contains(.takeover) { try await BenchDatabase.with(server, measureTakeover) }
        if requested.contains(.tickSleepers) { try await BenchDatabase.with(server, measureTicks) }
    }

    // MARK: Turns

    private func measureTurns(_ database: BenchDatabase) async throws {
        try await Servers.floor { floor in
            try await Servers.echo(on: try await database.store()) { port in
                let rounds = try await rounds(floor: floor) { name in
                    try await LoadCommand.rate(.turns, at: port, name: name, seconds: extent.seconds)
                }
                Report.ratio(BenchCase.turnPostgres.rawValue, rounds, budget: 0.4)
                if let commits = try await database.floor() {
                    let rates = rounds.map { (value: $0.value, floor: commits) }
                    Report.ratio("turn-postgres-pgbench", rates, budget: nil)
                }
                let turns = 32 * 100
                let before = try await database.work
                _ = try await LoadCommand.rate(.turns, at: port, name: "counted-", seconds: 300, limit: 100)
                let after = try await database.work
                let bytes = (after.bytes - before.bytes) / Double(turns)
                Report.most("turn-postgres-wal", bytes, "bytes a turn", budget: .infinity)
                let commits = (after.commits - before.commits) / Double(turns)
                Report.most("turn-postgres-commits", commits, "transactions a turn", budget: .infinity)
            }
        }
    }

    /// Two processes, each asked for sessions of its own.
    private func measureTwoNodes(_ database: BenchDatabase) async throws {
        try await Servers.floor { floor in
            try await inFolder { folder in
                let nodes = try ["one", "two"].map { try ServedRuntime(in: folder, named: $0, store: database.address) }
                defer { for node in nodes { node.end() } }
                let (one, two) = (nodes[0].port, nodes[1].port)
                let rounds = try await rounds(floor: floor) { name in
                    async let first = LoadCommand.rate(
                        .turns,
                        at: one,
                        name: "\(name)a",
                        connections: 16,
                        seconds: extent.seconds
                    )
                    async let second = LoadCommand.rate(
                        .turns,
                        at: two,
                        name: "\(name)b",
                        connections: 16,
                        seconds: extent.seconds
                    )
                    return try await first + second
                }
                Report.ratio("turn-postgres-two-nodes", rounds, budget: nil)
            }
        }
    }

    /// Rates, each beside the floor's in the same round; the first round warms up.
    private func rounds(
        floor: Int,
        _ measure: (_ name: String) async throws -> Double
    ) async throws -> [(value: Double, floor: Double)] {
        var rounds: [(value: Double, floor: Double)] = []
        for round in 0...extent.rounds {
            let base = try await LoadCommand.rate(.floor, at: floor, seconds: extent.seconds)
            let rate = try await measure("turns\(round)-")
            if round > 0 { rounds.append((rate, base)) }
        }
        return rounds
    }

    // MARK: Whose sessions are

    private func measureClaims(_ database: BenchDatabase) async throws {
        let store = try await database.store()
        let keys = (0..<extent.claims).map { SessionKey(agent: "echo", session: "s\($0)") }
        try await Sessions.fill(store, sleepers: keys.count)
        var rounds: [(value: Double, floor: Double)] = []
        for _ in 0..<extent.rounds {
            let floor = try await database.floor() ?? .nan
            let begin = ContinuousClock.now
            let held = try await atOnce(32, keys) { key -> HeldSession? in
                guard case .mine(let held) = try await store.claim(key) else { return nil }
                return held
            }
            let seconds = (ContinuousClock.now - begin).milliseconds / 1000
            guard held.count == keys.count else {
                throw Load.Failed(description: "only \(held.count) of \(keys.count) sessions could be claimed")
            }
            rounds.append((Double(keys.count) / seconds, floor))
            _ = try await atOnce(32, held) { try await store.release($0) }
        }
        Report.ratio(BenchCase.claim.rawValue, rounds, budget: nil)
        await store.close()
    }

    private func atOnce<Item: Sendable, Value: Sendable>(
        _ count: Int,
        _ items: [Item],
        _ work: @escaping @Sendable (Item) async throws -> Value?
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: [Value].self) { group in
            for lane in 0..<count {
                group.addTask {
                    var values: [Value] = []
                    for place in stride(from: lane, to: items.count, by: count) {
                        if let value = try await work(items[place]) { values.append(value) }
                    }
                    return values
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// From a kill to the first answer in a session of the node that was killed, beyond its lease.
    private func measureTakeover(_ database: BenchDatabase) async throws {
        var times: [Double] = []
        for round in 0..<3 {
            try await inFolder { folder in
                let lease = 2000.0
                let nodes = try ["one", "two"].map {
                    try ServedRuntime(in: folder, named: $0, store: database.address, "--lease", "2s")
                }
                defer { nodes[1].end() }
                try await nodes[0].chat("taken\(round)", turns: 1)
                let begin = ContinuousClock.now
                nodes[0].kill()
                while true {
                    do {
                        try await nodes[1].chat("taken\(round)", turns: 1)
                        break
                    } catch is Load.Failed {
                        guard ContinuousClock.now - begin < .seconds(60) else {
                            throw Load.Failed(description: "nobody took it over")
                        }
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                times.append((ContinuousClock.now - begin).milliseconds - lease)
            }
        }
        Report.most(BenchCase.takeover.rawValue, times.median, "ms beyond the lease", budget: 1000)
    }

    // MARK: Ticks

    /// Brings a tick to sessions that all sleep: each is woken, ticked and put back.
    private func measureTicks(_ database: BenchDatabase) async throws {
        let store = try await database.store()
        try await Sessions.fill(store, sleepers: extent.sleepers, of: HourlyAgent.id)
        let runtime = try await Runtime(
            agents: [AgentBlueprint(HourlyAgent.self)],
            provider: ScriptedProvider([:]),
            store: store,
            log: Servers.quiet
        )
        let serving = Task { try await runtime.run() }
        let agent = try runtime.agent(nil)
        let begin = ContinuousClock.now
        try await runtime.runJob("hourly", of: agent, on: nil, by: ChangeAuthor(name: "bench", method: "bench"))
        while try await runtime.stats().ticks < extent.sleepers { try await Task.sleep(for: .milliseconds(5)) }
        let microseconds = (ContinuousClock.now - begin).milliseconds * 1000 / Double(extent.sleepers)
        Report.most(BenchCase.tickSleepers.rawValue, microseconds, "µs a session", budget: 60)
        serving.cancel()
        _ = try? await serving.value
        await runtime.close()
    }
}
