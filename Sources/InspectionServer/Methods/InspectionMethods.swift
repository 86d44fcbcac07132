internal import Inspection
internal import Logging
internal import MagmaRuntime
internal import SessionModel

/// The methods of the inspection protocol, and what they need.
struct InspectionMethods: Sendable {
    let runtime: Runtime
    let node: String
    let inspectors = InspectorCount()
    let redaction: Redaction
    let pages: EventPages
    let reads: ExpensiveReads
    /// The same for exchanges and contents, each of which may be as large as a body.
    let bodies: ExpensiveReads
    /// The same for sessions that are attached to.
    let heads: ExpensiveReads
    let exports = ExportSlots()
    let contents = RecentContents()
    let log: Logger

    init(runtime: Runtime, node: String, redaction: Redaction, log: Logger) {
        self.runtime = runtime
        self.node = node
        self.redaction = redaction
        reads = ExpensiveReads(time: runtime.time)
        bodies = ExpensiveReads(time: runtime.time)
        heads = ExpensiveReads(time: runtime.time)
        pages = EventPages(runtime: runtime, redaction: redaction)
        self.log = log
    }

    /// What carries out each method.
    private static let all: [MethodHandler] = [
        MethodHandler(Methods.hello) { try await $0.hello($1, $2) },
        MethodHandler(Methods.stats) { try await $0.stats($1, $2) },
        MethodHandler(Methods.watchSessions) { try await $0.watchSessions($1, $2) },
        MethodHandler(Methods.viewSessions) { try await $0.viewSessions($1, $2) },
        MethodHandler(Methods.unwatchSessions) { try await $0.unwatch($1, $2) },
        MethodHandler(Methods.attach) { try await $0.attach($1, $2) },
        MethodHandler(Methods.detach) { try await $0.detach($1, $2) },
        MethodHandler(Methods.history) { try await $0.history($1, $2) },
        MethodHandler(Methods.at) { try await $0.at($1, $2) },
        MethodHandler(Methods.getContent, pace: .oneByOne) { try await $0.getContent($1, $2) },
        MethodHandler(Methods.diff) { try await $0.diff($1, $2) },
        MethodHandler(Methods.send, pace: .slow) { try await $0.send($1, $2) },
        MethodHandler(Methods.cancel) { try await $0.cancel($1, $2) },
        MethodHandler(Methods.create, pace: .slow) { try await $0.create($1, $2) },
        MethodHandler(Methods.keep, pace: .slow) { try await $0.keep($1, $2) },
        MethodHandler(Methods.snapshot, pace: .slow) { try await $0.snapshot($1, $2) },
        MethodHandler(Methods.listSnapshots) { try await $0.listSnapshots($1, $2) },
        MethodHandler(Methods.deleteSnapshot) { try await $0.deleteSnapshot($1, $2) },
        MethodHandler(Methods.fork, pace: .slow) { try await $0.fork($1, $2) },
        MethodHandler(Methods.restore, pace: .slow) { try await $0.restore($1, $2) },
        MethodHandler(Methods.edit, pace: .slow) { try await $0.edit($1, $2) },
        MethodHandler(Methods.export) { try await $0.export($1, $2) },
        MethodHandler(Methods.importCapsule) { try await $0.importCapsule($1, $2) },
        MethodHandler(Methods.stopExport) { try await $0.stopExport($1, $2) },
        MethodHandler(Methods.importChunk) { try await $0.importChunk($1, $2) },
        MethodHandler(Methods.importEnd) { try await $0.importEnd($1, $2) },
        MethodHandler(Methods.stopImport) { try await $0.stopImport($1, $2) },
        MethodHandler(Methods.delete, pace: .slow) { try await $0.delete($1, $2) },
        MethodHandler(Methods.end, pace: .slow) { try await $0.end($1, $2) },
        MethodHandler(Methods.listHooks) { try await $0.listHooks($1, $2) },
        MethodHandler(Methods.watchHooks) { try await $0.watchHooks($1, $2) },
        MethodHandler(Methods.unwatchHooks) { try await $0.unwatch($1, $2) },
        MethodHandler(Methods.getHook, pace: .oneByOne) { try await $0.getHook($1, $2) },
        MethodHandler(Methods.resolveHook, pace: .slow) { try await $0.resolveHook($1, $2) },
        MethodHandler(Methods.replayHook, pace: .slow) { try await $0.replayHook($1, $2) },
        MethodHandler(Methods.sendHook, pace: .slow) { try await $0.sendHook($1, $2) },
        MethodHandler(Methods.reveal) { try await $0.reveal($1, $2) },
        MethodHandler(Methods.listAudit) { try await $0.listAudit($1, $2) },
        MethodHandler(Methods.listJobs) { try await $0.listJobs($1, $2) },
        MethodHandler(Methods.listTicks) { try await $0.listTicks($1, $2) },
        MethodHandler(Methods.runJob) { try await $0.runJob($1, $2) },
        MethodHandler(Methods.pauseJob) { try await $0.pauseJob($1, $2) },
        MethodHandler(Methods.resumeJob) { try await $0.resumeJob($1, $2) },
    ]

    static let handlers = Dictionary(uniqueKeysWithValues: all.map { (ExactString($0.method.name), $0) })

    /// What carries out the method of that name.
    static func handler(of name: String) -> MethodHandler? {
        name.utf8.count <= 64 ? handlers[ExactString(name)] : nil
    }

    /// The session that a method is about; the runtime says whether it is there.
    func key(_ params: some SessionParams) throws -> SessionKey {
        SessionKey(agent: try runtime.agent(params.agent).id, session: params.session)
    }

    /// The same, where it may be left out.
    func key(_ agent: AgentBlueprint, _ session: String?) -> SessionKey? {
        session.map { SessionKey(agent: agent.id, session: $0) }
    }

    /// Who does something, as journals name them.
    func author<Params, Result>(
        _ peer: InspectorState,
        _ method: Method<Params, Result>,
        _ object: String? = nil
    ) -> ChangeAuthor {
        ChangeAuthor(name: peer.name, method: object.map { "\(method.name) \($0)" } ?? method.name)
    }
}

// MARK: The runtime

extension InspectionMethods {
    private func hello(_ peer: InspectorState, _ params: HelloParams) async throws -> MethodAnswer<HelloResult> {
        if let requested = params.version {
            let version = requested.string ?? requested.int.map { String($0) } ?? requested.text
            guard version == Inspection.version else {
                throw RPCError.failed(
                    "protocol_unsupported",
                    "This runtime speaks version \(Inspection.version) of the protocol, not \(version.prefix(bytes: 20)).",
                    hint: "Use an inspector of the same version as the runtime."
                )
            }
        }
        var agents: [Hello.AgentInfo] = []
        for agent in runtime.agents { agents.append(try await info(agent)) }
        let hello = Hello(
            name: "seismo",
            version: SeismoVersion.current,
            node: node,
            started: runtime.started,
            role: peer.role,
            agents: agents,
            capabilities: Methods.all.map(\.name).sorted()
        )
        return MethodAnswer(HelloResult(hello, now: runtime.time.now))
    }

    private func info(_ agent: AgentBlueprint) async throws -> Hello.AgentInfo {
        Hello.AgentInfo(
            id: agent.id,
            hooks: agent.hooks.map {
                .init(name: $0.name, session: $0.selector, isStatic: $0.isStatic, description: $0.description)
            },
            jobs: try await runtime.jobs(of: agent, in: nil),
            tools: agent.toolNames,
            middleware: agent.middlewareNames,
            fields: agent.fieldNames
        )
    }

    private func stats(_ peer: InspectorState, _ params: StatsParams) async throws -> MethodAnswer<StatsResult> {
        guard params.watch, peer.watchStats() else { return MethodAnswer(try await stampedStats()) }
        return MethodAnswer(try await stampedStats()) { line in
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                try await line.notify(.stats, stampedStats().json)
            }
        }
    }

    /// With the runtime's clock, by which inspectors tell how old something is.
    private func stampedStats() async throws -> StatsResult {
        StatsResult(try await currentStats(), now: runtime.time.now)
    }

    private func currentStats() async throws -> RuntimeStats {
        var stats = try await runtime.stats()
        stats.inspectors = inspectors.now
        stats.coalesced = inspectors.merged
        stats.memory = ProcessMemory.resident
        return stats
    }
}

// MARK: Jobs

extension InspectionMethods {
    private func listJobs(_ peer: InspectorState, _ params: JobsParams) async throws -> MethodAnswer<JobsResult> {
        let agent = try runtime.agent(params.agent)
        return MethodAnswer(JobsResult(jobs: try await runtime.jobs(of: agent, in: key(agent, params.session))))
    }

    private func listTicks(_ peer: InspectorState, _ params: TicksParams) async throws -> MethodAnswer<TicksPage> {
        let agent = try runtime.agent(params.agent)
        if let job = params.job, agent.job(job) == nil { throw RuntimeError.jobNotFound(job, agent: agent.id) }
        let (ticks, more) = try await runtime.ticks(
            of: agent,
            in: key(agent, params.session),
            job: params.job,
            before: params.before,
            limit: params.limit ?? 100
        )
        return MethodAnswer(TicksPage(ticks: ticks, more: more))
    }

    private func runJob(_ peer: InspectorState, _ params: JobParams) async throws -> MethodAnswer<JobStarted> {
        let agent = try runtime.agent(params.agent)
        let author = author(peer, Methods.runJob, params.job)
        try await runtime.runJob(params.job, of: agent, on: key(agent, params.session), by: author)
        return MethodAnswer(JobStarted(job: params.job))
    }

    private func pauseJob(_ peer: InspectorState, _ params: JobParams) async throws -> MethodAnswer<JobPaused> {
        let agent = try runtime.agent(params.agent)
        let author = author(peer, Methods.pauseJob, params.job)
        try await runtime.pauseJob(params.job, of: agent, on: key(agent, params.session), by: author)
        return MethodAnswer(JobPaused(job: params.job, isPaused: true))
    }

    private func resumeJob(_ peer: InspectorState, _ params: JobParams) async throws -> MethodAnswer<JobPaused> {
        let agent = try runtime.agent(params.agent)
        let author = author(peer, Methods.resumeJob, params.job)
        try await runtime.resumeJob(params.job, of: agent, on: key(agent, params.session), by: author)
        return MethodAnswer(JobPaused(job: params.job, isPaused: false))
    }
}
