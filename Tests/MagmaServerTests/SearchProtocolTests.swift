import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import InspectionServer
@testable import MagmaServer

@Suite("Search over the protocol", .timeLimit(.minutes(15)))
struct SearchProtocolTests {
    @Test("of an event or an exchange, what inspectors see can be found, by the rules that hide things from them")
    func shown() throws {
        let shown = Redaction(masks: [.email]).shownTexts
        let message = Message(id: "m", role: .user, text: "write to ann@example.com")
        let said = SessionEvent(seq: 1, at: 1, body: .messageAdded(message))
        #expect(shown.ofEvent(said).allSatisfy { $0.hasPrefix("write to") && !$0.contains("ann@") })
        #expect(Redaction().shownTexts.ofEvent(said) == ["write to ann@example.com"])
        let change = JSONPatch(from: [:], to: ["plan": "premium", "password": "hunter2hunter2"])
        let changed = SessionEvent(seq: 2, at: 1, body: .stateChanged(change))
        #expect(shown.ofEvent(changed).contains("premium"))
        #expect(!shown.ofEvent(changed).joined().contains("hunter2"))
        let body = RecordedBody(["user": "ann", "token": "s3cretvalue"], .json)
        let request = RecordedRequest(path: "/", body: body)
        var exchange = Exchange(id: "e", agent: "a", hook: "h", why: "", request: request, received: 1)
        #expect(shown.ofExchange(exchange).isEmpty, "it is under way")
        exchange.response = RecordedResponse(
            status: 200,
            body: RecordedBody(.string("password=s3cretvalue done"), .text)
        )
        exchange.error = "It was refused.\ntoken=s3cretvalue"
        #expect(shown.ofExchange(exchange).joined().contains("refused"))
        #expect(shown.ofExchange(exchange).contains("ann"))
        #expect(!shown.ofExchange(exchange).joined().contains("s3cretvalue"))
        // What is large is not redacted while others wait.
        exchange.request.body = RecordedBody(.string(String(repeating: "lorem ", count: 10_000)), .text)
        #expect(!shown.ofExchange(exchange).joined().contains("lorem"))
        // Other settings are other rules.
        let names = [Redaction(), Redaction(keys: ["x"]), Redaction(masks: [.email])].map(\.shownTexts.name)
        #expect(Set(names).count == 3)
    }

    @Test("searches of one connection go on one after another, so that they hold up no other one for long")
    func oneByOne() throws {
        guard let handler = InspectionMethods.handler(of: "sessions.search") else { return }
        #expect(handler.pace == .oneByOne)
    }

    @Test("an answer looks at no more than its bound, and says where to go on")
    func bounded() async throws {
        try await ServerFixture.run { server in
            let text = String(repeating: "lorem ipsum ", count: 8000)
            for number in 0..<40 {
                let place = SessionPlace(lasting: SessionKey(agent: "echo", session: "s\(number)"))
                _ = try await server.runtime.send([.user(text)], to: place, origin: .chat).reply
            }
            try await server.inspect(as: .viewer) { inspector in
                var (pages, cursor) = (0, JSON.null)
                repeat {
                    let page = try await inspector.call(
                        "sessions.search",
                        ["text": "nowhere", "cursor": cursor]
                    )
                    #expect(page["results"] == [])
                    cursor = page["next"] ?? .null
                    pages += 1
                } while cursor != .null
                // 40 messages and as many replies of 96 kB.
                #expect((4...12).contains(pages), "\(pages)")
            }
        }
    }
}
