package import SessionModel

/// What a runtime says of itself: the answer to `runtime.hello`.
package struct Hello: Sendable, Hashable {
    package struct AgentInfo: Sendable, Hashable {
        package struct Hook: Sendable, Hashable {
            package var name: String
            package var session: String
            package var isStatic: Bool
            package var description: String

            package init(name: String, session: String, isStatic: Bool, description: String) {
                self.name = name
                self.session = session
                self.isStatic = isStatic
                self.description = description
            }
        }

        package var id: String
        package var hooks: [Hook]
        package var jobs: [JobStatus]
        package var tools: [String]
        package var middleware: [String]
        package var fields: [String]

        package init(
            id: String,
            hooks: [Hook],
            jobs: [JobStatus],
            tools: [String],
            middleware: [String],
            fields: [String]
        ) {
            self.id = id
            self.hooks = hooks
            self.jobs = jobs
            self.tools = tools
            self.middleware = middleware
            self.fields = fields
        }
    }

    package var name: String
    package var version: String
    package var node: String
    package var started: Int64
    package var role: Role
    package var agents: [AgentInfo]
    package var capabilities: [String]
    /// The runtimes that use its database together; none where it is alone.
    package var nodes: [NodeSummary]

    package init(
        name: String,
        version: String,
        node: String,
        started: Int64,
        role: Role,
        agents: [AgentInfo],
        capabilities: [String],
        nodes: [NodeSummary] = []
    ) {
        self.name = name
        self.version = version
        self.node = node
        self.started = started
        self.role = role
        self.agents = agents
        self.capabilities = capabilities
        self.nodes = nodes
    }
}

extension Hello {
    package var json: JSON {
        .members([
            "name": .string(name), "version": .string(version), "protocol": .string(Inspection.version),
            "node": .string(node), "started": .int(Int(started)), "role": .string(role.rawValue),
            "agents": .array(agents.map(\.json)), "capabilities": .array(capabilities.map(JSON.string)),
            "limits": ["message": .int(Inspection.maximumMessage), "rows": 1000, "history": 1000],
            "nodes": NodeSummary.json(nodes),
        ])
    }

    package init?(json: JSON) {
        guard let name = json["name"]?.string, let role = json["role"]?.word.flatMap(Role.init(rawValue:)) else {
            return nil
        }
        self.init(
            name: name,
            version: json["version"]?.string ?? "",
            node: json["node"]?.string ?? "",
            started: json.time("started") ?? 0,
            role: role,
            agents: json["agents"]?.array?.compactMap(AgentInfo.init(json:)) ?? [],
            capabilities: json["capabilities"]?.array?.compactMap(\.string) ?? [],
            nodes: NodeSummary.read(json["nodes"])
        )
    }
}

extension Hello.AgentInfo {
    var json: JSON {
        [
            "id": .string(id), "hooks": .array(hooks.map(\.json)), "jobs": .array(jobs.map(\.json)),
            "tools": .array(tools.map(JSON.string)), "middleware": .array(middleware.map(JSON.string)),
            "fields": .array(fields.map(JSON.string)),
        ]
    }

    init?(json: JSON) {
        guard let id = json["id"]?.string else { return nil }
        func texts(_ name: String) -> [String] { json[name]?.array?.compactMap(\.string) ?? [] }
        self.init(
            id: id,
            hooks: json["hooks"]?.array?.compactMap(Hook.init(json:)) ?? [],
            jobs: json["jobs"]?.array?.compactMap(JobStatus.init(json:)) ?? [],
            tools: texts("tools"),
            middleware: texts("middleware"),
            fields: texts("fields")
        )
    }
}

extension Hello.AgentInfo.Hook {
    var json: JSON {
        [
            "name": .string(name), "session": .string(session), "static": .bool(isStatic),
            "description": .string(description),
        ]
    }

    init?(json: JSON) {
        guard let name = json["name"]?.string else { return nil }
        self.init(
            name: name,
            session: json["session"]?.string ?? "",
            isStatic: json["static"]?.bool ?? false,
            description: json["description"]?.string ?? ""
        )
    }
}
