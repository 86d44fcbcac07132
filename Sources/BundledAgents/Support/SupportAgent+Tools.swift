internal import Magma

extension SupportAgent {
    static var tools: [Tool<SupportAgent>] {
        [
            Tool(
                "find_order",
                description: "Looks up an order by its number",
                parameters: schema(["number": ["type": "integer", "description": "The order's number"]])
            ) { _, arguments in
                guard let number = arguments["number"]?.int else { throw ToolError("'number' must be a whole number.") }
                guard let order = Order.find(number) else { throw ToolError("There is no order \(number).") }
                return try JSON(encoding: order)
            },
            Tool(
                "open_ticket",
                description: "Opens a ticket for a person to look at",
                parameters: schema(["subject": ["type": "string", "description": "What it is about, in a few words"]])
            ) { agent, arguments in
                guard let subject = arguments["subject"]?.string, !subject.isEmpty else {
                    throw ToolError("'subject' must be text.")
                }
                return ["ticket": .int(await agent.openTicket(subject).id)]
            },
            Tool(
                "refund",
                description: "Gives money back for an order",
                parameters: schema([
                    "number": ["type": "integer", "description": "The order's number"],
                    "cents": ["type": "integer", "description": "How much, in cents"],
                ])
            ) { agent, arguments in
                guard let number = arguments["number"]?.int, let cents = arguments["cents"]?.int else {
                    throw ToolError("'number' and 'cents' must be whole numbers.")
                }
                try await agent.refund(number, cents: cents)
                return ["refunded": .int(cents)]
            },
        ]
    }

    private static func schema(_ properties: JSON) -> JSON {
        [
            "type": "object", "properties": properties,
            "required": .array((properties.object?.names ?? []).map(JSON.string)),
        ]
    }
}

/// An order of the shop: its facts follow from its number, so that they are the same each time.
struct Order: Codable, Sendable {
    var number: Int
    var status: String
    var carrier: String
    var item: String
    var cents: Int

    /// Orders have four digits.
    static func find(_ number: Int) -> Order? {
        guard (1000...9999).contains(number) else { return nil }
        return Order(
            number: number,
            status: ["shipped", "packed", "delivered", "waiting for stock"][number % 4],
            carrier: ["DHL", "UPS", "Post"][number % 3],
            item: ["a kettle", "two lamps", "a bicycle bell", "green tea", "a 急須 teapot"][number % 5],
            cents: 900 + number % 90 * 100
        )
    }
}
