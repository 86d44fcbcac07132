internal import BundledAgents
internal import Foundation
internal import Magma
internal import MagmaRuntime
internal import SessionModel

/// Simulated users of the bundled agents: what they do, and when, follows from the seed alone.
struct DemoCrowd: Sendable {
    let runtime: Runtime
    let seed: UInt64
    let users: Int
    let speed: Double

    func run() async {
        await withDiscardingTaskGroup { group in
            for number in 1...users {
                group.addTask {
                    var user = DemoUser(number: number, seed: seed, runtime: runtime, speed: speed)
                    await user.live()
                }
            }
        }
    }
}

/// One user: a session of `support` or of `counter`, and a habit.
private struct DemoUser {
    private let number: Int
    private let runtime: Runtime
    private let speed: Double
    private var random: SeededRandom

    init(number: Int, seed: UInt64, runtime: Runtime, speed: Double) {
        self.number = number
        self.runtime = runtime
        self.speed = speed
        random = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(number))
    }

    /// Messages that were sent.
    private var said = 0
    private var isCounter: Bool { number % 4 == 0 }
    private var name: String { isCounter ? "counter-\(number / 4)" : "user-\(number)" }

    mutating func live() async {
        guard await pause(seconds: Double(number - 1) * 0.12) else { return }
        if !isCounter { try? await signUp() }
        // What is seen first is a question that the agent has a tool for.
        if number == 1 { try? await say("where is my order 1188?", to: SupportAgent.id) }
        if number == 1 { guard await pause(seconds: 5) else { return } }
        while !Task.isCancelled {
            do {
                if isCounter { try await count() } else { try await askForSupport() }
            } catch is CancellationError {
                return
            } catch {}
            guard await pause(seconds: .random(in: 4...14, using: &random)) else { return }
        }
    }

    /// Whether life goes on.
    private func pause(seconds: Double) async -> Bool {
        do { try await Task.sleep(for: .seconds(seconds / speed)) } catch { return false }
        return true
    }

    private mutating func count() async throws {
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            try await hook(
                "bump",
                of: CounterAgent.id,
                ["user": ["id": .string(name)], "by": .int(.random(in: 1...9, using: &random))]
            )
        case 1: try await hook("bump-anyone", of: CounterAgent.id, ["by": 1])
        default: try await say("add \(Int.random(in: 1...20, using: &random))", to: CounterAgent.id)
        }
    }

    private mutating func askForSupport() async throws {
        let order = Int.random(in: 1000...9999, using: &random)
        switch Int.random(in: 0..<9, using: &random) {
        case 0: try await signUp()
        case 1: try await hook("order-shipped", of: SupportAgent.id, ["order": .int(order)], query: name)
        default:
            // Of the one that is looked at first all is English for a while.
            said += 1
            let lines = number == 1 && said <= 3 ? Self.lines.prefix(3) : Self.lines[...]
            let line = lines.randomElement(using: &random) ?? "hello"
            try await say(line.replacing("{n}", with: String(order)), to: SupportAgent.id)
        }
    }

    /// The shop tells of a new user, or of one who has changed plans.
    private mutating func signUp() async throws {
        let plan = ["free", "pro", "team"].randomElement(using: &random) ?? "free"
        try await hook(
            "user-update",
            of: SupportAgent.id,
            ["userId": .string(name), "plan": .string(plan), "email": .string("\(name)@example.com")]
        )
    }

    private static let lines = [
        "where is my order {n}?", "I want a refund for order {n}", "my kettle is broken, please help me", "thank you!",
        "hello, is anybody there?", "Wo bleibt mein Paket, order {n}?", "注文 {n} はどこですか? where is order {n}?",
        "👍🏽 thanks a lot",
        "my card is 4111 1111 1111 1111, can you refund {n}?",
    ]

    private func say(_ text: String, to agent: String) async throws {
        let session = try await runtime.place(name, of: try runtime.agent(agent))
        _ = try await runtime.send([.user(text)], to: session, origin: .chat).reply
    }

    private func hook(_ hook: String, of agent: String, _ body: JSON, query: String? = nil) async throws {
        let request = HookRequest(
            path: "/v1/agents/\(agent)/hooks/\(hook)",
            query: query.map { [HookRequest.Field("sessionId", $0)] } ?? [],
            headers: [HookRequest.Field("content-type", "application/json")],
            body: .json(body)
        )
        _ = try await runtime.handleHook(hook, of: try runtime.agent(agent), request)
    }
}

/// SplitMix64: small, and the same on every machine.
private struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
