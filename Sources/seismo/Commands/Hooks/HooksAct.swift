internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// The parts of a request that are given on the command line.
struct RequestOptions: ParsableArguments {
    @Option(help: "The request's method; by default POST, in a replay the recorded one.")
    var method: String?

    @Option(help: ArgumentHelp("The body; @FILE reads a file, @- stdin.", valueName: "text"))
    var body: String?

    @Option(help: ArgumentHelp("A header; may be given more than once.", valueName: "name: value"))
    var header: [String] = []

    @Option(help: ArgumentHelp("A field of the query; may be given more than once.", valueName: "name=value"))
    var query: [String] = []

    /// Only what was given, as the protocol has a request.
    ///
    /// - Throws: ``UsageError`` for what is no header or field.
    func given() throws -> JSON.Object {
        var request: JSON.Object = [:]
        if let method { request["method"] = .string(method.uppercased()) }
        if !query.isEmpty { request["query"] = try fields(query, "=", "--query", "name=value") }
        if !header.isEmpty { request["headers"] = try fields(header, ":", "--header", "'name: value'") }
        if let body {
            let text =
                body.hasPrefix("@")
                ? try StandardInput.text(of: String(body.dropFirst()), limit: Inspection.maximumMessage) : body
            let json = try? JSON(parsing: text)
            request["body"] = json ?? .string(text)
            request["encoding"] = json == nil ? "text" : "json"
        }
        return request
    }

    private func fields(_ texts: [String], _ sign: Character, _ option: String, _ form: String) throws -> JSON {
        var fields: JSON.Object = [:]
        for text in texts {
            let sides = text.split(separator: sign, maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty else {
                throw UsageError("'\(text)' of \(option) is not \(form).")
            }
            let name = String(sides[0])
            let value = JSON.string(
                sign == ":" ? sides[1].trimmingCharacters(in: .whitespaces) : String(sides[1])
            )
            switch fields[name] {
            case nil: fields[name] = value
            case .array(let values)?: fields[name] = .array(values + [value])
            case let first?: fields[name] = .array([first, value])
            }
        }
        return .object(fields)
    }
}

/// A hook as it is written on the command line: `AGENT/HOOK`, or `HOOK` where the runtime has one agent.
struct HookAddress: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }

    static let help = "The hook: AGENT/HOOK, or HOOK where the runtime has one agent."
}

extension Asked {
    /// - Throws: `CommandFailure` when there is none of that name.
    func hook(_ address: HookAddress) throws -> (agent: String, hook: String) {
        let known = hello.agents.flatMap { agent in agent.hooks.map { (agent: agent.id, hook: $0.name) } }
        let found = known.filter { address.text.isExactly("\($0.agent)/\($0.hook)") || address.text.isExactly($0.hook) }
        if found.count == 1 { return found[0] }
        let names = (found.isEmpty ? known : found).map { "\($0.agent)/\($0.hook)" }.joined(separator: ", ")
        guard found.isEmpty else { throw UsageError("'\(address.text)' may be \(names): write one of them.") }
        throw CommandFailure.notFound("There is no hook '\(address.text)'; there are \(names).")
    }
}

/// `seismo hooks resolve`.
struct HooksResolve: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Say which session a request would reach, and why; nothing is run."
    )

    @Argument(help: ArgumentHelp(HookAddress.help, valueName: "hook"), completion: .hooks)
    var hook: HookAddress

    @OptionGroup var request: RequestOptions
    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let request = try request.given()
        let params = try asked.request(hook, request)
        let answer = try await asked.client.call(Methods.resolveHook, params)
        guard output.isTable else { return try output.document(answer.json) }
        let route = answer.result
        let session = route.session.map { "\(params.agent)/\($0)" }
        try output.line(SafeText(session ?? (route.isTemporary ? "a temporary session" : "no session")))
        try output.line(SafeText(route.why), .faint)
    }
}

/// `seismo hooks send`.
struct HooksSend: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a request to a hook, and print its response.",
        discussion: "Exits with 1 when the hook fails or refuses."
    )

    @Argument(help: ArgumentHelp(HookAddress.help, valueName: "hook"), completion: .hooks)
    var hook: HookAddress

    @OptionGroup var request: RequestOptions
    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let request = try request.given()
        let answer = try await asked.client.call(Methods.sendHook, try asked.request(hook, request))
        try await asked.write(answer.result, output)
    }
}

/// `seismo hooks replay`.
struct HooksReplay: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send a recorded request again, edited if wanted, and print its response.",
        discussion: "Exits with 1 when the hook fails or refuses. The recorded exchange is never overwritten."
    )

    @Argument(help: ArgumentHelp("The exchange's id.", valueName: "exchange"), completion: .exchanges)
    var exchange: String

    @Option(help: ArgumentHelp("Where it goes: same, fork, or a session's id.", valueName: "same|fork|session"))
    var into = "same"

    @Flag(help: "Open the request in $VISUAL or $EDITOR first.")
    var edit = false

    @OptionGroup var request: RequestOptions
    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let given = try request.given()
        let editor = edit ? try Editor() : nil
        let recorded = try await asked.client.call(Methods.getHook, ExchangeParams(exchange)).result
        var edits = try await merged(given, recorded, asked)
        if let editor { edits = try editor.edit(try await shown(recorded, edits, asked)) }
        let params = ReplayParams(
            exchange,
            edits: edits.isEmpty ? nil : .object(edits),
            into: try target(recorded, asked)
        )
        try await asked.write(try await asked.client.call(Methods.replayHook, params).result, output)
    }

    /// A session may be written with its agent, as everywhere.
    private func target(_ recorded: ExchangeResult, _ asked: Asked) throws -> String {
        guard let agent = recorded.exchange?.agent, into.hasPrefix("\(agent)/") else { return into }
        return String(into.dropFirst(agent.count + 1))
    }

    /// Headers and fields that are given stand beside those that were recorded.
    private func merged(_ given: JSON.Object, _ recorded: ExchangeResult, _ asked: Asked) async throws -> JSON.Object {
        var edits = given
        for name in ["headers", "query"] {
            guard let changes = given[name]?.object else { continue }
            var fields = recorded.document["request"]?[name]?.object ?? [:]
            for (field, value) in changes { fields[field] = value }
            edits[name] = .object(fields)
        }
        return edits
    }

    private func shown(_ recorded: ExchangeResult, _ edits: JSON.Object, _ asked: Asked) async throws -> JSON.Object {
        var request = try await asked.client.whole(recorded.document["request"] ?? [:]).object ?? [:]
        request["path"] = nil
        for (name, value) in edits { request[name] = value }
        return request
    }
}

extension Asked {
    fileprivate func request(_ hook: HookAddress, _ request: JSON.Object) throws -> HookRequestParams {
        let place = try self.hook(hook)
        var params = HookRequestParams()
        (params.agent, params.hook, params.request) = (place.agent, place.hook, .object(request))
        return params
    }

    /// - Throws: `CommandFailure` when the hook failed or refused.
    fileprivate func write(_ answer: ExchangeResult, _ output: Output) async throws {
        try ExchangeText.write(try await client.whole(answer.document), output)
        guard let exchange = answer.exchange else { return }
        if let error = exchange.error { throw CommandFailure("The hook failed: \(error)") }
        if let status = exchange.response?.status, status >= 400 {
            throw CommandFailure("The hook answered \(status).")
        }
    }
}

/// The person's editor.
struct Editor {
    private let command: String

    /// - Throws: ``UsageError`` when none is set, or there is no terminal for it.
    init() throws {
        let environment = ProcessInfo.processInfo.environment
        guard
            let command = [environment["VISUAL"], environment["EDITOR"]].compactMap(\.self).first(where: { !$0.isEmpty }
            )
        else { throw UsageError("There is no editor: set $EDITOR.") }
        guard isatty(STDIN_FILENO) == 1 else { throw UsageError("An editor needs a terminal; stdin is none.") }
        self.command = command
    }

    /// Opens a document; what was saved.
    ///
    /// - Throws: `CommandFailure` when the editor fails or what it left is not a JSON object.
    func edit(_ document: JSON.Object) throws -> JSON.Object {
        let folder = FileManager.default.temporaryDirectory.appending(path: "seismo-\(UUID().uuidString)")
        let rights: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: rights)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "request.json")
        try Data((JSON.object(document).pretty + "\n").utf8).write(to: file)
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        // The command may have arguments, as that of git may.
        shell.arguments = ["-c", "\(command) \"$1\"", "sh", file.path(percentEncoded: false)]
        // Its output must not be taken for this command's.
        shell.standardOutput = FileHandle(forWritingAtPath: "/dev/tty") ?? FileHandle.standardError
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { throw CommandFailure("The editor failed; nothing was sent.") }
        do {
            guard let edited = try JSON(parsing: String(contentsOf: file, encoding: .utf8)).object else {
                throw UsageError("What was saved is no JSON object; nothing was sent.")
            }
            return edited
        } catch let error as UsageError {
            throw error
        } catch { throw UsageError("What was saved is not JSON: \(error). Nothing was sent.") }
    }
}
