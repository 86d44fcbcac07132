import Foundation
import Magma
import MagmaProviders
import MagmaServer
import SessionModel
import TestSupport
import Testing

// What the tutorial prints, as it stands there at its end; the tests below compare and run it.
@Agent
actor ShopAgent {
    var plan = "free"
    var lookups = 0

    var instructions: String { "You help customers of a tea shop. This one's plan is \(plan)." }

    /// - Parameter number: The order's number
    @Tool("Looks up an order by its number")
    func findOrder(number: Int) throws -> String {
        guard number > 1000 else { throw ToolError("Order numbers begin at 1001.") }
        lookups += 1
        return "green tea, on its way"
    }

    @Hook("plan-changed", session: .body("user.id"))
    func planChanged(_ request: HookRequest) -> HookResponse {
        plan = request.body("plan")?.string ?? plan
        return .json(["plan": .string(plan)])
    }

    @Job("*/10 * * * * *")
    func remind() async {
        await session.log("\(lookups) orders looked up so far.")
    }
}

struct Shop {
    static func main() async throws {
        var configuration = try MagmaServer.Configuration(environment: ProcessInfo.processInfo.environment)
        configuration.provider = ScriptedProvider(["shop": script])
        try await MagmaServer(ShopAgent.self, configuration: configuration).run()
    }

    /// Looks orders up when a number is named, and says what it found.
    static let script = Script { request in
        if let found = request.freshResults.first { return [.text("I found: \(found.result.string ?? "nothing")")] }
        guard let number = request.lastUserText.split(separator: " ").compactMap({ Int($0) }).first else {
            return [.text("Which order?")]
        }
        let call = ToolCall(id: request.newCallID, name: "find_order", arguments: ["number": .int(number)])
        return [.toolCall(call)]
    }
}

/// The tutorial's first step, before anything is added to it.
enum FirstStep {
    @Agent
    actor ShopAgent {
        var plan = "free"
        var lookups = 0

        var instructions: String { "You help customers of a tea shop. This one's plan is \(plan)." }
    }

    struct Shop {
        static func main() async throws {
            try await MagmaServer(ShopAgent.self).run()
        }
    }
}

@Suite("The tutorial", .timeLimit(.minutes(15)))
struct TutorialTests {
    @Test("prints code that is compiled here")
    func printed() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let article = root.appending(path: "Sources/Magma/Magma.docc/FromAnEmptyPackage.md")
        let tutorial = try String(contentsOf: article, encoding: .utf8)
        let here = Self.lines(try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)).joined(separator: "\n")
        let blocks = tutorial.components(separatedBy: "```swift\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(blocks.count == 5)
        for block in blocks {
            // The first one's parts stand apart here: imports at the top, the rest in `FirstStep`.
            for part in block.components(separatedBy: "\n\n@") {
                let lines = Self.lines(part).filter { !$0.hasPrefix("import ") && $0 != "main" && $0 != "Agent" }
                #expect(lines.isEmpty || here.contains(lines.joined(separator: "\n")), "\(part)")
            }
        }
    }

    /// Without indentation and empty lines.
    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    @Test("makes an agent that does what it says")
    func works() async throws {
        try await ServerFixture.run(agents: [ShopAgent.self], scripts: ["shop": Shop.script]) { server in
            let answer = try await server.post(
                "/v1/agents/shop/chat?sessionId=ann",
                #"{"message":"where is 1044 now"}"#
            )
            #expect(try JSON(parsing: answer.body)["content"] == "I found: green tea, on its way")
            let refused = try await server.post("/v1/agents/shop/chat?sessionId=ann", #"{"message":"and 7"}"#)
            #expect(try JSON(parsing: refused.body)["content"] == "I found: Order numbers begin at 1001.")
            let hooked = try await server.post(
                "/v1/agents/shop/hooks/plan-changed",
                #"{"user":{"id":"ann"},"plan":"gold"}"#
            )
            #expect(try JSON(parsing: hooked.body) == ["plan": "gold"])
        }
    }
}

@Suite("A server's settings", .timeLimit(.minutes(15)))
struct ServerSettingsTests {
    @Test("come from the environment")
    func environment() throws {
        let configuration = try MagmaServer.Configuration(environment: [
            "MAGMA_HOST": "::1", "MAGMA_PORT": "0", "MAGMA_PROVIDER": "openai", "MAGMA_MODEL": "m",
            "MAGMA_ORIGINS": "https://a.example,https://b.example",
        ])
        #expect(configuration.host == "::1")
        #expect(configuration.port == 0)
        #expect(configuration.providerName == .openai)
        #expect(configuration.model == "m")
        #expect(configuration.origins == ["https://a.example", "https://b.example"])
    }

    @Test(
        "that cannot be read are named",
        arguments: [
            ("MAGMA_PORT", "70000", "MAGMA_PORT is '70000'; it must be a number from 0 to 65535."),
            (
                "MAGMA_PROVIDER", "groq", "MAGMA_PROVIDER is 'groq'; it must be one of scripted, openai, anthropic."
            ),
        ]
    )
    func wrong(name: String, value: String, words: String) {
        let error = #expect(throws: (any Error).self) { try MagmaServer.Configuration(environment: [name: value]) }
        #expect(error.map { "\($0)" } == words)
    }

    @Test(
        "of a model say what is missing",
        arguments: [
            (Providers.Name.openai, nil, [:], "The provider openai needs a model; name it with --model."),
            (
                .openai, "m", [:],
                "Set OPENAI_API_KEY to a key for https://api.openai.com/v1, or OPENAI_BASE_URL to a server that needs none."
            ),
            (
                .anthropic, "m", ["ANTHROPIC_BASE_URL": "localhost"],
                "ANTHROPIC_BASE_URL is 'localhost'; it must begin with http:// or https://."
            ),
            (.scripted, "m", [:], "The scripted provider has no model 'm'; leave --model out."),
        ] as [(Providers.Name, String?, [String: String], String)]
    )
    func models(name: Providers.Name, model: String?, environment: [String: String], words: String) {
        let error = #expect(throws: Providers.Problem.self) {
            _ = try Providers.provider(name, model: model, environment)
        }
        #expect(error?.description == words)
    }

    @Test("of a model make one, with a key or at an address of one's own")
    func model() throws {
        let openAI = try Providers.provider(.openai, model: "m", ["OPENAI_BASE_URL": "http://127.0.0.1:1/v1"])
        #expect(openAI.name == "openai")
        let anthropic = try Providers.provider(.anthropic, model: "m", ["ANTHROPIC_API_KEY": "k"])
        #expect(anthropic.model == "m")
    }
}
