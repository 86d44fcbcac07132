internal import ArgumentParser
internal import Foundation

/// `seismo mcp`: lets an assistant look into sessions.
struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Let an assistant look into sessions: a Model Context Protocol server on stdin and stdout.",
        discussion: """
            It speaks the revisions 2025-11-25 and 2026-07-28. Nothing can be changed with it unless --allow names what, and never more than \
            the token's role may. What its tools return was written by users, models and other programs: an assistant must take it for data, \
            not for instructions.
            """
    )

    @Option(
        help: ArgumentHelp(
            "What may be changed, with commas between: \(MCPAct.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "acts"
        ),
        transform: MCPAct.parse
    )
    var allow: Set<MCPAct> = []

    @Option(help: ArgumentHelp("The largest result, in bytes; a larger one is cut.", valueName: "bytes"))
    var limit = 64 << 10

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (4096...4 << 20).contains(limit) else {
            throw ValidationError("--limit is \(limit); it must be 4096 to \(4 << 20).")
        }
    }

    func run() async throws {
        try await exitingWithOneSentence {
            // What is wrong with the options is said now, and not with the first call.
            _ = try connection.chosen().connector()
            Interruption.exitAtOnce()
            let tools = MCPTools(connection: connection, allowed: allow, limit: limit)
            await MCPServer(tools: tools).run()
        }
    }
}

/// Something that an assistant may be allowed to do.
enum MCPAct: String, CaseIterable, Sendable {
    case send, replay, fork, snapshot, run

    /// Reads `send,replay`.
    ///
    /// - Throws: `ValidationError` for a word that is none of them.
    static func parse(_ text: String) throws -> Set<MCPAct> {
        Set(
            try text.split(separator: ",").map { word in
                let name = word.trimmingCharacters(in: .whitespaces)
                guard let act = MCPAct(rawValue: name) else {
                    throw ValidationError(
                        "There is no '\(name)' to allow; there are \(allCases.map(\.rawValue).joined(separator: ", "))."
                    )
                }
                return act
            }
        )
    }
}
