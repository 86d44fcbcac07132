public import Magma
internal import SessionModel

/// A model that answers from scripts, without any network: one script per agent, an echo for agents without one. Like
/// the strictest servers, it refuses every conversation that any real server refuses.
public struct ScriptedProvider: Provider {
    public let name = "scripted"
    public let model = "script"

    private let scripts: [String: Script]

    /// - Parameter scripts: by the agent's id.
    public init(_ scripts: [String: Script] = [:]) { self.scripts = scripts }

    public func complete(_ request: CompletionRequest, onDelta: @Sendable (String) -> Void) async throws -> Completion {
        try StrictContext.check(request, for: name)
        let script = scripts[request.agent] ?? .echo
        let answer = try script.answer(request)
        try await speak(answer, pace: script.pace, onDelta)
        let calls = answer.contains { if case .toolCall = $0 { true } else { false } }
        let usage = Usage(
            input: request.messages.reduce(tokens(request.system)) { $0 + tokens($1.text) },
            output: answer.reduce(0) { $0 + tokens($1) }
        )
        return Completion(blocks: answer, usage: usage, stopReason: calls ? .toolCall : .natural)
    }

    /// Streams the text word by word, at the script's pace.
    private func speak(_ blocks: [Block], pace: Duration, _ onDelta: @Sendable (String) -> Void) async throws {
        for case .text(let text, _) in blocks {
            guard pace > .zero else {
                onDelta(text)
                continue
            }
            for word in Self.words(of: text) {
                try await Task.sleep(for: pace)
                onDelta(word)
            }
        }
    }

    /// Pieces that end after each run of spaces: joined they are the text.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var spaced = false
        for character in text {
            if spaced, character != " " {
                words.append(word)
                word = ""
            }
            word.append(character)
            spaced = character == " "
        }
        return word.isEmpty ? words : words + [word]
    }

    /// About four bytes a token, as a rule of thumb.
    private func tokens(_ text: String) -> Int { (text.utf8.count + 3) / 4 }

    private func tokens(_ block: Block) -> Int {
        switch block {
        case .text(let text, _), .reasoning(let text, _, _, _): tokens(text)
        case .toolCall(let call): tokens(call.arguments.text) + tokens(call.name)
        case .toolResult, .image: 0
        }
    }
}
