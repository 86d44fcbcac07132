import Magma
import MagmaProviders
import Synchronization
import Testing

@testable import BundledAgents

@Suite("Bundled agents", .timeLimit(.minutes(15)))
struct BundledAgentsTests {
    @Test(
        "card numbers are masked but for their last four, and nothing else is",
        arguments: [
            ("pay 4111 1111 1111 1111 now", "pay •••• •••• •••• 1111 now"),
            ("4111-1111-1111-1111", "••••-••••-••••-1111"),
            ("order 1188", "order 1188"), ("4111 1111 1111 1112", "4111 1111 1111 1112"), ("", ""),
            ("x5500005555555559y", "x••••••••••••5559y"),
        ]
    )
    func cards(text: String, masked: String) { #expect(CardMask.masked(text) == masked) }

    @Test("the agents have the ids of the contract")
    func ids() { #expect(BundledAgents.all.map { $0.id } == ["counter", "echo", "support"]) }

    @Test("no job adds to a number beyond what fits")
    func jobs() async throws {
        let support = SupportAgent()
        await support.begin(with: .max)
        await support.followUp()
        #expect(await support.openTickets.map(\.reminded) == [.max])
        await support.begin(with: 3)
        await support.followUp()
        #expect(await support.openTickets.map(\.reminded) == [4])
    }

    @Test("counter refuses sums that do not fit")
    func overflow() async throws {
        let agent = CounterAgent()
        _ = try await agent.bump(.max, by: "test")
        await #expect(throws: ToolError.self) { try await agent.bump(1, by: "test") }
        #expect(await agent.count == .max)
    }

    @Test(
        "counter's script adds when it is told to",
        arguments: [("add 3", true), ("Add -4", true), ("add", false), ("add x", false), ("how many?", false)]
    )
    func script(text: String, adds: Bool) async throws {
        let request = CompletionRequest(
            agent: "counter",
            system: "You keep a count, which is 7 now.",
            messages: [.user(text)],
            tools: []
        )
        let completion = try await ScriptedProvider(BundledAgents.scripts(pace: .zero)).complete(request) { _ in }
        #expect((completion.stopReason == .toolCall) == adds)
        if !adds { #expect(completion.blocks == [.text("The count is 7.")]) }
    }

    @Test(
        "support takes an order's number, and no card's",
        arguments: [("refund 1042", 1042), ("refund #1042, please", 1042), ("refund to •••• •••• •••• 1111", nil)]
    )
    func numbers(text: String, number: Int?) async throws {
        let request = CompletionRequest(agent: "support", system: "", messages: [.user(text)], tools: [])
        let completion = try await ScriptedProvider(BundledAgents.scripts(pace: .zero)).complete(request) { _ in }
        let call = completion.blocks.lazy.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }.first
        #expect(call?.arguments["number"]?.int == number)
    }

    @Test("support streams word by word, and the words are the text")
    func streaming() async throws {
        let request = CompletionRequest(agent: "support", system: "", messages: [.user("thank you")], tools: [])
        let pieces = Pieces()
        let completion = try await ScriptedProvider(BundledAgents.scripts(pace: .microseconds(1))).complete(request) {
            pieces.add($0)
        }
        #expect(pieces.all.count > 3)
        #expect(completion.blocks == [.text(pieces.all.joined())])
    }
}

private final class Pieces: Sendable {
    private let pieces = Mutex<[String]>([])
    var all: [String] { pieces.withLock { $0 } }
    func add(_ piece: String) { pieces.withLock { $0.append(piece) } }
}

extension SupportAgent {
    fileprivate func begin(with reminded: Int) {
        openTickets = [Ticket(id: 1, subject: "s", reminded: reminded)]
    }
}
