internal import ArgumentParser
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// `seismo sessions create`.
struct SessionsCreate: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a session; without an id a temporary one."
    )

    @Argument(help: ArgumentHelp("AGENT/SESSION; AGENT/ or nothing for a temporary one.", valueName: "session"))
    var session: String?

    @Option(help: "The agent of a temporary session.")
    var agent: String?

    @Option(help: ArgumentHelp("Fields to begin with, a JSON object.", valueName: "json"))
    var state: String?

    @Option(help: ArgumentHelp("What the agent's setup is given, a JSON object.", valueName: "json"))
    var setup: String?

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        var params = CreateParams()
        params.state = try state.map { try JSON(argument: $0, of: "--state") }
        params.setup = try setup.map { try JSON(argument: $0, of: "--setup") }
        if let session, session.hasSuffix("/") {
            params.agent = try asked.agent(String(session.dropLast()))
        } else if let session {
            let key = try asked.possible(session)
            (params.agent, params.session) = (key.agent, key.session)
        } else {
            params.agent = try asked.agent(agent)
        }
        try output.write(try await asked.client.call(Methods.create, params))
    }
}

/// `seismo sessions cancel`.
struct SessionsCancel: RuntimeCommand {
    static let configuration = CommandConfiguration(commandName: "cancel", abstract: "Cancel the turn in flight.")

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Option(help: ArgumentHelp("Only this turn.", valueName: "id"))
    var turn: String?

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let key = try await asked.session(session)
        let answer = try await asked.client.call(Methods.cancel, CancelParams(key) { $0.turn = turn })
        if !output.isTable { try output.document(answer.json) }
        guard answer.result.isCancelled else {
            throw CommandFailure.notFound("'\(key.session)' has no turn in flight.")
        }
        if output.isTable { try output.line("cancelled") }
    }
}

/// `seismo sessions keep`.
struct SessionsKeep: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep",
        abstract: "Turn a temporary session into a lasting one with a new id."
    )

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Option(name: .customLong("as"), help: ArgumentHelp("The id that it has from now on.", valueName: "id"))
    var id: String

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let key = try await asked.session(session)
        try output.write(try await asked.client.call(Methods.keep, KeepParams(key) { $0.id = id }))
    }
}

/// `seismo sessions end`.
struct SessionsEnd: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "End a session: its jobs stop, its journal stays."
    )

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let key = try await asked.session(session)
        if !yes, !(try Question.isConfirmed("End \(key.agent)/\(key.session)?", or: "--yes")) {
            throw CommandFailure("Nothing was done.")
        }
        try output.write(try await asked.client.call(Methods.end, SessionName(key)))
    }
}

/// `seismo sessions delete`.
struct SessionsDelete: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a session and all its data."
    )

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Option(help: ArgumentHelp("The session's id again, so that nothing is asked.", valueName: "session"))
    var confirm: String?

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let key = try await asked.session(session)
        let typed =
            try confirm
            ?? Question.answer(
                "This deletes \(key.agent)/\(key.session) and cannot be undone. Type its id to confirm: ",
                or: "--confirm SESSION"
            )
        // Both ways to write it are meant.
        let isWhole = typed.isExactly("\(key.agent)/\(key.session)")
        guard isWhole || typed.isExactly(key.session) else {
            throw UsageError("'\(typed)' is not the id of the session, '\(key.session)'; nothing was deleted.")
        }
        let answer = try await asked.client.call(Methods.delete, DeleteParams(key) { $0.confirm = key.session })
        try output.isTable ? output.line("deleted") : output.document(answer.json)
    }
}

extension Output {
    /// What became of a session: its name, or the document.
    func write(_ answer: InspectionClient.Answer<SessionResult>) throws {
        guard isTable else { return try document(answer.json) }
        try line(SafeText("\(answer.result.key.agent)/\(answer.result.key.session)"))
    }
}

extension JSON {
    /// - Throws: ``UsageError`` when the argument of an option is not JSON.
    init(argument: String, of option: String) throws {
        do { self = try JSON(parsing: argument) } catch {
            throw UsageError("The argument of \(option) is not JSON: \(error).")
        }
    }
}
