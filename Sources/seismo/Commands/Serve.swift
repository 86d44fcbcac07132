internal import AgentAPI
public import ArgumentParser
internal import BundledAgents
internal import Foundation
internal import Inspection
public import InspectionServer
internal import Logging
internal import Magma
public import MagmaProviders
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

    @Option(help: ArgumentHelp("Where sessions are kept.", valueName: "memory|sqlite:PATH"))
    var store = SessionStorage.sqlite(path: nil)

    @Flag(help: "Check the store, report problems, and exit.")
    var check = false

    @Option(
        help: ArgumentHelp("Idle time after which a session sleeps, such as 90s, 10m or 1h.", valueName: "time")
    )
    var idle = DurationArgument(milliseconds: 600_000)

    @Option(help: ArgumentHelp("Days after which events may be dropped; by default never.", valueName: "days"))
    var keepDays: Int?

    @Option(help: ArgumentHelp("Events a session beyond which the oldest may be dropped.", valueName: "number"))
    var keepEvents: Int?

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

    @Option(
        help: ArgumentHelp(
            "A name by which clients on this machine may ask for the server, where no keys are set; may be given more than once.",
            valueName: "name"
        )
    )
    var allowHost: [String] = []

    @Option(help: ArgumentHelp("More tokens of inspectors, as 'seismo token' makes them.", valueName: "path"))
    var tokens = TokenFile.usualPath

    @Option(
        help: ArgumentHelp("Keys whose values no inspector sees, beside credentials; * is any text.", valueName: "key")
    )
    var redact: [String] = []

    @Option(help: "Personal data that no inspector sees; may be given more than once.")
    var mask: [PersonalData] = []

    @Option(
        help: ArgumentHelp(
            "Speak TLS, with this certificate and those that lead to its authority, in PEM.",
            valueName: "path"
        )
    )
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's key, in PEM.", valueName: "path"))
    var tlsKey: String?

    @Option(help: "How the log is written to stderr; LOG_LEVEL says how much.")
    var logFormat = Logs.Format.text

    @Option(help: "Model provider.")
    var provider = Providers.Name.scripted

    @Option(help: ArgumentHelp("Which model; for openai and anthropic.", valueName: "name"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "What the model's server takes: temperature, stream_options, system_inside or repeated_roles, each =on or =off, or limit=max_tokens; may be repeated.",
            valueName: "option=value"
        )
    )
    var modelOption: [String] = []

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port is \(port); it must be a number from 0 to 65535.")
        }
        _ = try options
        try Self.check("--keep-days", keepDays, SessionStorage.Retention.possibleDays)
        try Self.check("--keep-events", keepEvents, SessionStorage.Retention.possibleEvents)
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key go together.")
        }
    }

    private var options: ModelOptions {
        get throws {
            var options = ModelOptions()
            for text in modelOption {
                do { try options.set(text) } catch { throw ValidationError("--model-option: \(error)") }
            }
            return options
        }
    }

    private static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("\(name) is \(value); it must be \(range.lowerBound) to \(range.upperBound).")
    }

    func run() async throws {
        if !check { Signals.note() }
        let log = Logs.toStandardError(label: "seismo", as: logFormat)
        try await exitingWithOneSentence {
            if check { return try checkStore() }
            let environment = ProcessInfo.processInfo.environment
            let secrets = try ServerSecrets(environment)
            var limits = RuntimeLimits()
            limits.idle = idle.milliseconds
            var configuration = ServerConfiguration()
            for setting in limit { setting.apply(to: &configuration, &limits) }
            let agents = try BundledAgents.blueprints(named: agent)
            let provider = try Providers.provider(
                provider,
                model: model,
                environment,
                options: try options,
                scripts: BundledAgents.scripts()
            )
            let (sessions, place) = try store.open(SessionStorage.Retention(days: keepDays, events: keepEvents))
            let runtime = try await Runtime(
                agents: agents,
                provider: provider,
                store: sessions,
                limits: limits,
                log: log
            )
            configuration.host = host
            configuration.port = port
            configuration.api.hosts = allowHost
            let register = TokenFile(path: tokens, log: log)
            _ = try register.entries()
            configuration.inspection.tokenFile = register
            configuration.inspection.redaction = Redaction(keys: redact, masks: Set(mask))
            if let tlsCert, let tlsKey {
                configuration.certificate = try ServerCertificate(certificate: tlsCert, key: tlsKey, log: log)
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
    private func checkStore() throws {
        let (summary, problems) = try store.check()
        for problem in problems { StandardOutput.line(problem) }
        StandardOutput.line(summary)
        if !problems.isEmpty { throw ExitCode(1) }
    }
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

    var defaultValueDescription: String { "\(milliseconds / 60_000)m" }
}

extension Providers.Name: ExpressibleByArgument {}

extension PersonalData: ExpressibleByArgument {}

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
