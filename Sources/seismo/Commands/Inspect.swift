internal import ArgumentParser
internal import Foundation
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
            let known = try chosen(settings)
            let address = try RuntimeAddress(parsing: address ?? known?.address ?? "ws://127.0.0.1:3000")
            var options = options
            if known?.isReadOnly == true { options.readOnlyProfile = profile ?? settings.profile }
            options.theme = options.theme ?? known?.theme
            let named = known == nil ? nil : profile ?? settings.profile
            let interface = try Interface(options, profile: named ?? (address.isLoopback ? "local" : address.host))
            try await interface.run(on: address, authority: ca ?? known?.authorityFile) {
                if let token = known?.token, !token.isEmpty { return token }
                if let token = ProcessInfo.processInfo.environment["SEISMO_TOKEN"], !token.isEmpty { return token }
                return address.isLoopback ? LocalToken.read(port: address.port)?.secret : nil
            }
        }
    }

    /// Treats a single word as an unknown command, not as a host.
    private func checkAddress() throws {
        guard let address, !address.contains(where: { ":./[".contains($0) }), address != "localhost" else { return }
        throw UsageError(
            "There is no command '\(address)'. See 'seismo --help'; the address of a runtime is ws://HOST:PORT."
        )
    }

    /// The profile that is asked for, or the usual one when no address is given.
    private func chosen(_ settings: InterfaceSettings) throws -> InterfaceSettings.Profile? {
        guard let name = profile ?? (address == nil ? settings.profile : nil) else { return nil }
        guard let known = settings.profiles[name] else {
            let names = settings.profiles.keys.sorted().joined(separator: ", ")
            throw UsageError("There is no profile '\(name)'\(names.isEmpty ? "" : "; there are \(names)").")
        }
        return known
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
