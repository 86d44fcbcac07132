internal import ArgumentParser
internal import Foundation
internal import Inspection
internal import InspectionClient
internal import SessionModel
internal import Terminal

/// `seismo sessions send`.
struct SessionsSend: RuntimeCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a user's message, and print the reply as it comes.",
        discussion: "Exits with 1 when the turn fails, with 6 when another message superseded it."
    )

    @Argument(help: ArgumentHelp(SessionAddress.help, valueName: "session"), completion: .sessions)
    var session: SessionAddress

    @Argument(help: "The message; '-' reads it from stdin.")
    var message: String

    @Flag(name: .customLong("no-wait"), help: "Print the turn's id, and do not wait for the reply.")
    var noWait = false

    @OptionGroup var source: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(_ asked: Asked, _ output: Output) async throws {
        let text = try message == "-" ? StandardInput.text(limit: Inspection.maximumMessage) : message
        let key = try await asked.session(session)
        if noWait {
            let sent = try await send(text, key, asked)
            return try output.isTable ? output.line(SafeText(sent.result.turn)) : output.document(sent.json)
        }
        try await follow(text, key, asked, output)
    }

    private func send(_ text: String, _ key: SessionKey, _ asked: Asked) async throws
        -> InspectionClient.Answer<SendResult>
    {
        try await asked.client.call(Methods.send, SendParams(key) { $0.message = .string(text) })
    }

    private func follow(_ text: String, _ key: SessionKey, _ asked: Asked, _ output: Output) async throws {
        var reply = Reply(output)
        let turn = try await asked.turn(.string(text), key) { told throws in
            switch (told, output.form) {
            case (.text(let text), .table), (.text(let text), .wide): try reply.stream(text)
            case (.event(let document), .jsonl): try output.line(document)
            case (.event(let document), .table), (.event(let document), .wide):
                if case .messageAdded(let message)? = SessionEvent(json: document)?.body, message.role == .assistant {
                    try reply.finish(message)
                }
            default: break
            }
        }
        if output.form == .json {
            var document = turn.sent.object ?? [:]
            document["events"] = .array(turn.events)
            try output.document(.object(document))
        }
        try check(turn.result)
    }

    private func check(_ result: TurnResult) throws {
        switch result.status {
        case .finished: return
        case .superseded:
            throw CommandFailure("Another message superseded the turn.", ExitReason.conflict)
        case .failed, .cancelled, .interrupted:
            throw CommandFailure("The turn \(result.status.words)\(result.error.map { ": \($0)" } ?? ".")")
        }
    }
}

extension TurnResult.Status {
    fileprivate var words: String {
        switch self {
        case .finished: "finished"
        case .failed: "failed"
        case .superseded: "was superseded"
        case .cancelled: "was cancelled"
        case .interrupted: "was interrupted"
        }
    }
}

/// A reply that is printed while it streams.
private struct Reply {
    private let output: Output
    /// What has been printed of the message that streams.
    private var printed = ""

    init(_ output: Output) { self.output = output }

    /// - Parameter text: all that has streamed of it so far.
    mutating func stream(_ text: String) throws {
        guard text.utf8.count > printed.utf8.count, text.utf8.starts(with: printed.utf8) else { return }
        try output.write(safe(String(decoding: text.utf8.dropFirst(printed.utf8.count), as: UTF8.self)))
        printed = text
    }

    /// Prints what has not been printed of the message.
    mutating func finish(_ message: Message) throws {
        if !message.text.isEmpty {
            if !printed.isEmpty, !message.text.utf8.starts(with: printed.utf8) {
                try output.write("\n")
                printed = ""
            }
            try stream(message.text)
            try output.write("\n")
        }
        printed = ""
        for call in message.toolCalls {
            StandardNotice.line("→ \(call.name)(\(call.arguments.text))")
        }
    }

    private func safe(_ text: String) -> String { SafeText.lines(text).map(\.string).joined(separator: "\n") }
}
