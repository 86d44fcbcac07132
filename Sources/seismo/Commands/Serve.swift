internal import ArgumentParser
internal import BundledAgents
internal import Foundation
internal import InspectionServer
internal import Logging
internal import Magma
internal import MagmaRuntime
public import MagmaServer
internal import ServiceLifecycle
internal import SessionModel

/// `seismo serve`: the bundled agents behind HTTP and WebSocket.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the bundled agents and answer clients, webhooks and inspectors.",
        discussion: """
            Keys and tokens come from the environment: SEISMO_API_KEYS (comma-separated), SEISMO_VIEWER_TOKEN, \
            SEISMO_OPERATOR_TOKEN, SEISMO_ADMIN_TOKEN. With none of the tokens set, on loopback, an admin's token is made \
            and left where `seismo inspect` of the same user finds it.

            Models: OPENAI_API_KEY, and OPENAI_BASE_URL for any compatible server (Ollama, vLLM, llama.cpp, Groq); \
            ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL.
            """
    )

    @Option(help: "The address to listen on; beyond loopback only with keys and tokens.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 3000

    @OptionGroup var sessions: SessionOptions

    @Option(
        help: ArgumentHelp(
            "Resource limits: \(LimitSetting.allNames). May be given more than once: --limit rate=50 --limit body=1MB.",
            valueName: "name=value"
        ),
        transform: LimitSetting.init
    )
    var limit: [LimitSetting] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Which of the bundled agents; all of them by default.", valueName: "name")
    )
    var agent: [String] = []

    @OptionGroup var access: AccessOptions

    @Option(help: "How the log is written to stderr; LOG_LEVEL says how much.")
    var logFormat = Logs.Format.text

    @OptionGroup var models: ModelChoice

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port is \(port); it must be a number from 0 to 65535.")
        }
    }

    func run() async throws {
        if !sessions.check { Signals.note() }
        let log = Logs.toStandardError(label: "seismo", as: logFormat)
        try await exitingWithOneSentence {
            if sessions.check { return try await checkStore() }
            let environment = try ServerEnvironment.current()
            let secrets = try ServerSecrets(environment)
            var limits = RuntimeLimits()
            limits.sessions.idle = sessions.idle.milliseconds
            var configuration = ServerConfiguration()
            for setting in limit { setting.apply(to: &configuration, &limits) }
            let agents = try BundledAgents.blueprints(named: agent)
            let provider = try models.provider(environment)
            try access.apply(to: &configuration, log)
            let (store, place) = try await sessions.storage.open(
                sessions.retention,
                configuration.inspection.redaction.shownTexts,
                log: log
            )
            let runtime = try await Runtime(
                agents: agents,
                provider: provider,
                models: { try models.provider($0, model: $1, environment) },
                store: store,
                limits: limits,
                log: log
            )
            configuration.host = host
            configuration.port = port
            if case .postgres(let database) = sessions.storage {
                configuration.advertised = database.advertised
                configuration.isClusterPlain = database.isClusterPlain
            }
            configuration.inspection.node = ProcessInfo.processInfo.hostName
            try await secrets.serving(configuration, runtime, log: log) { _ in
                log.info("Sessions are kept", metadata: ["in": "\(place)"])
            }
        }
    }
}

extension Serve {
    /// Exits with 1 when something is wrong.
    private func checkStore() async throws {
        let (summary, problems) = try await sessions.storage.check()
        for problem in problems { StandardOutput.line(problem) }
        StandardOutput.line(summary)
        if !problems.isEmpty { throw ExitCode(1) }
    }
}

extension Logs.Format: ExpressibleByArgument {}

extension BundledAgents {
    /// - Parameter names: empty for all.
    static func blueprints(named names: [String]) throws -> [AgentBlueprint] {
        let blueprints = try all.map { try AgentBlueprint($0) }
        if names.isEmpty { return blueprints }
        return try names.map { name in
            guard let blueprint = blueprints.first(where: { $0.id == name }) else {
                throw UsageError(
                    "There is no agent '\(name)'; there are \(blueprints.map(\.id).joined(separator: ", "))."
                )
            }
            return blueprint
        }
    }
}
