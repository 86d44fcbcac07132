public import ArgumentParser
internal import MagmaRuntime
public import MagmaServer

/// Where the sessions of `seismo serve` are kept, and how long.
struct SessionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where sessions are kept.", valueName: "memory|sqlite:PATH|postgres://…"))
    var store = SessionStorage.sqlite(path: nil)

    @Flag(help: "Check the store, report problems, and exit.")
    var check = false

    @Option(
        help: ArgumentHelp("Idle time after which a session sleeps, such as 90s, 10m or 1h.", valueName: "time")
    )
    var idle = DurationArgument(milliseconds: 600_000)

    @Option(
        help: ArgumentHelp(
            "Of PostgreSQL: the time after which another runtime may take over from one that does not answer.",
            valueName: "time"
        )
    )
    var lease = DurationArgument(milliseconds: 10_000)

    @Flag(help: "Of PostgreSQL on another machine: use it without checking its certificate.")
    var storeInsecure = false

    @Option(
        help: ArgumentHelp(
            "Of PostgreSQL: how other runtimes on it reach this one; on loopback by default where it listens.",
            valueName: "https://HOST:PORT"
        )
    )
    var advertise: String?

    @Flag(help: "Of PostgreSQL: other runtimes may reach this one without TLS, beyond this machine.")
    var clusterPlain = false

    @Option(help: ArgumentHelp("Days after which events may be dropped; by default never.", valueName: "days"))
    var keepDays: Int?

    @Option(
        help: ArgumentHelp(
            "Events of a session that are kept; of more, the oldest may be dropped.",
            valueName: "number"
        )
    )
    var keepEvents: Int?

    func validate() throws {
        try Self.check("--keep-days", keepDays, SessionStorage.Retention.possibleDays)
        try Self.check("--keep-events", keepEvents, SessionStorage.Retention.possibleEvents)
        let seconds = SessionStorage.PostgresDatabase.possibleLease
        guard seconds.contains(leaseSeconds), lease.milliseconds % 1000 == 0 else {
            throw ValidationError("--lease must be \(seconds.lowerBound)s to \(seconds.upperBound)s.")
        }
    }

    private static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("\(name) is \(value); it must be \(range.lowerBound) to \(range.upperBound).")
    }

    private var leaseSeconds: Int { Int(clamping: lease.milliseconds / 1000) }

    var storage: SessionStorage {
        guard case .postgres(var database) = store else { return store }
        database.lease = leaseSeconds
        database.isInsecure = storeInsecure
        database.advertised = advertise
        database.isClusterPlain = clusterPlain
        return .postgres(database)
    }

    var retention: SessionStorage.Retention { SessionStorage.Retention(days: keepDays, events: keepEvents) }
}

extension SessionStorage: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public var defaultValueDescription: String { "sqlite: in $XDG_STATE_HOME/seismo/" }
}

/// A span of time as one writes it: a number with `s`, `m`, `h` or `d`.
struct DurationArgument: ExpressibleByArgument {
    let milliseconds: Int64

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = argument.last.flatMap({ units[$0] }), let number = Int64(argument.dropLast()),
            (1...1_000_000).contains(number)
        else { return nil }
        milliseconds = number * unit
    }

    var defaultValueDescription: String {
        milliseconds % 60_000 == 0 ? "\(milliseconds / 60_000)m" : "\(milliseconds / 1000)s"
    }
}
