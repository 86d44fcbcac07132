internal import Foundation
public import Magma

/// A shop's support: looks up orders, opens tickets, refunds.
@Agent(utilities: [CardMasking.self])
public actor SupportAgent {
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

    public var instructions: String {
        """
        You help customers of a shop. The customer's plan is \(plan). Look orders up before you speak of them, open a \
        ticket when you cannot solve a problem, and refund only what was paid.
        """
    }

    public func receive(_ message: Message) async throws -> Message {
        lastSeen = "chat"
        return message
    }

    /// Facts, not flourishes.
    public func settings(for message: Message) async throws -> TurnSettings { TurnSettings(temperature: 0.2) }

    public func onError(_ error: any Error) async { await session.log("\(error)", level: "error") }

    // MARK: Tools

    /// - Parameter number: The order's number
    @Tool("Looks up an order by its number")
    func findOrder(number: Int) throws -> Order { try Order.found(number) }

    /// - Parameter subject: What it is about, in a few words
    @Tool("Opens a ticket for a person to look at")
    func openTicket(subject: String) throws -> [String: Int] {
        guard !subject.isEmpty else { throw ToolError("'subject' must not be empty.") }
        let ticket = Ticket(id: 4000 + openTickets.count + 1, subject: subject, reminded: 0)
        openTickets.append(ticket)
        return ["ticket": ticket.id]
    }

    /// - Parameters:
    ///   - number: The order's number
    ///   - cents: How much, in cents
    @Tool("Gives money back for an order")
    func refund(number: Int, cents: Int) throws -> [String: Int] {
        let order = try Order.found(number)
        guard (1...order.cents).contains(cents) else {
            throw ToolError("Order \(number) cost \(order.cents) cents; \(cents) cannot be refunded.")
        }
        refunds[String(number)] = cents
        return ["refunded": cents]
    }

    // MARK: Hooks

    @Hook("user-update", session: .body("userId"), description: "The account changed")
    func update(_ request: HookRequest) -> HookResponse {
        if let plan = request.body("plan")?.string { self.plan = plan }
        if let email = request.body("email")?.string { self.email = email }
        lastSeen = "user-update"
        return .json(["updated": .string(session.id)])
    }

    @Hook("order-shipped", session: .query("sessionId"), description: "A parcel is on its way")
    func orderShipped(_ request: HookRequest) async {
        lastSeen = "order-shipped"
        await session.send(["type": "shipped", "data": request.json ?? [:]])
    }

    @Hook("crm", session: .headers("x-session-id"), description: "A note from the CRM")
    func crm(_ request: HookRequest) async -> HookResponse {
        lastSeen = "crm"
        await session.log("CRM: \(request.body("note")?.string ?? "nothing to note")")
        return .json(["ok": true])
    }

    // MARK: Jobs

    /// Reminds of the oldest open ticket.
    @Job("* * * * *")
    func followUp() async {
        guard !openTickets.isEmpty else { return }
        let reminded = openTickets[0].reminded
        // A state can be given any number.
        openTickets[0].reminded = reminded == .max ? reminded : reminded + 1
        await session.send(["type": "reminder", "data": ["ticket": .int(openTickets[0].id)]])
    }

    @Job("0 3 * * *", timezone: "America/New_York")
    static func nightly() {}
}
