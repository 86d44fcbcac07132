internal import Foundation
internal import MagmaRuntime
internal import SQLiteStore

/// Turns by HTTP, beside plain Hummingbird.
extension Bencher {
    func measureTurns() async throws {
        try await inFolder { folder in
            if !requested.isDisjoint(with: [.turnMemory, .turnSQLite, .firstTurn]) { try await measureRates(folder) }
            if requested.contains(.turnHistory) { try await measureHistory() }
        }
    }

    private func measureRates(_ folder: URL) async throws {
        let path = folder.appending(path: "rates.sqlite").path(percentEncoded: false)
        let store = try SQLiteStore(path: path)
        try await Servers.floor { floor in
            try await Servers.echo(on: MemoryStore()) { memory in
                try await Servers.echo(on: store) { stored in
                    let cases: [(BenchCase, LoadCommand.Kind, Int, Double)] = [
                        (.turnMemory, .turns, memory, 0.9), (.turnSQLite, .turns, stored, 0.6),
                        (.firstTurn, .first, memory, 0.5),
                    ]
                    var rounds: [BenchCase: [(value: Double, floor: Double)]] = [:]
                    // The first round warms up.
                    for round in 0...extent.rounds {
                        let base = try await LoadCommand.rate(.floor, at: floor, seconds: extent.seconds)
                        for (name, kind, port, _) in cases where requested.contains(name) {
                            let ids = "\(kind.rawValue)\(round)-"
                            let rate = try await LoadCommand.rate(kind, at: port, name: ids, seconds: extent.seconds)
                            if round > 0 { rounds[name, default: []].append((rate, base)) }
                        }
                    }
                    for (name, _, _, budget) in cases {
                        if let rounds = rounds[name] { Report.ratio(name.rawValue, rounds, budget: budget) }
                    }
                }
            }
        }
    }

    /// Sessions with ten thousand messages beside sessions with two.
    private func measureHistory() async throws {
        try await Servers.echo(on: MemoryStore()) { port in
            let connections = extent.longSessions
            func load(_ kind: LoadCommand.Kind, _ name: String, _ seconds: Double, _ limit: Int = .max) async throws
                -> Double
            {
                try await LoadCommand.rate(
                    kind,
                    at: port,
                    name: name,
                    connections: connections,
                    seconds: seconds,
                    limit: limit
                )
            }
            _ = try await load(.same, "long", 60, 5000)
            var rounds: [(value: Double, floor: Double)] = []
            for round in 0..<extent.rounds {
                let count = Int(1000 * max(1, extent.seconds))
                _ = try await load(.first, "short\(round)-", 60, count)
                let floor = try await load(.first, "short\(round)-", 60, count)
                rounds.append((try await load(.same, "long", 60, count), floor))
            }
            Report.ratio(BenchCase.turnHistory.rawValue, rounds, budget: 0.95)
        }
    }
}
