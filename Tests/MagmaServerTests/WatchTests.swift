import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing
import WebSocket

@testable import MagmaServer

@Suite("A window on the list", .timeLimit(.minutes(15)))
struct WatchTests {
    @Test(
        "a list of what is not there is an error and not an empty list",
        arguments: [
            ("sessions.watch", ["agent": "nosuch"], "agent_not_found"),
            ("sessions.watch", ["kinds": ["lasting", "nosuch"]], "invalid_params"),
            ("hooks.list", ["agent": "nosuch"], "agent_not_found"),
            ("hooks.list", ["agent": "counter", "hook": "nosuch"], "hook_not_found"),
            ("hooks.list", ["agent": "counter", "session": "nosuch"], "session_not_found"),
            ("hooks.list", ["agent": "counter", "before": "ex_unknown"], "exchange_not_found"),
            ("hooks.list", ["before": ""], "exchange_not_found"),
            ("hooks.watch", ["agent": "nosuch"], "agent_not_found"),
            ("hooks.watch", ["agent": "counter", "session": "nosuch"], "session_not_found"),
            ("jobs.ticks", ["agent": "counter", "job": "nosuch"], "job_not_found"),
        ] as [(String, JSON, String)]
    )
    func missing(method: String, params: JSON, code: String) async throws {
        try await ServerFixture.run { server in
            try await server.inspect { inspector in
                let error = await #expect(throws: RPCError.self) { try await inspector.call(method, params) }
                #expect(error?.code == code, "\(String(describing: error))")
            }
        }
    }

    @Test(
        "a filter that asks for a hidden field is refused, with its place",
        arguments: ["a state.password=x", "a -state.user.token:x"]
    )
    func hidden(filter: String) async throws {
        try await ServerFixture.run { server in
            try await server.inspect { inspector in
                let error = await #expect(throws: RPCError.self) {
                    try await inspector.call("sessions.watch", ["filter": .string(filter)])
                }
                #expect(error?.code == "invalid_filter")
                #expect(error?.position == 2)
                #expect(error?.message.contains("hidden") == true)
            }
        }
    }

    @Test("a watch shows its window, and what changes in it")
    func watch() async throws {
        try await ServerFixture.run { server in
            for name in ["a", "b", "c"] {
                _ = try await server.post("/v1/agents/echo/chat?sessionId=\(name)", "{\"message\":\"x\"}")
            }
            try await server.inspect { inspector in
                let query: JSON = ["sort": "session", "descending": false, "offset": 0, "limit": 2]
                let page = try #require(SessionsPage(json: try await inspector.call("sessions.watch", query)))
                #expect(page.rows.map(\.key.session) == ["a", "b"])
                #expect(page.total == 3)
                _ = try await server.post("/v1/agents/echo/chat?sessionId=aa", "{\"message\":\"x\"}")
                let changed = try await inspector.note("sessions.changed") { $0["total"] == 4 }
                #expect(SessionsPage(json: changed)?.rows.map(\.key.session) == ["a", "aa"])
                // Many at the same time, for as long as it takes: one after another they may each come alone.
                let posting = Task {
                    while !Task.isCancelled {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for number in 0..<20 {
                                group.addTask {
                                    let path = "/v1/agents/echo/chat?sessionId=z\(number)"
                                    _ = try await server.post(path, "{\"message\":\"x\"}")
                                }
                            }
                            try await group.waitForAll()
                        }
                    }
                }
                let merged = try await inspector.note("sessions.changed") { $0["coalesced"]?.int ?? 0 > 0 }
                posting.cancel()
                _ = await posting.result
                let stats = RuntimeStats(json: try await inspector.call("runtime.stats"))
                #expect(stats.coalesced >= merged["coalesced"]?.int ?? .max)
                let moved: JSON = [
                    "watch": .string(page.watch), "sort": "session", "descending": false, "offset": 2, "limit": 2,
                ]
                #expect(
                    SessionsPage(json: try await inspector.call("sessions.view", moved))?.rows.map(\.key.session) == [
                        "b", "c",
                    ]
                )
                _ = try await inspector.call("sessions.unwatch", ["watch": .string(page.watch)])
                await #expect(throws: RPCError.self) { try await inspector.call("sessions.view", moved) }
            }
        }
    }

    @Test("a watch that was closed is gone at once")
    func closing() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/echo/chat?sessionId=big", "{\"message\":\"x\"}")
            try await server.inspect { inspector in
                for _ in 0..<70 {
                    let watch = try await inspector.call("sessions.watch", ["filter": "session:big"])["watch"] ?? ""
                    _ = try await inspector.call("sessions.unwatch", ["watch": watch])
                    let hooks = try await inspector.call("hooks.watch", ["agent": "echo"])["watch"] ?? ""
                    _ = try await inspector.call("hooks.unwatch", ["watch": hooks])
                }
                try await eventually("nobody watches the list") { server.runtime.listWatchers == 0 }
                for (name, text) in [
                    ("filter", String(repeating: "a ", count: 3000)), ("query", String(repeating: "q", count: 300)),
                ] {
                    let error = await #expect(throws: RPCError.self) {
                        try await inspector.call("sessions.watch", [name: .string(text)])
                    }
                    #expect(error?.message.contains(name) == true)
                }
            }
        }
    }
}
