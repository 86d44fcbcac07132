internal import ArgumentParser
internal import Foundation

/// `seismo-bench`: measures what `architecture.md` has budgets for, and prints one JSON line a case.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seismo-bench",
        abstract: "Measures Seismo beside a floor; for release builds.",
        subcommands: [
            RunBench.self, StoreBench.self, SoakBench.self, AgainstBench.self, LoadCommand.self, CrowdCommand.self,
            AloneCommand.self,
        ],
        defaultSubcommand: RunBench.self
    )
}

/// Runs the cases.
struct RunBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "All cases, or those that are named; the seismo that is measured stands beside this program.",
        discussion: """
            Each value is the median of five rounds or more; a floor is measured in the same round. Loads and measured \
            programs are processes of their own, on the same cores.
            """
    )

    @Option(name: .customLong("case"), help: "Only this case; may be given more than once.")
    var cases: [BenchCase] = []

    @Flag(help: "Fewer sessions and shorter rounds: all cases within 50 s. Values for 100,000 sessions are scaled up.")
    var quick = false

    @Option(help: "postgres://… of a user who may make databases: for the cases of PostgreSQL.")
    var postgres: String?

    @Flag(help: "A table at the end, for people.")
    var table = false

    func validate() throws {
        guard postgres == nil, let unreachable = cases.first(where: Bencher.postgresCases.contains) else { return }
        throw ValidationError("--case \(unreachable.rawValue) needs --postgres ADDRESS")
    }

    func run() async throws {
        let requested = cases.isEmpty ? Set(BenchCase.allCases) : Set(cases)
        let bench = Bencher(requested: requested, extent: quick ? .quick : .whole)
        try await bench.measureTurns()
        try await bench.measureSessions()
        try await bench.measureInspectors()
        try await bench.measureInterface()
        try await bench.measurePostgres(postgres)
        if table { print(Report.table) }
        if !Report.allOK { throw ExitCode(1) }
    }
}

/// The lines of the budgets.
enum BenchCase: String, CaseIterable, ExpressibleByArgument {
    case turnMemory = "turn-memory"
    case turnSQLite = "turn-sqlite"
    case firstTurn = "first-turn"
    case turnHistory = "turn-history"
    case sessionAwake = "session-awake"
    case sessionAsleep = "session-asleep"
    case tickStorm = "tick-storm"
    case cronIdle = "cron-idle"
    case inspectors
    case firstFrame = "inspect-first-frame"
    case key = "inspect-key"
    case keyBusy = "inspect-key-busy"
    case rest = "inspect-rest"
    case turnPostgres = "turn-postgres"
    case claim
    case takeover
    case tickSleepers = "tick-sleepers"
}

/// How much is measured.
struct Extent {
    var seconds: Double
    var rounds = 5
    /// Sessions with ten thousand messages.
    var longSessions: Int
    var awake: Int
    var asleep: Int
    /// Sessions with jobs.
    var jobs: Int
    var inspectors = 1000
    var inspectorSeconds: Double
    /// Sessions beside the interface.
    var beside: Int
    var keys: Int
    var rest: Int
    /// Sleeping sessions that are claimed, and that are ticked, in PostgreSQL.
    var claims: Int
    var sleepers: Int

    static let whole = Extent(
        seconds: 3,
        longSessions: 4,
        awake: 20_000,
        asleep: 200_000,
        jobs: 100_000,
        inspectorSeconds: 10,
        beside: 100_000,
        keys: 300,
        rest: 30,
        claims: 20_000,
        sleepers: 20_000
    )
    static let quick = Extent(
        seconds: 0.25,
        longSessions: 2,
        awake: 2000,
        asleep: 20_000,
        jobs: 10_000,
        inspectorSeconds: 1.5,
        beside: 5000,
        keys: 40,
        rest: 5,
        claims: 2000,
        sleepers: 2000
    )
}

/// Measures the cases that are wanted.
struct Bencher {
    let requested: Set<BenchCase>
    let extent: Extent

    /// Runs `body` with a temporary folder.
    func inFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}
