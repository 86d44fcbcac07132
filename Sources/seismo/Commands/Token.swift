internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionServer
internal import MagmaServer
internal import SessionModel

/// `seismo token`: who may look into a runtime, and what they may do.
struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Add, list and revoke the tokens of inspectors.",
        discussion: """
            The file holds hashes, not tokens. A runtime reads it when someone comes in; --tokens of 'seismo serve' names another.
            """,
        subcommands: [Add.self, List.self, Revoke.self]
    )

    struct File: ParsableArguments {
        @Option(help: ArgumentHelp("The file of the tokens.", valueName: "path"))
        var file = TokenPath.usual

        var register: TokenFile { TokenFile(path: file.path) }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Create a token and print it: it is shown this once."
        )

        @Argument(help: "The owner's name, as the audit log shows it.")
        var name: String

        @Option(help: "What they may do: viewer, operator or admin.")
        var role = Role.viewer

        @OptionGroup var file: File

        func run() async throws {
            try await exitingWithOneSentence {
                // A pipe that nobody reads is an error of the write then, not the end of the command.
                Interruption.exitAtOnce()
                let tokens = file.register
                let secret = try tokens.add(name, role, at: Int64(Date().timeIntervalSince1970 * 1000))
                do { try Output.write(secret + "\n", mustBeRead: true) } catch {
                    // Nobody has seen it, and nobody ever could.
                    try tokens.revoke(name)
                    throw error
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List names and roles."
        )

        @OptionGroup var file: File

        func run() async throws {
            try await exitingWithOneSentence {
                for entry in try file.register.entries() {
                    let made = Date(timeIntervalSince1970: Double(entry.created) / 1000)
                    try Output.write("\(entry.name)\t\(entry.role.rawValue)\t\(made.ISO8601Format())\n")
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Revoke a token."
        )

        @Argument(help: "Whose it is.")
        var name: String

        @OptionGroup var file: File

        func run() async throws {
            try await exitingWithOneSentence { try file.register.revoke(name) }
        }
    }
}

extension Role: ExpressibleByArgument {}
