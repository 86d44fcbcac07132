internal import AgentAPI
internal import Foundation
internal import HummingbirdCore
internal import HummingbirdTLS
internal import InspectionServer
package import Logging
package import MagmaRuntime
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import WebSocket
internal import WorkPool

/// A runtime behind HTTP and WebSocket, as one service: agent API, hooks and inspection endpoint.
package struct ServerApplication: Service {
    /// As many as this process may use cores, in a container those that it was given; a thread more than that costs a switch with
    /// each request.
    private static let eventLoops = MultiThreadedEventLoopGroup(
        numberOfThreads: min(System.coreCount, WorkPool.cores)
    )

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
        try configuration.checkAdvertised()
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
        let forwarder = try await RequestForwarder(of: runtime, log: log)
        let services: [any Service] = [try server(connections, forwarder), runtime]
        do {
            try await withGracefulShutdownHandler {
                try await ServiceGroup(configuration: .init(services: services, logger: log)).run()
            } onGracefulShutdown: {
                connections.closeIdle()
            }
        } catch {
            await forwarder?.shutdown()
            await runtime.close()
            throw error
        }
        await forwarder?.shutdown()
        await runtime.close()
    }

    /// Tells other processes on the same store how this one is reached.
    private func announce(_ port: Int) async {
        guard await (try? runtime.nodes)?.isEmpty == false else { return }
        let address = configuration.advertised(port: port) ?? ""
        if address.isEmpty {
            log.warning("Other runtimes on this database cannot reach this one; name its address with --advertise")
        }
        let contact = NodeContact(
            name: "\(configuration.inspection.node):\(port)",
            address: address,
            certificate: address.hasPrefix("https") ? configuration.certificate?.pem : nil
        )
        do { try await runtime.announce(contact) } catch {
            log.error("The database was not told this runtime's address", metadata: ["error": "\(error)"])
        }
    }

    private func server(_ connections: OpenConnections, _ forwarder: RequestForwarder?) throws -> any Service {
        let inspection = InspectionEndpoint(
            runtime: runtime,
            configuration: configuration.inspection,
            access: forwarder?.access,
            log: log
        )
        let api = APIResponder(
            runtime: runtime,
            configuration: configuration.api,
            inspectors: { inspection.inspectors },
            forwarder: forwarder,
            log: log
        )
        let decider = UpgradeDecider(api: api, configuration: configuration.api, inspection: inspection, log: log)
        var limits = configuration.api.limits
        limits.crowd = configuration.maximumConnections * 3 / 4
        let plain = WebSocketUpgradeChannel(
            name: "seismo",
            limits: limits,
            connections: connections,
            // Handlers of agents run on this pool: switching to it once is cheaper than switching for each of them.
            executor: WorkPool.shared,
            decide: { await decider.decide($0) },
            respond: { await api.respond(to: $0) }
        )
        let certificate = try configuration.certificate.map {
            try TLSChannel(plain, tlsConfiguration: $0.configuration)
        }
        let channel: any ServerChildChannel = certificate ?? plain
        return channel.server(
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    max(1, configuration.maximumConnections),
                    logger: log
                )
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                await announce(port)
                await onListening(port)
            },
            eventLoopGroup: Self.eventLoops,
            logger: log
        )
    }
}
