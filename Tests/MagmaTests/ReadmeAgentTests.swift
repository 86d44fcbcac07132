import Foundation
import Magma
import Testing

// The agent of the README, as it is printed there.
@Agent
actor GreeterAgent {
    var greeted = 0

    var instructions: String { "You greet people. So far you have greeted \(greeted)." }

    /// - Parameter name: Whom to greet
    @Tool("Greets somebody")
    func greet(name: String) -> String {
        greeted += 1
        return "hello, \(name)"
    }

    @Hook("visit", session: .body("user.id"))
    func visit(_ request: HookRequest) -> HookResponse { .text("visitor \(greeted + 1)") }

    @Job("0 9 * * 1-5", timezone: "America/New_York")
    func goodMorning() async { await session.log("Good morning.") }
}

@Suite("The agent of the README", .timeLimit(.minutes(15)))
struct ReadmeAgentTests {
    @Test("has what the README says")
    func definition() async throws {
        let definition = GreeterAgent.definition
        #expect(GreeterAgent.id == "greeter")
        #expect(definition.fields.map(\.name) == ["greeted"])
        #expect(definition.tools.map(\.name) == ["greet"])
        #expect(definition.hooks.map(\.name) == ["visit"])
        #expect(definition.jobs.map(\.name) == ["good-morning"])
    }

    @Test("is printed in the README as it stands here")
    func printed() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let here = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let code = readme.split(separator: "```swift\nimport Magma\n\n")[1].split(separator: "```")[0]
        #expect(here.contains(code))
    }
}
