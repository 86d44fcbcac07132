import SwiftSyntax
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import SwiftSyntaxMacrosGenericTestSupport
import Testing

@testable import MagmaMacros

@Suite("What @Agent makes", .timeLimit(.minutes(15)))
struct ExpansionTests {
    @Test("is a definition that reads like one written by hand")
    func whole() {
        expectExpansion(
            """
            @Agent(policy: .queue)
            actor SupportAgent {
                var plan = "free"
                var seen: Int? { didSet {} }
                @Transient var cache: [String] = []
                let shop = "x"
                var twice: Int { 2 }
                static var all = 0

                /// Looks an order up
                /// by its number.
                /// - Parameter number: The order's number
                @Tool
                func findOrder(number: Int, note: String = "none") async throws -> Order { fatalError() }

                @Hook("update", session: .body("id"))
                func update(_ request: HookRequest) throws -> HookResponse { fatalError() }

                @Hook("health")
                static func health() -> HookResponse { fatalError() }

                @Job("0 3 * * *", timezone: "America/New_York")
                static func cleanUp() async throws {}

                @Job("* * * * *")
                func followUp() {}

                @Middleware(.onCompletion, critical: false)
                func mask(_ message: Message) -> Message { message }
            }
            """,
            """
                static var definition: AgentDefinition<SupportAgent> {
                    AgentDefinition(
                        fields: [
                            StateField("plan", read: {
                                $0.plan
                            }, write: {
                                $0.plan = $1
                            }),
                            StateField("seen", read: {
                                $0.seen
                            }, write: {
                                $0.seen = $1
                            })
                        ],
                        tools: [
                            Tool("find_order", description: "Looks an order up by its number.", parameters: [ToolParameter("number", Int.self, "The order's number"), ToolParameter("note", String.self, default: "none")]) { agent, arguments in
                                return try JSON(encoding: try await agent.findOrder(number: try arguments.value("number", as: Int.self), note: try arguments.value("note", as: String.self, default: "none")))
                            }
                        ],
                        hooks: [
                            Hook("update", session: .body("id")) { agent, request in
                                return try await agent.update(request)
                            },
                            .onAgent("health") { _ in
                                return Self.health()
                            }
                        ],
                        jobs: [
                            .onAgent("clean-up", CronExpression(checked: "0 3 * * *"), timezone: TimeZone(checked: "America/New_York")) {
                                try await Self.cleanUp()
                            },
                            Job("follow-up", CronExpression(checked: "* * * * *")) { agent in
                                await agent.followUp()
                            }
                        ],
                        middleware: [
                            Middleware("mask", on: .onCompletion, critical: false) { agent, message in
                                await agent.mask(message)
                            }
                        ],
                        policy: .queue
                    )
                }
            """
        )
    }

    @Test("is public for a public actor, with the init that it needs")
    func publicActor() {
        expectExpansion(
            "@Agent(id: \"x\") public actor A {}",
            "public init()"
        )
    }
}

/// Whether the expansion holds the expected code, spaces aside.
func expectExpansion(
    _ source: String,
    _ expected: String,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    var expansion = ""
    assertMacroExpansion(
        source,
        expandedSource: "",
        macroSpecs: DiagnosticTests.specs,
        failureHandler: { expansion += $0.message }
    )
    func squeezed(_ text: String) -> String {
        text.replacing("+", with: "").replacing("–", with: "").filter { !$0.isWhitespace }
    }
    #expect(squeezed(expansion).contains(squeezed(expected)), "\(expansion)", sourceLocation: sourceLocation)
}
