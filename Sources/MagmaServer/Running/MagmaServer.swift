internal import AgentAPI
internal import Foundation
internal import InspectionServer
internal import Logging
public import Magma
public import MagmaProviders
internal import MagmaRuntime

/// Runs an author's agents: answers clients, webhooks and inspectors until it is told to stop.
///
/// ```swift
/// try await MagmaServer(SupportAgent.self).run()
/// ```
public struct MagmaServer: Sendable {
    private let agents: [any Agent.Type]
    private let configuration: Configuration?

    /// - Parameter configuration: by default what the environment says, see ``Configuration/init(environment:)``.
    public init(_ agents: any Agent.Type..., configuration: Configuration? = nil) {
        self.agents = agents
        self.configuration = configuration
    }

    /// Serves until SIGTERM or SIGINT; what runs then has ten seconds to finish.
    ///
    /// The first line on stdout is `listening on http://HOST:PORT`; logs go to stderr. Without inspectors' tokens, on
    /// loopback, `seismo inspect` of the same user is let in.
    ///
    /// - Throws: an error whose description is a sentence: two agents of one id, a model without a name, a port in use,
    ///   an address beyond loopback without keys.
    public func run() async throws {
        let environment = try ServerEnvironment.current()
        let configuration = try configuration ?? Configuration(environment: environment)
        Descriptors.reserveStandard()
        Signals.note()
        let secrets = try ServerSecrets(environment)
        let log = Logs.toStandardError(label: "magma")
        var server = ServerConfiguration()
        let (sessions, place) = try await configuration.storage.open(
            configuration.retention,
            server.inspection.redaction.shownTexts,
            log: log
        )
        let runtime = try await Runtime(
            agents: try agents.map { try AgentBlueprint($0) },
            provider: try configuration.provider
                ?? Providers.provider(configuration.providerName, model: configuration.model, environment),
            models: { try Providers.provider($0, model: $1, environment) },
            store: sessions,
            log: log
        )
        server.host = configuration.host
        server.port = configuration.port
        server.api.origins = configuration.origins
        server.api.hosts = configuration.hosts
        if case .postgres(let database) = configuration.storage {
            server.advertised = database.advertised
            server.isClusterPlain = database.isClusterPlain
        }
        server.inspection.node = ProcessInfo.processInfo.hostName
        try await secrets.serving(server, runtime, log: log) { _ in
            log.info("Sessions are kept", metadata: ["in": "\(place)"])
        }
    }
}

extension MagmaServer {
    /// How a server listens, and where its models are. Keys and tokens are only read from the environment:
    /// `SEISMO_API_KEYS`, `SEISMO_VIEWER_TOKEN`, `SEISMO_OPERATOR_TOKEN`, `SEISMO_ADMIN_TOKEN`.
    public struct Configuration: Sendable {
        /// Beyond loopback only with keys and tokens.
        public var host: String
        /// 0 takes a free one.
        public var port: Int
        /// Origins of web pages that may connect, such as `https://example.com`.
        public var origins: [String]
        /// Names by which a server on loopback without keys may be asked for, beside `localhost` and addresses of loopback.
        public var hosts: [String]
        public var providerName: Providers.Name
        /// The model's name.
        public var model: String?
        /// A model of your own, instead of one by name.
        public var provider: (any Provider)?
        public var storage: SessionStorage
        public var retention: SessionStorage.Retention

        public init() {
            host = "127.0.0.1"
            port = 3000
            origins = []
            hosts = []
            providerName = .scripted
            storage = .memory
            retention = SessionStorage.Retention()
        }

        /// Reads `MAGMA_HOST` (`127.0.0.1`), `MAGMA_PORT` (3000), `MAGMA_ORIGINS` and `MAGMA_HOSTS` (comma-separated, none),
        /// `MAGMA_PROVIDER` (`scripted`, which echoes, `openai` or `anthropic`), `MAGMA_MODEL` and `MAGMA_STORE` (`memory`,
        /// `sqlite:PATH`, or `postgres://USER@HOST/DATABASE`, with `MAGMA_LEASE` (10, seconds), `MAGMA_STORE_INSECURE` (1 for
        /// a database on another machine whose certificate is not checked), `MAGMA_ADVERTISE` (how other runtimes on it reach this
        /// one) and `MAGMA_CLUSTER_PLAIN` (1 for without TLS)).
        ///
        /// - Throws: an error whose description names the variable that cannot be read.
        public init(environment: [String: String]) throws {
            self.init()
            host = environment["MAGMA_HOST"] ?? host
            origins = (environment["MAGMA_ORIGINS"] ?? "").split(separator: ",").map(String.init)
            hosts = (environment["MAGMA_HOSTS"] ?? "").split(separator: ",").map(String.init)
            model = environment["MAGMA_MODEL"]
            if let text = environment["MAGMA_PORT"] {
                guard let port = Int(text), (0...65_535).contains(port) else {
                    throw Self.problem("MAGMA_PORT", text, "a number from 0 to 65535")
                }
                self.port = port
            }
            if let text = environment["MAGMA_PROVIDER"] {
                guard let name = Providers.Name(rawValue: text) else {
                    throw Self.problem(
                        "MAGMA_PROVIDER",
                        text,
                        "one of \(Providers.Name.allCases.map(\.rawValue).joined(separator: ", "))"
                    )
                }
                providerName = name
            }
            if let text = environment["MAGMA_STORE"] {
                guard let storage = SessionStorage(text) else {
                    throw Self.problem("MAGMA_STORE", text, "memory, sqlite:PATH or postgres://USER@HOST/DATABASE")
                }
                self.storage = try storage.configured(by: environment)
            }
        }

        fileprivate static func problem(_ name: String, _ text: String, _ requested: String) -> RuntimeError {
            RuntimeError(
                .malformed,
                "setting_invalid",
                // An address may hold a password.
                "\(name) is \(text.contains("@") ? "not understood" : "'\(text.prefix(bytes: 80))'"); it must be \(requested)."
            )
        }
    }
}

extension SessionStorage {
    /// The same with what the environment says of a database.
    fileprivate func configured(by environment: [String: String]) throws -> SessionStorage {
        guard case .postgres(var database) = self else { return self }
        let range = PostgresDatabase.possibleLease
        if let text = environment["MAGMA_LEASE"] {
            guard let seconds = Int(text), range.contains(seconds) else {
                throw MagmaServer.Configuration.problem(
                    "MAGMA_LEASE",
                    text,
                    "a number of seconds from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            database.lease = seconds
        }
        database.isInsecure = try Self.flag("MAGMA_STORE_INSECURE", environment) ?? database.isInsecure
        database.advertised = environment["MAGMA_ADVERTISE"] ?? database.advertised
        database.isClusterPlain = try Self.flag("MAGMA_CLUSTER_PLAIN", environment) ?? database.isClusterPlain
        return .postgres(database)
    }

    private static func flag(_ name: String, _ environment: [String: String]) throws -> Bool? {
        guard let text = environment[name] else { return nil }
        guard ["0", "1"].contains(text) else { throw MagmaServer.Configuration.problem(name, text, "0 or 1") }
        return text == "1"
    }
}
