internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionClient
internal import Inspector
internal import SessionModel
internal import Terminal

/// `seismo sessions export`.
struct SessionsExport: AsyncParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument { case capsule, markdown, html }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a session to stdout or a file: as a capsule, or to be read.",
        discussion: "What the runtime redacts or masks is redacted and masked in the file as well."
    )

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Option(help: "A capsule, which can be imported; or Markdown or HTML, for a ticket.")
    var format = Format.capsule

    @Option(name: .customLong("to"), help: ArgumentHelp("The file to write; by default stdout.", valueName: "file"))
    var path: String?

    @Flag(help: "Replace a file that exists.")
    var force = false

    @OptionGroup var source: SourceOptions

    func run() async throws {
        try await exitingWithOneSentence {
            Interruption.exitAtOnce()
            try await source.run { asked in
                let key = try await asked.session(session)
                let file = try ExportFile(path, replaces: force)
                do {
                    switch format {
                    case .capsule: try await writeCapsule(asked, key, file)
                    case .markdown: try await write(Transcript(.markdown, file.write), asked, key)
                    case .html: try await write(Transcript(.html, file.write), asked, key)
                    }
                } catch {
                    file.discard()
                    throw error
                }
                try file.finish()
            }
        }
    }

    private func writeCapsule(_ asked: Asked, _ key: SessionKey, _ file: ExportFile) async throws {
        let answer = try await asked.client.call(Methods.export, ExportParams(key) { $0.stream = true })
        guard case .pieces(let export) = answer.result else {
            throw CommandFailure("The runtime does not export in pieces.")
        }
        var progress = Progress("Exporting", of: "\(key.agent)/\(key.session)")
        while true {
            let told = try await asked.client.notification()
            switch told.method {
            case .exportChunk:
                guard let chunk = ExportChunk(json: told.params), chunk.export.isExactly(export) else { continue }
                try file.write(chunk.text)
                progress.show(chunk.events, of: chunk.total)
            case .exportEnd:
                guard let end = ExportEnd(json: told.params), end.export.isExactly(export) else { continue }
                progress.end()
                if let error = end.error { throw error }
                return
            default: continue
            }
        }
    }

    private func write(_ transcript: Transcript, _ asked: Asked, _ key: SessionKey) async throws {
        let head = try await asked.client.call(Methods.attach, AttachParams(key) { $0.window = 0 }).result.head
        try transcript.begin(key, head["summary"].flatMap(SessionSummary.init(json:)))
        var progress = Progress("Exporting", of: "\(key.agent)/\(key.session)")
        var count = 0
        let last = head.count("seq")
        for try await page in JournalPages(asked.client, key, after: 0, before: last.map { $0 + 1 }) {
            for document in page {
                let whole = try await asked.client.whole(document)
                if let event = SessionEvent(json: whole) { try transcript.add(event) }
            }
            count += page.count
            progress.show(count, of: last)
        }
        progress.end()
        try transcript.end(state: try await asked.client.whole(head["state"] ?? [:]))
    }
}

/// `seismo sessions import`.
struct SessionsImport: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Create a session from a capsule."
    )

    @Argument(help: "The capsule; '-' reads stdin.", completion: .file(extensions: ["json"]))
    var file: String

    @Option(name: .customLong("as"), help: ArgumentHelp("An id of its own.", valueName: "id"))
    var id: String?

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    private static let pieceBytes = 256 << 10

    func run(_ asked: Asked, _ output: Output) async throws {
        if file != "-", let problem = RegularFile.problem(with: file) { throw UsageError(problem) }
        guard let input = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file) else {
            throw UsageError("'\(file)' could not be read: \(String(cString: strerror(errno))).")
        }
        var params = ImportParams()
        (params.stream, params.id) = (true, id)
        guard case .pieces(let name) = try await asked.client.call(Methods.importCapsule, params).result else {
            throw CommandFailure("The runtime does not import in pieces.")
        }
        var progress = Progress("Importing", of: file)
        var pieces = UTF8Pieces()
        var isLast = false
        while !isLast {
            // A pipe gives what it has: only nothing is its end.
            let read = try input.read(upToCount: Self.pieceBytes) ?? Data()
            isLast = read.isEmpty
            let text = pieces.text(of: read, isLast: isLast)
            if text.isEmpty { continue }
            let piece = ImportPiece(name, text)
            progress.show(try await asked.client.call(Methods.importChunk, piece).result.events, of: nil)
        }
        progress.end()
        try output.write(try await asked.client.call(Methods.importEnd, ImportName(name)))
    }
}
