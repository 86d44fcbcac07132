import Magma
import MagmaProviders
import SessionModel
import Testing

@testable import MagmaRuntime

@Suite("What a model may be sent", .timeLimit(.minutes(15)))
struct ValidContextTests {
    private func call(_ ids: String..., text: String = "") -> Message {
        Message(
            role: .assistant,
            blocks: (text.isEmpty ? [] : [.text(text)])
                + ids.map { .toolCall(ToolCall(id: $0, name: "t", arguments: [:])) }
        )
    }
    private func result(_ ids: String...) -> Message {
        Message(role: .user, blocks: ids.map { .toolResult(ToolResult(id: $0, name: "t", result: .string("r \($0)"))) })
    }

    /// Each message as its role and blocks in short: `u:text`, `a:call(id)`, `u:result(id)`, `!` for one that is made.
    private func short(_ messages: [Message]) -> [String] {
        messages.map { message in
            let blocks = message.blocks.map { block -> String in
                switch block {
                case .text(let text, _): text
                case .toolCall(let call): "call(\(call.id))"
                case .toolResult(let result):
                    result.isError ? "!\(result.id)" : "\(result.id)=\(result.result.string ?? "")"
                default: "?"
                }
            }
            return "\(message.role.rawValue.prefix(1)):" + blocks.joined(separator: ",")
        }
    }

    @Test("calls are answered by the next message, once, and results have calls")
    func pairs() {
        let cases: [([Message], [String], Int, Int)] = [
            ([.user("x"), call("a"), result("a")], ["u:x", "a:call(a)", "u:a=r a"], 0, 0),
            ([.user("x"), call("a")], ["u:x", "a:call(a)", "u:!a"], 1, 0),
            ([.user("x"), call("a"), .user("y")], ["u:x", "a:call(a)", "u:!a,y"], 1, 0),
            ([.user("x"), call("a"), .assistant("z")], ["u:x", "a:call(a)", "u:!a", "a:z"], 1, 0),
            ([.user("x"), call("a", "b"), result("b")], ["u:x", "a:call(a),call(b)", "u:!a,b=r b"], 1, 0),
            ([.user("x"), call("a", "b"), result("b", "a")], ["u:x", "a:call(a),call(b)", "u:a=r a,b=r b"], 0, 0),
            ([result("a"), .user("x")], ["u:x"], 0, 1), ([.user("x"), result("a")], ["u:x"], 0, 1),
            ([.user("x"), call("a"), result("a", "a", "c")], ["u:x", "a:call(a)", "u:a=r a"], 0, 2),
            ([.user("x"), call("a"), result("a"), result("a")], ["u:x", "a:call(a)", "u:a=r a"], 0, 1),
            (
                [.user("x"), call("a"), result("a"), call("a"), result("a")],
                ["u:x", "a:call(a)", "u:a=r a", "a:call(a_2)", "u:a_2=r a"], 0, 0
            ),
            ([.user("x"), call("a", "a"), result("a", "a")], ["u:x", "a:call(a),call(a_2)", "u:a=r a,a_2=r a"], 0, 0),
            ([.user("x"), call("a"), .system("n"), result("a")], ["u:x", "a:call(a)", "u:a=r a", "s:n"], 0, 0),
            ([.user("x"), call("a"), .system("n")], ["u:x", "a:call(a)", "u:!a", "s:n"], 1, 0),
            ([.user("x"), .assistant("\n"), .user("y")], ["u:x", "u:y"], 0, 0),
            (
                [.user(" "), call("a", text: "\n\n"), result("a")], ["u:(an empty message)", "a:call(a)", "u:a=r a"], 0,
                0
            ),
            ([], [], 0, 0),
        ]
        for (window, expected, unanswered, orphaned) in cases {
            let context = ValidContext(window)
            #expect(short(context.messages) == expected)
            #expect(context.unanswered == unanswered, "\(expected)")
            #expect(context.orphaned == orphaned, "\(expected)")
            #expect((context.note == nil) == (unanswered + orphaned == 0))
            // What is valid stays as it is.
            #expect(ValidContext(context.messages).messages == context.messages)
        }
    }

    @Test("whatever a window is, what is made of it is taken by the strictest model")
    func anything() async throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let window = (0..<Int.random(in: 1...8, using: &generator)).map { _ -> Message in
                let ids = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    ["a", "b", "c"].randomElement(using: &generator)!
                }
                let text = ["", " ", "x"].randomElement(using: &generator)!
                switch Int.random(in: 0...3, using: &generator) {
                case 0:
                    return Message(
                        role: .assistant,
                        blocks: [.text(text)] + ids.map { .toolCall(ToolCall(id: $0, name: "t", arguments: [:])) }
                    )
                case 1:
                    return Message(
                        role: .user,
                        blocks: ids.map { .toolResult(ToolResult(id: $0, name: "t", result: 1)) } + [.text(text)]
                    )
                case 2: return .system(text)
                default: return .user(text)
                }
            }
            let messages = ValidContext(window + [.user("end")]).messages
            let request = CompletionRequest(agent: "a", system: "", messages: messages, tools: [])
            do { _ = try await ScriptedProvider().complete(request, onDelta: { _ in }) } catch {
                #expect(Bool(false), "\(short(window)) became \(short(messages)): \(error)")
            }
        }
    }

    @Test("the scripted model refuses what the strictest server refuses")
    func strict() async throws {
        let refused: [[Message]] = [
            [], [.user("x"), call("a")], [.user("x"), call("a"), .user("y")], [result("a")],
            [.user("x"), call("a"), result("b")],
            [.user("x"), call("a", "a"), result("a", "a")],
            [.user("x"), call("a"), result("a"), call("a"), result("a")],
            [.user(" ")], [.user("x"), Message(role: .assistant, blocks: [])],
            [.user("x"), call("a", "b"), result("a")],
            [.user("x"), call(""), result("")],
        ]
        for messages in refused {
            let request = CompletionRequest(agent: "a", system: "", messages: messages, tools: [])
            await #expect(throws: ProviderError.self) {
                _ = try await ScriptedProvider().complete(request, onDelta: { _ in })
            }
        }
    }
}
