import Magma
import Testing

@Suite("Which session a hook is for", .timeLimit(.minutes(15)))
struct HookSessionTests {
    static let body: JSON = [
        "userId": "u1", "user": ["id": 42, "tags": ["x", "y"]], "zero": 0, "half": 1.5, "flag": true, "none": nil,
        "empty": "",
        "list": [["id": "deep"]],
    ]

    @Test(
        "body paths walk objects by key and arrays by index; what cannot name a session means a temporary one",
        arguments: [
            ("userId", "u1"), ("user.id", "42"), ("user.tags.1", "y"), ("list.0.id", "deep"), ("zero", "0"),
            ("half", "1.5"),
            ("flag", nil), ("none", nil), ("empty", nil), ("user", nil), ("list", nil), ("user.tags.9", nil),
            ("nope.at.all", nil),
            ("user.tags.-1", nil),
        ] as [(String, String?)]
    )
    func body(path: String, session: String?) async throws {
        let target = try await HookSession.body(path).target(of: HookRequest(body: .json(Self.body)))
        #expect(target.session == session)
        #expect(target.why.contains(path))
    }

    @Test(
        "a number names the session of its decimal text, exactly, so that two users do not meet in one session",
        arguments: [
            ("12345678901234567890", "12345678901234567890"), ("1e-7", "0.0000001"),
            ("9007199254740993.0", "9007199254740993"), ("9007199254740993", "9007199254740993"), ("1e2", "100"),
            ("-0", "0"), ("1.50", "1.5"), ("-12.0e1", "-120"),
        ]
    )
    func exact(number: String, session: String) async throws {
        let request = HookRequest(body: .json(["id": try JSON(parsing: number)]))
        #expect(try await HookSession.body("id").target(of: request).session == session)
    }

    @Test("a number that is too long for a name is refused")
    func long() async throws {
        let request = HookRequest(body: .json(["id": try JSON(parsing: "1e300")]))
        await #expect(throws: ToolError.self) { try await HookSession.body("id").target(of: request) }
    }

    @Test("a header that comes twice with different values, or is not UTF-8, names no session")
    func headers() async throws {
        func session(_ values: [String]) async throws -> String? {
            let request = HookRequest(headers: values.map { .init("X-Session-ID", $0) })
            return try await HookSession.headers("x-session-id").target(of: request).session
        }
        #expect(try await session(["a", "a"]) == "a")
        await #expect(throws: ToolError.self) { try await session(["a", "b"]) }
        await #expect(throws: ToolError.self) { try await session(["e\u{301}", "\u{E9}"]) }
        await #expect(throws: ToolError.self) { try await session(["caf\u{FFFD}"]) }
        let twice = HookRequest(query: [.init("sessionId", "a"), .init("sessionId", "b")])
        await #expect(throws: ToolError.self) { try await HookSession.query("sessionId").target(of: twice) }
    }

    @Test("headers ignore case, queries do not, and a fixed id is always that")
    func others() async throws {
        let request = HookRequest(query: [.init("sessionId", "q")], headers: [.init("X-Session-ID", "h")])
        #expect(try await HookSession.headers("x-session-id").target(of: request).session == "h")
        #expect(try await HookSession.query("sessionId").target(of: request).session == "q")
        #expect(try await HookSession.query("sessionid").target(of: request).session == nil)
        #expect(try await HookSession.fixed("f").target(of: request).session == "f")
        #expect(try await HookSession.temporary.target(of: request).session == nil)
        #expect(try await HookSession.computed { _ in "c" }.target(of: request).session == "c")
        #expect(try await HookSession.computed { _ in nil }.target(of: request).session == nil)
    }
}
