internal import ArgumentParser
internal import Foundation
internal import InspectionClient
internal import Inspector
internal import MagmaServer
internal import Terminal
internal import TerminalCurses

/// `seismo inspect`: the interface on a running runtime.
struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Open the interface on a running runtime.",
        discussion: """
            The token comes from SEISMO_TOKEN, or from the file that a runtime on this machine left for its user.
            """
    )

    @Argument(
        help:
            "The runtime's address: ws://HOST:PORT or wss://HOST:PORT. By default that of the profile, or ws://127.0.0.1:3000."
    )
    var address: String?

    @Option(help: "A profile of config.yaml: an address with its token, theme and read-only setting.")
    var profile: String?

    @Option(help: ArgumentHelp("The authority that a wss:// runtime's certificate is from, in PEM.", valueName: "path"))
    var ca: String?

    @OptionGroup var options: InterfaceOptions

    func run() async throws {
        try await exitingWithOneSentence {
            try checkAddress()
            let settings = InterfaceSettings.read()
            let chosen = try ChosenRuntime(address, profile: profile, authority: ca, settings)
            var options = options
            if chosen.settings?.isReadOnly == true { options.readOnlyProfile = chosen.profile }
            options.theme = options.theme ?? chosen.settings?.theme
            let name = chosen.profile ?? (chosen.address.isLoopback ? "local" : chosen.address.host)
            let interface = try Interface(options, profile: name)
            try await interface.run(on: chosen.address, through: try chosen.connector())
        }
    }

    /// Treats a single word as an unknown command, not as a host.
    private func checkAddress() throws {
        guard let address, !address.contains(where: { ":./[".contains($0) }), address != "localhost" else { return }
        throw UsageError(
            "There is no command '\(address)'. See 'seismo --help'; the address of a runtime is ws://HOST:PORT."
        )
    }
}

/// How the interface looks and what it shows.
struct InterfaceOptions: ParsableArguments {
    @Option(help: "Only this agent's sessions.")
    var agent: String?

    @Option(help: "The session to open first.")
    var session: String?

    @Flag(help: "Disable all changes.")
    var readOnly = false

    /// The profile that says the same.
    var readOnlyProfile: String?
    /// Whether a capsule in a file is shown.
    var isFile = false

    /// Why nothing can be changed, and never can be while this interface runs.
    var readOnlyReason: String? {
        if isFile { return "A session from a file is read-only." }
        if readOnly { return "It was started with --read-only." }
        return readOnlyProfile.map { "The profile '\($0)' is read-only." }
    }

    @Option(
        help: ArgumentHelp(
            "How it looks: \(Theme.builtInNames.joined(separator: ", ")), or one of your own.",
            valueName: "name"
        )
    )
    var theme: String?
}
