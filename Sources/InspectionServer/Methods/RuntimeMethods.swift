internal import Inspection
internal import Logging
internal import MagmaRuntime
internal import SessionModel

/// What the runtime is, and how it does: `runtime.*`.
struct RuntimeMethods: MethodFamily {
    static let handlers: [MethodHandler] = [
        MethodHandler(Methods.hello, run: RuntimeMethods.hello),
        MethodHandler(Methods.stats, run: RuntimeMethods.stats),
    ]

    let shared: InspectionMethods

    private var node: String { shared.node }
    private var inspectors: InspectorCount { shared.inspectors }

    func hello(_ peer: InspectorState, _ params: HelloParams) async throws -> MethodAnswer<HelloResult> {
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
            capabilities: Methods.all.map(\.name).sorted(),
            nodes: try await nodes
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

    func stats(_ peer: InspectorState, _ params: StatsParams) async throws -> MethodAnswer<StatsResult> {
        guard params.watch, peer.watchStats() else { return MethodAnswer(try await stampedStats(peer)) }
        return MethodAnswer(try await stampedStats(peer)) { line in
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                try await line.notify(.stats, stampedStats(peer).json)
            }
        }
    }

    /// With the runtime's clock, by which inspectors tell how old something is.
    private func stampedStats(_ peer: InspectorState) async throws -> StatsResult {
        var stats = try await ownStats()
        // Another process asks only for what this one does.
        if !peer.isForwarded {
            stats.nodes = try await nodes
            for other in try await shared.others.stats { stats.add(other) }
        }
        return StatsResult(stats, now: runtime.time.now)
    }

    private func ownStats() async throws -> RuntimeStats {
        var stats = try await runtime.stats()
        stats.inspectors = inspectors.now
        stats.coalesced = inspectors.merged
        stats.memory = ProcessMemory.resident
        return stats
    }

    private var nodes: [NodeSummary] {
        get async throws {
            try await runtime.nodes.map {
                NodeSummary(
                    name: $0.contact.name,
                    version: $0.version,
                    lease: $0.lease,
                    isDraining: $0.isDraining,
                    sessions: $0.sessions
                )
            }
        }
    }
}
