internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import SessionModel
internal import Terminal

/// `seismo jobs`: cron jobs and their runs.
struct Jobs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "List jobs and their runs; run, pause and resume them.",
        subcommands: [JobsList.self, JobsTicks.self, JobsRun.self, JobsPause.self, JobsResume.self],
        defaultSubcommand: JobsList.self
    )
}

/// An agent, or a session of it: whose jobs are meant.
struct JobPlace {
    let agent: String
    let session: String?

    static let help = "AGENT or AGENT/SESSION; nothing where the runtime has one agent."

    init(_ text: SessionAddress?, _ asked: Asked) async throws {
        guard let text else {
            (agent, session) = (try asked.agent(nil as String?), nil)
            return
        }
        if asked.hello.agents.contains(where: { $0.id.isExactly(text.text) }) {
            (agent, session) = (text.text, nil)
        } else {
            let key = try await asked.session(text)
            (agent, session) = (key.agent, key.session)
        }
    }
}

/// `seismo jobs list`.
struct JobsList: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the jobs of an agent, or as they stand in one session."
    )

    @Argument(help: ArgumentHelp(JobPlace.help, valueName: "place"), completion: .sessions)
    var place: SessionAddress?

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        guard place == nil, asked.hello.agents.count > 1 else {
            let place = try await JobPlace(place, asked)
            return try await Self.write(asked, place.agent, place.session, output)
        }
        try await writeAll(asked, output)
    }

    /// The jobs of every agent.
    private func writeAll(_ asked: Asked, _ output: Output) async throws {
        var documents: [JSON] = []
        for agent in asked.hello.agents {
            var params = JobsParams()
            params.agent = agent.id
            documents += try await asked.client.call(Methods.listJobs, params).json["jobs"]?.array ?? []
        }
        try Self.write(documents, output)
    }

    static func write(_ asked: Asked, _ agent: String, _ session: String?, _ output: Output) async throws {
        var params = JobsParams()
        (params.agent, params.session) = (agent, session)
        try write(try await asked.client.call(Methods.listJobs, params).json["jobs"]?.array ?? [], output)
    }

    private static func write(_ documents: [JSON], _ output: Output) throws {
        let times = Times(output)
        switch output.form {
        case .json: try output.document(["jobs": .array(documents)])
        case .jsonl: for job in documents { try output.line(job) }
        case .table, .wide:
            try Table(
                [
                    Table.Column(title: "JOB", isFlexible: true), Table.Column(title: "SCHEDULE"),
                    Table.Column(title: "NEXT", isRight: true), Table.Column(title: "LAST"),
                    Table.Column(title: "PAUSED"), Table.Column(title: "KIND", isWide: true),
                    Table.Column(title: "TIME ZONE", isWide: true), Table.Column(title: "WORDS", isWide: true),
                ],
                output
            ).write(
                documents.compactMap(JobStatus.init(json:)).map { job in
                    let last = job.last.first
                    return [
                        Table.Cell(SafeText("\(job.agent)/\(job.job)")), Table.Cell(SafeText(job.schedule)),
                        Table.Cell(times.until(job.next)), last.map { TickTable.status($0.status) } ?? Table.Cell(""),
                        Table.Cell(job.paused ? "paused" : "", .warning),
                        Table.Cell(job.isStatic ? "static" : "session"), Table.Cell(SafeText(job.timezone)),
                        Table.Cell(SafeText(job.words)),
                    ]
                }
            )
        }
    }
}

/// `seismo jobs ticks`.
struct JobsTicks: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "ticks",
        abstract: "List runs of jobs, the newest first."
    )

    @Argument(help: ArgumentHelp(JobPlace.help, valueName: "place"), completion: .sessions)
    var place: SessionAddress?

    @Option(help: "Only this job's.", completion: .jobs)
    var job: String?

    @Option(help: "How many at most; runs that were due at one moment come together.")
    var limit = 50

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is \(limit); it must be 1 to 1000.") }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        let place = try await JobPlace(place, asked)
        var params = TicksParams()
        (params.agent, params.session, params.job, params.limit) = (place.agent, place.session, job, limit)
        let answer = try await asked.client.call(Methods.listTicks, params)
        switch output.form {
        case .json: try output.document(answer.json)
        case .jsonl: for tick in answer.json["ticks"]?.array ?? [] { try output.line(tick) }
        case .table, .wide: try TickTable(output).write(answer.result.ticks)
        }
    }
}

/// Runs of jobs as rows of a table.
struct TickTable {
    private let table: Table
    private let times: Times

    init(_ output: Output) {
        times = Times(output)
        table = Table(
            [
                Table.Column(title: "SCHEDULED", isRight: true), Table.Column(title: "JOB", isFlexible: true),
                Table.Column(title: "STATUS"), Table.Column(title: "TOOK", isRight: true),
                Table.Column(title: "SESSION", isFlexible: true), Table.Column(title: "ERROR", isFlexible: true),
                Table.Column(title: "SEQ", isRight: true, isWide: true),
            ],
            output
        )
    }

    func write(_ ticks: [Tick]) throws {
        try table.write(
            ticks.map { tick in
                // Both are moments within the range of the protocol.
                let took = tick.started.flatMap { start in tick.finished.map { Double($0) - Double(start) } }
                return [
                    Table.Cell(times.age(tick.scheduled)), Table.Cell(SafeText(tick.job)), Self.status(tick.status),
                    Table.Cell(took.map { SafeText(Format.duration($0)) } ?? ""),
                    Table.Cell(SafeText(tick.session ?? "")), Table.Cell(SafeText(tick.error ?? ""), .bad),
                    Table.Cell(tick.seq.map { SafeText("\($0)") } ?? ""),
                ]
            }
        )
    }

    static func status(_ status: TickStatus) -> Table.Cell {
        Table.Cell(SafeText(status.rawValue), status == .ok ? .good : status == .running ? .accent : .bad)
    }
}

/// Which job, and where.
struct JobOptions: ParsableArguments {
    static func usage(_ command: String) -> String {
        "seismo jobs \(command) [<options>] [<agent> | <agent/session>] <job>"
    }

    @Argument(
        help: ArgumentHelp(
            "AGENT or AGENT/SESSION, and the job; the job alone where the runtime has one agent.",
            valueName: "job"
        ),
        completion: .jobs
    )
    var words: [String]

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...2).contains(words.count) else { throw ValidationError("Give AGENT or AGENT/SESSION, and the job.") }
    }

    func params(_ asked: Asked) async throws -> JobParams {
        let place = try await JobPlace(words.count == 2 ? SessionAddress(argument: words[0]) : nil, asked)
        var params = JobParams()
        (params.agent, params.session, params.job) = (place.agent, place.session, words[words.count - 1])
        return params
    }

    fileprivate func call<Result>(_ method: Method<JobParams, Result>, _ words: (JobParams) -> String) async throws {
        try await exitingWithOneSentence {
            let output = Output(output)
            try await connection.run { asked in
                let params = try await params(asked)
                let answer = try await asked.client.call(method, params)
                try output.isTable ? output.line(SafeText(words(params))) : output.document(answer.json)
            }
        }
    }
}

/// `seismo jobs run`.
struct JobsRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a job now, in one session or, a static one, of the agent.",
        usage: JobOptions.usage("run")
    )

    @OptionGroup var job: JobOptions

    func run() async throws { try await job.call(Methods.runJob) { "\($0.job) started" } }
}

/// `seismo jobs pause`.
struct JobsPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause a job in one session, or in all of the agent's.",
        usage: JobOptions.usage("pause")
    )

    @OptionGroup var job: JobOptions

    func run() async throws { try await job.call(Methods.pauseJob) { "\($0.job) paused" } }
}

/// `seismo jobs resume`.
struct JobsResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume a paused job.",
        usage: JobOptions.usage("resume")
    )

    @OptionGroup var job: JobOptions

    func run() async throws { try await job.call(Methods.resumeJob) { "\($0.job) resumed" } }
}
