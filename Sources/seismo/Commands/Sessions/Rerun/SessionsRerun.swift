internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// `seismo sessions rerun`.
struct SessionsRerun: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun",
        abstract: "Repeat in a fork what came to a session, and compare how it comes out.",
        discussion: """
            The recorded messages and webhooks come again in their order; for each turn the replies, the calls of tools and the \
            state after it are compared. Tools and webhooks really run, unless --recorded-tools and --dry-hooks say otherwise. \
            The fork is a temporary session; --as keeps it.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The session: AGENT/SESSION; with @SEQ or @SNAPSHOT from there on.",
            valueName: "session"
        ),
        completion: .sessions
    )
    var session: SessionAddress?

    @Option(
        help: ArgumentHelp(
            "Rerun each session of this filter instead; 'kind:lasting' leaves the forks of earlier reruns out.",
            valueName: "filter"
        )
    )
    var filter: String?

    @Option(help: ArgumentHelp("Begin after this event; by default before anything came.", valueName: "seq"))
    var from: Int?

    @Option(help: ArgumentHelp("End with this event.", valueName: "seq"))
    var to: Int?

    @OptionGroup(title: "What repeats it") var conditions: RerunConditions

    @Option(help: ArgumentHelp("Keep the fork, under this id.", valueName: "id"))
    var `as`: String?

    @Option(help: ArgumentHelp("How many sessions at the same time.", valueName: "count"))
    var concurrency = 1

    @Option(
        help: ArgumentHelp(
            "Exit with 1 when these differ: replies, tools or state; may be given more than once.",
            valueName: "aspect"
        )
    )
    var expect: [RerunStep.Aspect] = []

    @Option(
        help: ArgumentHelp("Write a report in JUnit's XML as well; an earlier one is replaced.", valueName: "file"),
        completion: .file()
    )
    var junit: String?

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    /// Sessions that one command reruns.
    private static let mostSessions = 1000

    func validate() throws {
        guard (session == nil) != (filter == nil) else {
            throw ValidationError("Name one session, or many with --filter.")
        }
        guard filter == nil || `as` == nil else { throw ValidationError("--as names the fork of one session.") }
        guard (1...8).contains(concurrency) else {
            throw ValidationError("--concurrency is \(concurrency); it must be 1 to 8.")
        }
        for seq in [from, to].compactMap(\.self) where !NumberRange.count.contains(seq) {
            throw ValidationError("\(seq) is not an event: a seq is 0 to \(NumberRange.count.upperBound).")
        }
    }

    func run(_ asked: Asked, _ output: Output) async throws {
        let sources = try await sources(asked)
        guard !sources.isEmpty else { throw CommandFailure.notFound("No session matches the filter.") }
        let report = RerunReport(output, expected: expect, isOfMany: filter != nil)
        let reruns = Reruns(asked.client, concurrency: concurrency) {
            try report.begin()
        } tell: {
            try report.add($0, $1)
        }
        let file = try junit.map { try ExportFile($0, replaces: true) }
        let done: [RerunOfSession]
        do {
            done = try await reruns.run(sources)
            try report.end(done)
            try file?.write(JUnitReport(done, expected: expect).text)
        } catch {
            file?.discard()
            throw error
        }
        try file?.finish()
        if let problem = report.problem(of: done) { throw CommandFailure(problem) }
    }

    private func sources(_ asked: Asked) async throws -> [RerunParams] {
        func params(_ key: SessionKey, _ moment: Moment?) -> RerunParams {
            RerunParams(key) {
                conditions.apply(to: &$0)
                ($0.from, $0.end, $0.id) = (moment ?? from.map(Moment.seq), to, `as`)
            }
        }
        if let agent = conditions.agent { _ = try asked.agent(agent) }
        guard let filter else {
            guard let session else { return [] }
            let place = try await asked.moment(session)
            if place.moment != nil, from != nil {
                throw UsageError("Both '\(session.text)' and --from say where to begin.")
            }
            return [params(place.key, place.moment)]
        }
        let query = SessionsQuery(filter: filter, sort: .created, limit: Self.mostSessions)
        do {
            let page = try await asked.client.call(Methods.watchSessions, query).result
            _ = try await asked.client.call(Methods.unwatchSessions, WatchName(page.watch))
            guard page.total <= Self.mostSessions else {
                throw UsageError(
                    "The filter matches \(page.total) sessions; at most \(Self.mostSessions) are rerun at once."
                )
            }
            return page.rows.map { params($0.key, nil) }
        } catch let error as RPCError where error.position != nil {
            throw WrongFilter(error: error, filter: filter)
        }
    }
}

/// Under which conditions a recording is repeated.
struct RerunConditions: ParsableArguments {
    @Option(help: ArgumentHelp("Another agent of the runtime.", valueName: "agent"), completion: .agents)
    var agent: String?

    @Option(help: "Another provider of models: scripted, openai or anthropic.")
    var provider: String?

    @Option(help: ArgumentHelp("Another model.", valueName: "name"))
    var model: String?

    @Flag(help: "Run jobs as well, where they ran.")
    var ticks = false

    @Flag(help: "Do not run webhooks; repeat what they changed.")
    var dryHooks = false

    @Flag(help: "Do not run tools; answer their calls from the recording.")
    var recordedTools = false

    func apply(to params: inout RerunParams) {
        (params.other, params.provider, params.model) = (agent, provider, model)
        (params.ticks, params.dryHooks, params.recordedTools) = (ticks, dryHooks, recordedTools)
    }
}

extension RerunStep.Aspect: ExpressibleByArgument {}
