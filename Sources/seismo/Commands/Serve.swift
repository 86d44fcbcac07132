public import ArgumentParser
internal import BundledAgents
internal import Foundation
internal import Logging
internal import Magma
public import MagmaProviders
internal import MagmaRuntime
internal import MagmaServer
internal import ServiceLifecycle

/// `seismo serve`: the bundled agents behind HTTP and WebSocket.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the bundled agents and answers clients, webhooks and inspectors.",
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

    @Option(help: ArgumentHelp("Where sessions are kept.", valueName: "memory"))
    var store = StoreChoice.memory

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Which of the bundled agents; all of them by default.", valueName: "name")
    )
    var agent: [String] = []

    @Option(help: "Where the models are.")
    var provider = Providers.Name.scripted

    @Option(help: ArgumentHelp("Which model; for openai and anthropic.", valueName: "name"))
    var model: String?

    func run() async throws {
        let log = Logs.toStandardError(label: "seismo")
        try await exitingWithOneSentence {
            let environment = ProcessInfo.processInfo.environment
            let secrets = try ServerSecrets(environment)
            let runtime = try await Runtime(
                agents: try BundledAgents.blueprints(named: agent),
                provider: try Providers.provider(
                    provider,
                    model: model,
                    environment,
                    scripts: BundledAgents.scripts()
                ),
                log: log
            )
            var configuration = ServerConfiguration()
            configuration.host = host
            configuration.port = port
            configuration.node = ProcessInfo.processInfo.hostName
            try await secrets.serving(configuration, runtime, log: log)
        }
    }
}

/// Where sessions are kept.
enum StoreChoice: String, ExpressibleByArgument, CaseIterable { case memory }

extension Providers.Name: ExpressibleByArgument {}

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
