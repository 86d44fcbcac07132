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
    static let handlers: [Method: MethodHandler] = [
        .hello: MethodHandler { try await $0.hello($1, $2) },
        .stats: MethodHandler { try await $0.stats($1, $2) },
        .watchSessions: MethodHandler { try await $0.watchSessions($1, $2) },
        .viewSessions: MethodHandler { try await $0.viewSessions($1, $2) },
        .unwatchSessions: MethodHandler { try await $0.unwatch($1, $2) },
        .attach: MethodHandler { try await $0.attach($1, $2) },
        .detach: MethodHandler { try await $0.detach($1, $2) },
        .history: MethodHandler { try await $0.history($1, $2) },
        .at: MethodHandler { try await $0.at($1, $2) },
        .getContent: MethodHandler(pace: .oneByOne) { try await $0.getContent($1, $2) },
        .diff: MethodHandler { try await $0.diff($1, $2) },
        .send: MethodHandler(pace: .slow) { try await $0.send($1, $2) },
        .cancel: MethodHandler { try await $0.cancel($1, $2) },
        .create: MethodHandler(pace: .slow) { try await $0.create($1, $2) },
        .keep: MethodHandler(pace: .slow) { try await $0.keep($1, $2) },
        .snapshot: MethodHandler(pace: .slow) { try await $0.snapshot($1, $2) },
        .listSnapshots: MethodHandler { try await $0.listSnapshots($1, $2) },
        .deleteSnapshot: MethodHandler { try await $0.deleteSnapshot($1, $2) },
        .fork: MethodHandler(pace: .slow) { try await $0.fork($1, $2) },
        .restore: MethodHandler(pace: .slow) { try await $0.restore($1, $2) },
        .edit: MethodHandler(pace: .slow) { try await $0.edit($1, $2) },
        .export: MethodHandler { try await $0.export($1, $2) },
        .importCapsule: MethodHandler { try await $0.importCapsule($1, $2) },
        .stopExport: MethodHandler { try await $0.stopExport($1, $2) },
        .importChunk: MethodHandler { try await $0.importChunk($1, $2) },
        .importEnd: MethodHandler { try await $0.importEnd($1, $2) },
        .stopImport: MethodHandler { try await $0.stopImport($1, $2) },
        .delete: MethodHandler(pace: .slow) { try await $0.delete($1, $2) },
        .end: MethodHandler(pace: .slow) { try await $0.end($1, $2) },
        .listHooks: MethodHandler { try await $0.listHooks($1, $2) },
        .watchHooks: MethodHandler { try await $0.watchHooks($1, $2) },
        .unwatchHooks: MethodHandler { try await $0.unwatch($1, $2) },
        .getHook: MethodHandler(pace: .oneByOne) { try await $0.getHook($1, $2) },
        .resolveHook: MethodHandler(pace: .slow) { try await $0.resolveHook($1, $2) },
        .replayHook: MethodHandler(pace: .slow) { try await $0.replayHook($1, $2) },
        .sendHook: MethodHandler(pace: .slow) { try await $0.sendHook($1, $2) },
        .reveal: MethodHandler { try await $0.reveal($1, $2) },
        .listAudit: MethodHandler { try await $0.listAudit($1, $2) },
        .listJobs: MethodHandler { try await $0.listJobs($1, $2) },
        .listTicks: MethodHandler { try await $0.listTicks($1, $2) },
        .runJob: MethodHandler { try await $0.runJob($1, $2) },
        .pauseJob: MethodHandler { try await $0.pauseJob($1, $2) },
        .resumeJob: MethodHandler { try await $0.resumeJob($1, $2) },
    ]

    func agent(_ params: Params) throws -> AgentBlueprint { try runtime.agent(try params.text("agent")) }

    /// The session that a method is about; the runtime says whether it is there.
    func session(_ params: Params) throws -> SessionKey {
        SessionKey(agent: try agent(params).id, session: try params.text("session"))
    }

    /// The agent that a list is of, if it names one.
    func optionalAgent(_ params: Params) throws -> AgentBlueprint? {
        try params.optionalText("agent") == nil ? nil : try agent(params)
    }

    func optionalSession(_ params: Params) throws -> SessionKey? {
        try params.optionalText("session") == nil ? nil : try session(params)
    }

    /// Who does something, as journals name them.
    func author(_ peer: InspectorState, _ method: Method, _ object: String? = nil) -> ChangeAuthor {
        ChangeAuthor(name: peer.name, method: object.map { "\(method.name) \($0)" } ?? method.name)
    }
}

// MARK: The runtime

extension InspectionMethods {
    private func hello(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        if let requested = params.json["protocol"], !requested.isNull {
            let version = requested.string ?? requested.int.map { String($0) } ?? requested.text
            guard version == Inspection.version else {
                throw RPCError.failed(
                    "protocol_unsupported",
                    "This runtime speaks version \(Inspection.version) of the protocol, not \(version.prefix(bytes: 20)).",
                    hint: "Use an inspector of the same age as the runtime."
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
            capabilities: Method.all.map(\.name).sorted()
        )
        return MethodAnswer(stamped(hello.json))
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

    private func stats(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        guard try params.flag("watch"), peer.watchStats() else {
            return MethodAnswer(stamped(try await currentStats().json))
        }
        return MethodAnswer(stamped(try await currentStats().json)) { line in
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                try await line.notify(.stats, stamped(try await currentStats().json))
            }
        }
    }

    /// With the runtime's clock, by which inspectors tell how old something is.
    private func stamped(_ json: JSON) -> JSON {
        var members = json.object ?? [:]
        members["now"] = .int(Int(runtime.time.now))
        return .object(members)
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
    private func listJobs(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let jobs = try await runtime.jobs(of: try agent(params), in: try optionalSession(params))
        return MethodAnswer(["jobs": .array(jobs.map(\.json))])
    }

    private func listTicks(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let agent = try agent(params)
        let job = try params.optionalText("job")
        if let job, agent.job(job) == nil { throw RuntimeError.jobNotFound(job, agent: agent.id) }
        let (ticks, more) = try await runtime.ticks(
            of: agent,
            in: try optionalSession(params),
            job: job,
            before: try params.optionalTime("before"),
            limit: try params.int("limit", default: 100, in: 1...1000)
        )
        return MethodAnswer(["ticks": .array(ticks.map(\.json)), "more": .bool(more)])
    }

    private func runJob(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let job = try params.text("job")
        try await runtime.runJob(
            job,
            of: try agent(params),
            on: try optionalSession(params),
            by: author(peer, .runJob, job)
        )
        return MethodAnswer(["job": .string(job), "started": true])
    }

    private func pauseJob(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let job = try params.text("job")
        try await runtime.pauseJob(
            job,
            of: try agent(params),
            on: try optionalSession(params),
            by: author(peer, .pauseJob, job)
        )
        return MethodAnswer(["job": .string(job), "paused": true])
    }

    private func resumeJob(_ peer: InspectorState, _ params: Params) async throws -> MethodAnswer {
        let job = try params.text("job")
        try await runtime.resumeJob(
            job,
            of: try agent(params),
            on: try optionalSession(params),
            by: author(peer, .resumeJob, job)
        )
        return MethodAnswer(["job": .string(job), "paused": false])
    }
}
