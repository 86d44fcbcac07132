import Testing

@Suite("What @Utilities makes", .timeLimit(.minutes(15)))
struct UtilitiesTests {
    @Test("is a function that adds its parts to any agent")
    func whole() {
        expectExpansion(
            """
            @Utilities
            struct Weather {
                var isOpen: Bool { true }

                @Tool("Says the weather", enabled: "isOpen")
                func forecast(city: String) async throws -> String { fatalError() }

                @Middleware(.preCompletion)
                func trim(_ message: Message) -> Message { message }

                @Job("0 3 * * *")
                static func refresh() {}
            }
            """,
            """
                static func parts<A: Agent>(for agent: A.Type) -> AgentDefinition<A> {
                    let utilities = Self()
                    return AgentDefinition(
                        tools: [
                            Tool("forecast", description: "Says the weather", parameters: [ToolParameter("city", String.self)], isEnabled: { _ in
                                utilities.isOpen
                            }) { _, arguments in
                                return try JSON(encoding: try await utilities.forecast(city: try arguments.value("city", as: String.self)))
                            }
                        ],
                        jobs: [
                            .onAgent("refresh", CronExpression(checked: "0 3 * * *")) {
                                Self.refresh()
                            }
                        ],
                        middleware: [
                            Middleware("trim", on: .preCompletion) { _, message in
                                utilities.trim(message)
                            }
                        ]
                    )
                }
            """
        )
    }
}
