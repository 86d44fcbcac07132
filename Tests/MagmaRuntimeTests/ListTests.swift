import Inspection
import Magma
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
            let page = try await runtime.sessions(query, watch: "w")
            #expect(page.rows.map(\.key.session) == found)
        }
    }

    @Test(
        "a wrong filter says where",
        arguments: [("abc moon:full", 4), ("messages>many", 0), ("age<", 0), ("  agent<x", 2), ("a \"b c\" kind:", 8)]
    )
    func refusal(text: String, position: Int) {
        let error = #expect(throws: RPCError.self) { try SessionFilter(text) }
        #expect(error?.position == position)
        #expect(error?.code == "invalid_filter")
    }

    @Test("a filter finds nothing out that is hidden")
    func hidden() async throws {
        try await withSessions { runtime in
            let redaction = Redaction(keys: ["count"], masks: [.email])
            for text in ["state.count>1", "-state.count=7", "state.password=x", "state.user.token:x"] {
                let error = #expect(throws: RPCError.self) { try SessionFilter(text, hiding: redaction) }
                #expect(error?.message.contains("hidden") == true)
            }
            let agent = try runtime.agent(nil)
            _ = try await runtime.create("c-1", of: agent, setup: ["note": "ann@example.com"], state: [:])
            for (text, found) in [("state.note=ann@example.com", []), ("state.note=‹email›", ["c-1"])] {
                let page = try await runtime.sessions(SessionsQuery(filter: text), watch: "w", hiding: redaction)
                #expect(page.rows.map(\.key.session) == found)
            }
        }
    }

    @Test("windows, orders and counts are the runtime's")
    func windows() async throws {
        try await withSessions { runtime in
            let page = try await runtime.sessions(
                SessionsQuery(sort: .messages, descending: true, offset: 0, limit: 2),
                watch: "w"
            )
            #expect(page.rows.map(\.key.session) == ["a-2", "a-1"])
            #expect(page.total == 3)
            #expect(page.counts.awake == 3)
            #expect(
                try await runtime.sessions(
                    SessionsQuery(sort: .session, descending: true, offset: 2, limit: 5),
                    watch: "w"
                )
                .rows.count == 1
            )
            #expect(try await runtime.sessions(SessionsQuery(offset: 99, limit: 5), watch: "w").rows.isEmpty)
        }
    }

    private func withSessions(_ body: (Runtime) async throws -> Void) async throws {
        try await withRuntime { runtime, _, agent in
            _ = try await runtime.open("a-1")
            _ = try await runtime.say("hi", to: try await runtime.open("a-2"))
            _ = try await runtime.create("b-1", of: agent, setup: ["note": "hello"], state: ["count": 7])
            try await body(runtime)
        }
    }
}
