internal import ArgumentParser
internal import Foundation
internal import Inspector
internal import MagmaServer
internal import Terminal
internal import TerminalCurses

/// `seismo inspect`: the interface on a running runtime.
struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens the interface on a running runtime.",
        discussion: """
            The token comes from SEISMO_TOKEN, or from the file that a runtime on this machine left for its user.
            """
    )

    @Argument(help: "Where the runtime is.")
    var address = "ws://127.0.0.1:3000"

    @OptionGroup var options: InterfaceOptions

    func run() async throws {
        try await exitingWithOneSentence {
            let address = try RuntimeAddress(parsing: address)
            let interface = try Interface(options, profile: address.isLoopback ? "local" : address.host)
            try await interface.run(on: address) {
                if let token = ProcessInfo.processInfo.environment["SEISMO_TOKEN"], !token.isEmpty { return token }
                return address.isLoopback ? LocalToken.read(port: address.port)?.secret : nil
            }
        }
    }
}

/// How the interface looks and what it shows.
struct InterfaceOptions: ParsableArguments {
    @Option(help: "Only this agent's sessions.")
    var agent: String?

    @Option(help: "The session to open first.")
    var session: String?

    @Flag(help: "Refuse everything that changes something.")
    var readOnly = false

    @Option(
        help: ArgumentHelp(
            "How it looks: \(Theme.builtInNames.joined(separator: ", ")), or one of your own.",
            valueName: "name"
        )
    )
    var theme: String?
}
