internal import Foundation
public import Magma

/// A shop's support: looks up orders, opens tickets, refunds.
public actor SupportAgent: Agent {
    struct Ticket: Codable, Sendable, Hashable {
        var id: Int
        var subject: String
        var reminded: Int
    }

    var plan = "free"
    var email: String?
    var openTickets: [Ticket] = []
    var refunds: [String: Int] = [:]
    var lastSeen: String?

    public init() {}

    public var instructions: String {
        """
        You help customers of a shop. The customer's plan is \(plan). Look orders up before you speak of them, open a \
        ticket when you cannot solve a problem, and refund only what was paid.
        """
    }

    public static var definition: AgentDefinition<SupportAgent> {
        AgentDefinition(
            fields: [
                StateField("plan", read: { $0.plan }, write: { $0.plan = $1 }),
                StateField("email", read: { $0.email }, write: { $0.email = $1 }),
                StateField("openTickets", read: { $0.openTickets }, write: { $0.openTickets = $1 }),
                StateField("refunds", read: { $0.refunds }, write: { $0.refunds = $1 }),
                StateField("lastSeen", read: { $0.lastSeen }, write: { $0.lastSeen = $1 }),
            ],
            tools: tools,
            hooks: hooks,
            jobs: jobs,
            middleware: [
                Middleware("mask-cards", on: .preCompletion) { _, message in CardMask.masked(message) },
                Middleware("mask-cards-in-reply", on: .onMainFinish) { _, message in CardMask.masked(message) },
            ]
        )
    }

    public func receive(_ message: Message) async throws -> Message {
        lastSeen = "chat"
        return message
    }

    func openTicket(_ subject: String) -> Ticket {
        let ticket = Ticket(id: 4000 + openTickets.count + 1, subject: subject, reminded: 0)
        openTickets.append(ticket)
        return ticket
    }

    func refund(_ number: Int, cents: Int) throws {
        guard let order = Order.find(number) else { throw ToolError("There is no order \(number).") }
        guard (1...order.cents).contains(cents) else {
            throw ToolError("Order \(number) cost \(order.cents) cents; \(cents) cannot be refunded.")
        }
        refunds[String(number)] = cents
    }

    func update(plan: String?, email: String?) {
        if let plan { self.plan = plan }
        if let email { self.email = email }
        lastSeen = "user-update"
    }

    func see(_ by: String) { lastSeen = by }

    /// Reminds of the oldest open ticket.
    func followUp() async {
        guard !openTickets.isEmpty else { return }
        openTickets[0].reminded += 1
        await session.send(["type": "reminder", "data": ["ticket": .int(openTickets[0].id)]])
    }
}

extension SupportAgent {
    private static var hooks: [Hook<SupportAgent>] {
        [
            Hook("user-update", session: .body("userId"), description: "The account changed") { agent, request in
                await agent.update(plan: request.body("plan")?.string, email: request.body("email")?.string)
                return .json(["updated": .string(agent.session.id)])
            },
            Hook("order-shipped", session: .query("sessionId"), description: "A parcel is on its way") {
                agent,
                request in
                await agent.see("order-shipped")
                await agent.session.send(["type": "shipped", "data": request.json ?? [:]])
                return nil
            },
            Hook("crm", session: .headers("x-session-id"), description: "A note from the CRM") { agent, request in
                await agent.see("crm")
                await agent.session.log("CRM: \(request.body("note")?.string ?? "nothing to note")")
                return .json(["ok": true])
            },
        ]
    }

    private static var jobs: [Job<SupportAgent>] {
        do {
            return [
                Job("follow-up", try CronExpression("* * * * *")) { agent in await agent.followUp() },
                .onAgent("nightly", try CronExpression("0 3 * * *"), timezone: BundledAgents.newYork) {},
            ]
        } catch {
            preconditionFailure("A schedule above is wrong: \(error)")
        }
    }
}
