import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("The list of sessions", .timeLimit(.minutes(15)))
struct ListTests {
    @Test(
        "the filter language finds what it says",
        arguments: [
            ("", ["a-1", "a-2", "b-1"]), ("a", ["a-1", "a-2"]), ("b1", ["b-1"]), ("-a", ["b-1"]),
            ("session:a", ["a-1", "a-2"]),
            ("agent:probe", ["a-1", "a-2", "b-1"]), ("kind:temporary", []), ("messages>0", ["a-2"]),
            ("state.count=7", ["b-1"]),
            ("state.count>0", ["b-1"]), ("state.note=hello", ["b-1"]), ("error", []),
            ("age<5m status:awake", ["a-1", "a-2", "b-1"]),
            ("state.count>=7", ["b-1"]), ("state.count>=8", []), ("messages<=0", ["a-1", "b-1"]),
            ("messages>=2", ["a-2"]),
            ("b-", ["b-1"]), ("1a", []), ("state.none=1", []), ("\"a-1\"", ["a-1"]),
        ]
    )
    func filter(text: String, found: [String]) async throws {
        try await withSessions { runtime in
            let query = SessionsQuery(filter: text, sort: .session, descending: false)
            let page = try await runtime.sessions(query)
            #expect(page.rows.map(\.key.session) == found)
        }
    }

    @Test("a filter finds nothing out that is hidden")
    func hidden() async throws {
        struct Masked: StateVisibility {
            func isSecret(_ name: String) -> Bool { false }
            func visible(_ value: JSON, at path: [String]) -> JSON? { path == ["count"] ? nil : "‹masked›" }
        }
        try await withSessions { runtime in
            for (text, found) in [
                ("state.count=7", []), ("state.note=hello", []), ("state.note=‹masked›", ["a-1", "a-2", "b-1"]),
            ] {
                let query = SessionsQuery(filter: text, sort: .session, descending: false)
                let window = try await runtime.sessions(query, visibility: Masked())
                #expect(window.rows.map(\.key.session) == found)
            }
        }
    }

    @Test("windows, orders and counts are the runtime's")
    func windows() async throws {
        try await withSessions { runtime in
            let page = try await runtime.sessions(
                SessionsQuery(sort: .messages, descending: true, offset: 0, limit: 2)
            )
            #expect(page.rows.map(\.key.session) == ["a-2", "a-1"])
            #expect(page.total == 3)
            #expect(page.counts.awake == 3)
            #expect(
                try await runtime.sessions(
                    SessionsQuery(sort: .session, descending: true, offset: 2, limit: 5)
                )
                .rows.count == 1
            )
            #expect(try await runtime.sessions(SessionsQuery(offset: 99, limit: 5)).rows.isEmpty)
        }
    }

    private func withSessions(_ body: (Runtime) async throws -> Void) async throws {
        try await withRuntime { runtime, _, agent in
            _ = try await runtime.open("a-1")
            _ = try await runtime.say("hi", to: try await runtime.open("a-2"))
            _ = try await runtime.create("b-1", of: agent, setup: ["note": "hello"], state: ["count": 7], by: me)
            try await body(runtime)
        }
    }
}
