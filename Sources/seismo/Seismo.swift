internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import MagmaServer
internal import Terminal

/// The command: looks into sessions, and runs what it looks into.
@main
struct Seismo: AsyncParsableCommand {
    // Every command names itself: the library would find the name out from its type, at each start.
    static let configuration = CommandConfiguration(
        commandName: "seismo",
        abstract: "Inspect the sessions of a running agent runtime, live, in a terminal.",
        version: SeismoVersion.current,
        subcommands: [
            Demo.self, Inspect.self, Open.self, Serve.self, Token.self, Sessions.self, Hooks.self, Jobs.self, Tail.self,
            Stats.self, Audit.self, Doctor.self, ThemesCommand.self, Completions.self, Manual.self, MCPCommand.self,
        ],
        defaultSubcommand: Inspect.self
    )

    /// Parses and runs; what was typed wrong is one sentence on stderr and exit code 2.
    static func main() async {
        Descriptors.reserveStandard()
        do {
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            let problem = message(for: error).split(separator: "\n").first.map(String.init) ?? "wrong usage"
            let stop = problem.last == "." ? "" : "."
            StandardError.line("seismo: \(problem)\(stop) See '\(help(for: error))'.")
            Foundation.exit(ExitReason.usage.rawValue)
        }
    }

    /// The help of the command that was used.
    private static func help(for error: any Error) -> String {
        let parts = fullMessage(for: error).components(separatedBy: "See '")
        return parts.count > 1 ? String(parts[parts.count - 1].prefix { $0 != "'" }) : "seismo --help"
    }
}
