internal import ArgumentParser
internal import BundledAgents
internal import Foundation
internal import Inspection
internal import InspectionClient
internal import InspectionServer
internal import Inspector
internal import Logging
internal import Magma
internal import MagmaProviders
internal import MagmaRuntime
internal import MagmaServer
internal import ServiceLifecycle
internal import SessionModel

/// `seismo demo`: a runtime, its agents, simulated users and the interface in one process.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Start a demo runtime with simulated users."
    )

    @Option(help: "Seed for the simulated users; the same seed gives the same users.")
    var seed: UInt64 = 1

    @Option(help: "How many users there are.")
    var users = 12

    @Option(help: "Speed of the simulated users; 2 is twice as fast.")
    var speed = 1.0

    @Flag(help: "Show pressed keys, for an audience.")
    var captions = false

    @Flag(help: "A guided tour through everything, in about 90 seconds.")
    var tour = false

    @OptionGroup var options: InterfaceOptions

    func validate() throws {
        guard (1...100_000).contains(users) else { throw ValidationError("--users must be 1 to 100000.") }
        guard (0.01...100).contains(speed) else { throw ValidationError("--speed must be 0.01 to 100.") }
    }

    func run() async throws {
        try await exitingWithOneSentence {
            let interface = try Interface(options, profile: "demo")
            let runtime = try await Runtime(
                agents: try BundledAgents.blueprints(named: []),
                provider: ScriptedProvider(BundledAgents.scripts(pace: .milliseconds(60))),
                log: Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() }
            )
            try await DemoServer(runtime: runtime).run { address, token in
                try await show(interface, address, token, runtime)
            }
        }
    }

    private func show(_ interface: Interface, _ address: RuntimeAddress, _ token: String, _ runtime: Runtime)
        async throws
    {
        let crowd = DemoCrowd(runtime: runtime, seed: seed, users: users, speed: speed)
        let simulation = Task { await crowd.run() }
        defer { simulation.cancel() }
        let guide = tour ? DemoTour(speed: speed) : nil
        try await interface.run(
            on: address,
            through: RuntimeConnector(to: address) { token },
            isRemembered: false,
            captions: captions || tour,
            tour: guide
        )
    }
}

/// Runs `body` with the demo's runtime on a free port of loopback.
struct DemoServer {
    let runtime: Runtime
    var role = Role.admin

    func run(_ body: (RuntimeAddress, String) async throws -> Void) async throws {
        let token = LocalToken.make().secret
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.inspection.node = "demo"
        configuration.inspection.tokens = [InspectorToken(name: "demo", role: role, secret: token)]
        let quiet = Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() }
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = try ServerApplication(runtime: runtime, configuration: configuration, log: quiet) {
            listening.yield($0)
        }
        let group = ServiceGroup(configuration: .init(services: [server], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { listening.finish() }
                try await group.run()
            }
            for await port in ports {
                defer { tasks.cancelAll() }
                return try await body(RuntimeAddress(host: "127.0.0.1", port: port), token)
            }
            try await tasks.next()
        }
    }
}
