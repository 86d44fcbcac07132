internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import SessionModel
internal import Terminal

/// `seismo stats`: the runtime in numbers.
struct Stats: RuntimeCommand {
    static let configuration = CommandConfiguration(commandName: "stats", abstract: "Show the runtime's numbers.")

    @Flag(help: "Print them each second, a line each time, until Ctrl-C.")
    var watch = false

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !watch || output.form != .json else {
            throw ValidationError("--watch has no end, so no JSON document: use --output jsonl.")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        var params = StatsParams()
        params.watch = watch
        let answer = try await asked.client.call(Methods.stats, params)
        if watch { return try await follow(answer.json, asked, output) }
        switch output.form {
        case .json: try output.document(answer.json)
        case .jsonl: try output.line(answer.json)
        case .table, .wide: try write(answer.result.stats, asked, output)
        }
    }

    private func write(_ stats: RuntimeStats, _ asked: Asked, _ output: Output) throws {
        let counts = stats.counts
        let facts: [(SafeText, String)] =
            [
                ("runtime", "\(asked.hello.name) \(asked.hello.version)"), ("node", asked.hello.node),
                ("started", Times.whole(asked.hello.started).string), ("role", asked.hello.role.rawValue),
                ("sessions", "\(counts.awake) awake, \(counts.asleep) asleep, \(counts.ended) ended"),
                ("temporary", "\(counts.temporary)"), ("in trouble", "\(counts.troubled)"),
                ("turns", "\(stats.turns), \(rate(stats.rates.turns))"),
                ("hooks", "\(stats.hooks), \(rate(stats.rates.hooks))"),
                ("ticks", "\(stats.ticks), \(rate(stats.rates.ticks))"),
                ("events", "\(stats.events), \(rate(stats.rates.events))"),
                ("turn p50", Format.duration(stats.turnP50)), ("turn p99", Format.duration(stats.turnP99)),
                ("memory", Format.bytes(stats.memory)), ("inspectors", "\(stats.inspectors)"),
                ("store lag", "\(stats.storeLag)"), ("coalesced", "\(stats.coalesced)"),
            ]
            + stats.nodes.map { node in
                let draining = node.isDraining ? ", shuts down" : ""
                return (
                    "node",
                    "\(node.name) \(node.version), \(node.sessions) awake, lease \(Format.duration(Double(node.lease)))\(draining)"
                )
            }
        for (name, value) in facts {
            if output.isTerminal {
                try output.write(output.painted(name.filled(to: 12), .faint) + SafeText(value).string + "\n")
            } else {
                try output.write("\(name.string)\t\(SafeText(value).string)\n")
            }
        }
    }

    private func rate(_ number: Double) -> String { "\(Format.count(Int(number.rounded())))/s" }

    private static let widths = [12, 8, 8, 8, 8, 8, 10, 10, 10, 10]

    private func follow(_ first: JSON, _ asked: Asked, _ output: Output) async throws {
        let table = Table(
            ["AT", "AWAKE", "ASLEEP", "TURNS/S", "HOOKS/S", "TICKS/S", "EVENTS/S", "P50", "P99", "MEMORY"].map {
                Table.Column(title: $0, isRight: true)
            },
            output
        )
        let times = Times(output)
        if output.isTable { try table.begin(widths: Self.widths) }
        var document = first
        while true {
            let stats = RuntimeStats(json: document)
            if output.isTable {
                try table.append(
                    [
                        Table.Cell(times.clock(document.time("now") ?? 0), .faint), Table.Cell(stats.counts.awake),
                        Table.Cell(stats.counts.asleep), number(stats.rates.turns), number(stats.rates.hooks),
                        number(stats.rates.ticks), number(stats.rates.events),
                        Table.Cell(SafeText(Format.duration(stats.turnP50))),
                        Table.Cell(SafeText(Format.duration(stats.turnP99))),
                        Table.Cell(SafeText(Format.bytes(stats.memory))),
                    ],
                    widths: Self.widths
                )
            } else {
                try output.line(document)
            }
            repeat {
                let told = try await asked.client.notification()
                guard told.method == .stats else { continue }
                document = told.params
                break
            } while true
        }
    }

    private func number(_ rate: Double) -> Table.Cell { Table.Cell(Int(rate.rounded())) }
}
