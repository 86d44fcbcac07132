internal import ArgumentParser
internal import MagmaServer

/// The command: looks into sessions, and runs what it looks into.
@main
struct Seismo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seismo",
        abstract: "Looks into the sessions of a running agent runtime, live, in a terminal.",
        version: SeismoVersion.current,
        subcommands: [Demo.self, Inspect.self, Serve.self],
        defaultSubcommand: Inspect.self
    )
}
