internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import MagmaServer
internal import SessionModel

/// Which runtime a command asks.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The runtime's address; by default that of the profile, or \(ChosenRuntime.usualAddress).",
            valueName: "ws://HOST:PORT"
        )
    )
    var runtime: String?

    @Option(
        help: ArgumentHelp("A profile of config.yaml: an address with its token.", valueName: "name"),
        completion: .profiles
    )
    var profile: String?

    @Option(help: ArgumentHelp("The authority that a wss:// runtime's certificate is from, in PEM.", valueName: "path"))
    var ca: String?

    func chosen(_ settings: InterfaceSettings = .read()) throws -> ChosenRuntime {
        try ChosenRuntime(runtime, profile: profile, authority: ca, settings)
    }

    /// Connects, says hello, and gives `body` the runtime.
    ///
    /// - Throws: what `body` throws, or an exit code after its sentence was said.
    func run(_ body: (Asked) async throws -> Void) async throws {
        let chosen = try chosen()
        try await Asked.run(try chosen.connector(), at: chosen.address, body)
    }
}

/// Which session a command reads: of a runtime, or of a capsule in a file.
struct SourceOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions

    @Option(help: ArgumentHelp("Read a capsule's session, with no runtime.", valueName: "capsule"))
    var file: String?

    func run(_ body: (Asked) async throws -> Void) async throws {
        guard let file else { return try await connection.run(body) }
        let runtime = try await CapsuleFile(path: file).runtime()
        try await DemoServer(runtime: runtime, role: .viewer).run { address, token in
            try await Asked.run(RuntimeConnector(to: address) { token }, at: address, body)
        }
    }
}

/// The runtime that a command asks, and what it said of itself.
struct Asked {
    let client: InspectionClient
    let hello: Hello
    /// The runtime's clock when it said so, in milliseconds since 1970.
    let began: Int64

    /// For answers to what only reads; anything else may take as long as a turn does.
    private static let patience = Duration.seconds(30)

    static func run(
        _ connector: RuntimeConnector,
        at address: RuntimeAddress,
        _ body: (Asked) async throws -> Void
    ) async throws {
        do {
            try await InspectionClient.with(connector, patience: Self.patience) { client in
                let answer = try await client.hello()
                guard let hello = answer.hello, answer.version == Inspection.version else {
                    let spoken = answer.version ?? "none"
                    throw CommandFailure(
                        "The runtime speaks version \(spoken) of the inspection protocol, and this program version \(Inspection.version). Use the versions that belong together."
                    )
                }
                try await body(Asked(client: client, hello: hello, began: answer.now ?? hello.started))
            }
        } catch let failure as RuntimeConnector.Failure {
            throw failure.told(of: address)
        } catch let unreadable as InspectionClient.Unreadable {
            throw CommandFailure(
                "The runtime at \(address) answered what cannot be read. \(unreadable)",
                ExitReason.connection
            )
        } catch let lost as InspectionClient.Lost {
            throw CommandFailure("The link to \(address) was lost: \(lost.reason).", ExitReason.connection)
        }
    }
}

extension RuntimeConnector.Failure {
    /// The sentence and the exit code for it.
    func told(of address: RuntimeAddress) -> CommandFailure {
        if case .refused(let status, let message) = self, status == 401 || status == 403 {
            return CommandFailure(
                "The runtime at \(address) refused access: \(message) Set SEISMO_TOKEN to a token that it knows.",
                ExitReason.notAllowed
            )
        }
        let others = LocalToken.runningPorts.filter { !address.isLoopback || $0 != address.port }
        let advice =
            others.isEmpty
            ? "Start one with 'seismo serve', or try 'seismo demo'."
            : "On this machine there is one at \(others.map { "ws://127.0.0.1:\($0)" }.joined(separator: " and ")); or start one with 'seismo serve'."
        return CommandFailure("No runtime could be reached at \(address): \(words). \(advice)", ExitReason.connection)
    }
}

extension InspectionClient {
    /// What the runtime says of itself.
    ///
    /// - Throws: ``Lost`` when it does not answer in time, such as a server of something else.
    func hello() async throws -> HelloResult {
        try await call(Methods.hello, .current, within: .seconds(10)).result
    }
}
