internal import BundledAgents
internal import Hummingbird
internal import Logging
internal import MagmaProviders
internal import MagmaRuntime
internal import MagmaServer
internal import ServiceLifecycle

/// What the floor reads and answers.
private struct Message: ResponseCodable { let message: String }

/// Runs the measured servers on free ports of loopback.
enum Servers {
    static let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }

    /// The floor: plain Hummingbird that reads a JSON body and answers one.
    static func floor<Value: Sendable>(_ body: (Int) async throws -> Value) async throws -> Value {
        let router = Router()
        router.post("chat") { request, context in try await request.decode(as: Message.self, context: context) }
        let (ports, line) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in line.yield(channel.localAddress?.port ?? 0) },
            logger: quiet
        )
        return try await serving(application, ports, body)
    }

    /// The echo agent on a store.
    static func echo<Value: Sendable>(
        on store: any SessionStore,
        _ body: (Int) async throws -> Value
    ) async throws -> Value {
        let runtime = try await runtime(on: store)
        var configuration = ServerConfiguration()
        configuration.port = 0
        let (ports, line) = AsyncStream.makeStream(of: Int.self)
        let server = try ServerApplication(runtime: runtime, configuration: configuration, log: quiet) {
            line.yield($0)
        }
        return try await serving(server, ports, body)
    }

    /// The echo agent without a server before it.
    static func runtime(on store: any SessionStore) async throws -> Runtime {
        try await Runtime(
            agents: [AgentBlueprint(EchoAgent.self)],
            provider: ScriptedProvider(BundledAgents.scripts(pace: .zero)),
            store: store,
            log: quiet
        )
    }

    private static func serving<Value: Sendable>(
        _ service: some Service,
        _ ports: AsyncStream<Int>,
        _ body: (Int) async throws -> Value
    ) async throws -> Value {
        let group = ServiceGroup(configuration: .init(services: [service], logger: quiet))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw Load.Failed(description: "the server did not start") }
            let value = try await body(port)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        }
    }
}
