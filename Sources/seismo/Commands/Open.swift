internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import Logging
internal import MagmaProviders
internal import MagmaRuntime
internal import SessionModel

/// `seismo open`: an exported session, with no runtime to ask.
struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open an exported session, without a runtime.",
        discussion: "The file is a capsule, as `w` in the interface and session.export write it. Nothing is changed."
    )

    @Argument(help: "The capsule.", completion: .file(extensions: ["json"]))
    var file: String

    @OptionGroup var options: InterfaceOptions

    func run() async throws {
        try await exitingWithOneSentence {
            let runtime = try await CapsuleFile(path: file).runtime()
            var options = options
            options.isFile = true
            let interface = try Interface(options, profile: "file")
            try await DemoServer(runtime: runtime, role: .viewer).run { address, token in
                try await interface.run(on: address, through: RuntimeConnector(to: address) { token })
            }
        }
    }
}

/// A capsule in a file.
struct CapsuleFile {
    private static let pieceBytes = 256 << 10
    /// The head of a capsule is at its beginning, and small.
    private static let headBytes = 1 << 20

    let path: String

    /// A runtime in memory that has the capsule's session.
    ///
    /// - Throws: ``UsageError`` when the file cannot be read or is no capsule, and what is wrong with it.
    func runtime() async throws -> Runtime {
        if let problem = RegularFile.problem(with: path) { throw UsageError(problem) }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw UsageError("'\(path)' could not be read: \(String(cString: strerror(errno))).")
        }
        defer { try? file.close() }
        let agent = try agent(in: file)
        try file.seek(toOffset: 0)
        let runtime = try await Runtime(
            agents: [AgentBlueprint(recorded: agent)],
            provider: ScriptedProvider([:]),
            log: Logger(label: "open") { _ in SwiftLogNoOpLogHandler() }
        )
        let reader = CapsuleImport(runtime, as: nil)
        do {
            var pieces = UTF8Pieces()
            var isLast = false
            while !isLast {
                let read = try file.read(upToCount: Self.pieceBytes) ?? Data()
                isLast = read.count < Self.pieceBytes
                _ = try await reader.read(pieces.text(of: read, isLast: isLast))
            }
            _ = try await reader.finish()
        } catch let error as RuntimeError {
            throw UsageError("'\(path)' cannot be opened: \(error.message)")
        }
        return runtime
    }

    /// The agent that the capsule names in its head.
    private func agent(in file: FileHandle) throws -> String {
        let head = try file.read(upToCount: Self.headBytes) ?? Data()
        var agent: String?
        var splitter = JSONSplitter(limit: Self.headBytes)
        try? splitter.read(String(decoding: head, as: UTF8.self)) { piece in
            if case .member("agent", let name) = piece { agent = name.string }
        }
        guard let agent else {
            throw UsageError("'\(path)' is not a capsule: it does not begin with a session's head.")
        }
        return agent
    }
}
