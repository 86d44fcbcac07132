internal import AgentAPI
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import InspectionServer
package import Logging
package import MagmaRuntime
internal import NIOCore
internal import ServiceLifecycle
internal import WebSocket

/// A runtime behind HTTP and WebSocket, as one service: agent API, hooks and inspection endpoint.
package struct ServerApplication: Service {
    private let runtime: Runtime
    private let configuration: ServerConfiguration
    private let log: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameter onListening: told the port once requests are taken.
    /// - Throws: ``RuntimeError`` `keys_missing` when it should listen beyond loopback without API keys or tokens.
    package init(
        runtime: Runtime,
        configuration: ServerConfiguration,
        log: Logger = Logger(label: "server"),
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        guard configuration.api.isLoopback || (!configuration.api.keys.isEmpty && configuration.inspection.hasTokens)
        else {
            throw RuntimeError(
                .malformed,
                "keys_missing",
                "To listen on \(configuration.host), which others can reach, set SEISMO_API_KEYS and an inspector's token first."
            )
        }
        self.runtime = runtime
        self.configuration = configuration
        self.log = log
        self.onListening = onListening
    }

    /// Serves until graceful shutdown. Connections on which nothing is under way are closed at once, and the runtime is
    /// stopped: it refuses new work and lets what runs finish, while requests are still answered; then the sockets are
    /// closed, and the store.
    package func run() async throws {
        let connections = OpenConnections()
        let services: [any Service] = [try application(connections), runtime]
        do {
            try await withGracefulShutdownHandler {
                try await ServiceGroup(configuration: .init(services: services, logger: log)).run()
            } onGracefulShutdown: {
                connections.closeIdle()
            }
        } catch {
            await runtime.close()
            throw error
        }
        await runtime.close()
    }

    private func application(_ connections: OpenConnections) throws -> some Service {
        let inspection = InspectionEndpoint(runtime: runtime, configuration: configuration.inspection, log: log)
        let api = APIResponder(
            runtime: runtime,
            configuration: configuration.api,
            inspectors: { inspection.inspectors },
            log: log
        )
        let decider = UpgradeDecider(api: api, configuration: configuration.api, inspection: inspection, log: log)
        var limits = configuration.api.limits
        limits.crowd = configuration.maximumConnections * 3 / 4
        let plain = HTTPServerBuilder.http1WebSocket(limits: limits, connections: connections) {
            await decider.decide($0, from: $1)
        }
        return Application(
            responder: CallbackResponder { request, context in
                await api.respond(to: request, from: context.peer)
            }
                as CallbackResponder<ServerContext>,
            server: try configuration.certificate.map { try .tls(plain, tlsConfiguration: $0.configuration) }
                ?? plain,
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "seismo",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    max(1, configuration.maximumConnections),
                    logger: log
                )
            ),
            onServerRunning: { [onListening] channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: log
        )
    }
}

/// What is known of the connection that a request came by.
private struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address that it comes from, without the port.
    let peer: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? ""
    }
}
