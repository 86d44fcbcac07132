internal import Foundation
internal import Inspector
internal import SessionModel
internal import Terminal

/// A session to be read, for a ticket: written event by event, so that no journal is held.
struct Transcript {
    enum Form { case markdown, html }

    private let form: Form
    private let write: (String) throws -> Void

    /// - Parameter write: takes the text, piece by piece.
    init(_ form: Form, _ write: @escaping (String) throws -> Void) {
        self.form = form
        self.write = write
    }

    func begin(_ key: SessionKey, _ summary: SessionSummary?) throws {
        let title = "\(key.agent)/\(key.session)"
        var facts: [(String, String)] = []
        if let summary {
            facts = [
                ("status", summary.status.rawValue), ("created", Times.whole(summary.times.created).string),
                ("last active", Times.whole(summary.times.active).string), ("events", "\(summary.seq)"),
                ("tokens", "\(summary.inputTokens) in, \(summary.outputTokens) out"),
            ]
        }
        switch form {
        case .markdown:
            try write("# \(escaped(title))\n\n")
            for (name, value) in facts { try write("- \(name): \(escaped(value))\n") }
            try write("\n## What happened\n")
        case .html:
            try write(
                """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <title>\(escaped(title))</title>
                <style>
                body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
                pre { background: #8881; padding: .5rem 1rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
                .note { color: #777; }
                </style>
                </head>
                <body>
                <h1>\(escaped(title))</h1>
                <ul>

                """
            )
            for (name, value) in facts { try write("<li>\(name): \(escaped(value))</li>\n") }
            try write("</ul>\n<h2>What happened</h2>\n")
        }
    }

    /// Messages stand whole; of other events, what a reader of a ticket asks for, a line each.
    func add(_ event: SessionEvent) throws {
        let at = Times.whole(event.at).string
        switch event.body {
        case .messageAdded(let message):
            try heading("\(message.role.rawValue) · \(at) · #\(event.seq)")
            if !message.text.isEmpty { try text(message.text) }
            for call in message.toolCalls { try code("\(call.name)(\(call.arguments.text))") }
            for result in message.toolResults {
                try code("\(result.name) → \(result.result.string ?? result.result.text)")
            }
        case .completionStarted, .completionFinished, .middlewareStarted, .middlewareFinished, .toolStarted,
            .toolFinished, .turnStarted, .hookReceived, .tickStarted:
            break
        case .turnFinished(let result) where result.status == .finished: break
        case .tickFinished(_, _, .ok, _, _): break
        default: try note("\(at) · #\(event.seq) · \(event.sentence)")
        }
    }

    func end(state: JSON) throws {
        switch form {
        case .markdown: try write("\n## State\n")
        case .html: try write("<h2>State</h2>\n")
        }
        try code(state.pretty)
        if form == .html { try write("</body>\n</html>\n") }
    }

    private func heading(_ text: String) throws {
        switch form {
        case .markdown: try write("\n### \(escaped(text))\n")
        case .html: try write("<h3>\(escaped(text))</h3>\n")
        }
    }

    /// What a person or model wrote: quoted, so that nothing of it is taken for the document.
    private func text(_ text: String) throws {
        switch form {
        case .markdown:
            try write("\n" + SafeText.lines(text).map { "> \(escaped($0.string))" }.joined(separator: "\n") + "\n")
        case .html: try code(text)
        }
    }

    private func code(_ text: String) throws {
        let lines = SafeText.lines(text).map(\.string).joined(separator: "\n")
        switch form {
        case .markdown:
            // Longer than any fence that stands in the text (CommonMark 0.31, section 4.5).
            let longest = lines.split { $0 != "`" }.map(\.count).max() ?? 0
            let fence = String(repeating: "`", count: max(3, longest + 1))
            try write("\n\(fence)\n\(lines)\n\(fence)\n")
        case .html: try write("<pre>\(escaped(lines))</pre>\n")
        }
    }

    private func note(_ text: String) throws {
        switch form {
        case .markdown: try write("\n*\(escaped(SafeText(text).string))*\n")
        case .html: try write("<p class=\"note\">\(escaped(SafeText(text).string))</p>\n")
        }
    }

    /// Text in which nothing is markup.
    private func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch (form, scalar) {
            case (.html, "&"): escaped += "&amp;"
            case (.html, "<"): escaped += "&lt;"
            case (.html, ">"): escaped += "&gt;"
            case (.html, "\""): escaped += "&quot;"
            case (.markdown, _) where "\\`*_{}[]<>()#+-!|~&".unicodeScalars.contains(scalar):
                escaped += "\\" + String(scalar)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
