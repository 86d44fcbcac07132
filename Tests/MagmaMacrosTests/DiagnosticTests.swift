import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import SwiftSyntaxMacrosGenericTestSupport
import Testing

@testable import MagmaMacros

@Suite("What an author gets wrong", .timeLimit(.minutes(15)))
struct DiagnosticTests {
    @Test(
        "is said at the attribute, in words that say what to do",
        arguments: [
            ("@Agent struct A {}", "@Agent goes on an actor: each session is one instance of it."),
            (
                "@Agent actor A { @Hook(\"x\") func a() {}; @Hook(\"x\") func b() {} }",
                "There are two hooks named 'x'; give one of them another name."
            ),
            (
                "@Agent actor A { @Tool(\"a\") func add() {}; @Tool(\"b\", name: \"add\") func b() {} }",
                "There are two tools named 'add'; give one of them another name."
            ),
            (
                "@Agent actor A { @Job(\"* * * * *\") func a() {}; @Job(\"* * * * *\", name: \"a\") func b() {} }",
                "There are two jobs named 'a'; give one of them another name."
            ),
            (
                "actor A { @Job(\"61 * * * *\") func a() {} }",
                "The minute field '61' holds 61, which is outside 0-59."
            ),
            (
                "actor A { @Job(\"* *\") func a() {} }",
                "The schedule '* *' has 2 fields; it needs 5, or 6 with seconds first."
            ),
            (
                "actor A { @Job(\"0 3 * * *\", timezone: \"Mars/Olympus\") func a() {} }",
                "There is no time zone 'Mars/Olympus'; write an IANA name such as America/New_York."
            ),
            (
                "actor A { @Job(every) func a() {} }",
                "@Job needs its schedule as a plain string literal, so that it can be checked at compile time."
            ),
            (
                "actor A { @Job(\"* * * * *\") func a(x: Int) {} }",
                "A job is func name() async throws: it takes nothing and returns nothing."
            ),
            (
                "actor A { @Hook(\"x\") func a(_ x: Int) {} }",
                "A hook is func name(_ request: HookRequest) async throws -> HookResponse; the request and the response may be left out."
            ),
            (
                "actor A { @Hook(name) func a() {} }",
                "@Hook needs its name as a plain string literal, so that it can be checked at compile time."
            ),
            (
                "actor A { @Tool(\"x\") func a(then: () -> Void) {} }",
                "The parameter 'then' of type '() -> Void' cannot be described to a model; use strings, numbers, booleans, optionals, arrays, dictionaries, enums or Codable structs."
            ),
            (
                "actor A { @Tool(\"x\") func a(_ pair: (Int, Int)) {} }",
                "The parameter 'pair' of type '(Int, Int)' cannot be described to a model; use strings, numbers, booleans, optionals, arrays, dictionaries, enums or Codable structs."
            ),
            (
                "actor A { @Tool(\"x\") static func a() {} }",
                "A tool belongs to a session, so its function cannot be static."
            ),
            (
                "actor A { @Middleware(.preCompletion) func a() {} }",
                "A middleware is func name(_ message: Message) async throws -> Message, and not static."
            ),
            (
                "actor A { @Tool(\"x\") var a = 1 }",
                "@Tool goes on a function of an @Agent actor or an @Utilities struct."
            ),
            (
                "@Utilities actor A {}",
                "@Utilities goes on a struct: what is shared between agents has no state of its own."
            ),
            (
                "@Utilities struct B { @Hook(\"x\") func a() {}; @Hook(\"x\") func b() {} }",
                "There are two hooks named 'x'; give one of them another name."
            ),
            (
                "@Agent(id: \"My Agent\") actor A {}",
                "'My Agent' cannot be an agent's id: write lower-case letters, digits and hyphens, 64 at most, and none of agents, chat, hooks, inspect."
            ),
            (
                "@Agent actor ChatAgent {}",
                "'chat' cannot be an agent's id: write lower-case letters, digits and hyphens, 64 at most, and none of agents, chat, hooks, inspect."
            ),
            (
                "@Agent(id: name) actor A {}",
                "@Agent needs its id as a plain string literal, so that it can be checked at compile time."
            ),
            (
                "@Agent actor A { var then: () -> Void = {} }",
                "The state 'then' of type '() -> Void' is not Codable; mark it @Transient to leave it out of the state."
            ),
        ]
    )
    func diagnosed(source: String, message: String) {
        var messages: [String] = []
        assertMacroExpansion(
            source,
            expandedSource: "",
            diagnostics: [
                DiagnosticSpec(
                    message: message,
                    line: 1,
                    column: source.distance(from: source.startIndex, to: Self.place(in: source)) + 1
                )
            ],
            macroSpecs: Self.specs,
            failureHandler: { messages.append($0.message) }
        )
        let wrong = messages.filter { !$0.contains("Macro expansion did not produce the expected expanded source") }
        #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
    }

    /// Where the attribute that is to blame stands: the last one, but for what is wrong with the actor itself.
    private static func place(in source: String) -> String.Index {
        if source.contains("struct A") || source.contains("var then") { return source.startIndex }
        return source.lastIndex(of: "@") ?? source.startIndex
    }

    static let specs: [String: MacroSpec] = [
        "Agent": MacroSpec(type: AgentMacro.self, conformances: ["Agent"]),
        "Utilities": MacroSpec(type: UtilitiesMacro.self, conformances: ["Utilities"]),
        "Tool": MacroSpec(type: ToolMacro.self),
        "Hook": MacroSpec(type: HookMacro.self), "Job": MacroSpec(type: JobMacro.self),
        "Middleware": MacroSpec(type: MiddlewareMacro.self), "Transient": MacroSpec(type: TransientMacro.self),
    ]
}
