import Inspection
import SessionModel
import TestSupport
import Testing

@testable import InspectionServer
@testable import MagmaServer

@Suite("Who did what, and what is hidden", .timeLimit(.minutes(15)))
struct AuditTests {
    private static let ann: JSON = ["agent": "counter", "session": "ann"]

    private static func with(_ more: JSON.Object) -> JSON {
        var members = ann.object ?? [:]
        for (name, value) in more { members[name] = value }
        return .object(members)
    }

    @Test("acts and refusals are written down with the token's name, newest first; looking is not")
    func audited() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/counter/chat?sessionId=ann", "{\"message\":\"add 1\"}")
            try await server.inspect(as: .operator) { inspector in
                _ = try await inspector.call("session.history", Self.with(["limit": 5]))
                _ = try await inspector.call("session.snapshot", Self.with(["name": "one"]))
                await #expect(throws: RPCError.self) {
                    try await inspector.call("session.delete", Self.with(["confirm": "ann"]))
                }
                await #expect(throws: RPCError.self) {
                    try await inspector.call("session.snapshot", Self.with(["name": "one"]))
                }
            }
            try await server.inspect(as: .admin) { inspector in
                let answer = try await inspector.call("audit.list", ["limit": 2])
                let entries = answer["entries"]?.array ?? []
                #expect(entries.map { $0["method"] } == ["session.snapshot", "session.delete"])
                #expect(entries.map { $0["error"] } == ["snapshot_exists", "forbidden"])
                #expect(entries.allSatisfy { $0["role"] == "operator" && $0["session"] == "ann" })
                #expect(answer["more"] == true)
                let last = entries.last?["number"]?.int ?? 0
                let older = try await inspector.call("audit.list", ["before": .int(last)])["entries"]?.array ?? []
                #expect(older.map { $0["method"] } == ["session.snapshot"])
                #expect(older.first?["about"] == "name one")
                #expect(older.first?["error"] == nil)
            }
        }
    }

    @Test("what is written down holds no values")
    func noValues() async throws {
        try await ServerFixture.run { server in
            try await server.inspect(as: .admin) { inspector in
                let state: JSON = ["lastBy": "a secret of somebody"]
                _ = try await inspector.call("session.create", Self.with(["state": state]))
                _ = try await inspector.call("session.send", Self.with(["message": "another secret"]))
                let text = try await inspector.call("audit.list", [:]).text
                #expect(text.contains("session.send"))
                #expect(!text.contains("secret"))
            }
        }
    }

    @Test("a hidden value is revealed to an admin, by itself, and that is written down")
    func revealed() async throws {
        try await ServerFixture.run { server in
            let body = "{\"user\":{\"id\":\"ann\"},\"apiKey\":\"hidden-1\"}"
            _ = try await server.post("/v1/agents/counter/hooks/bump", body)
            try await server.inspect(as: .admin) { inspector in
                let exchanges = try await inspector.call("hooks.list", Self.ann)["exchanges"]?.array
                let id = exchanges?.first?["id"] ?? ""
                let shown = try await inspector.call("hooks.get", ["exchange": id])
                #expect(!shown.text.contains("hidden-1"))
                let value = try await inspector.call(
                    "session.reveal",
                    ["exchange": id, "path": "/request/body/apiKey"]
                )
                #expect(value["value"] == "hidden-1")
                for path in ["/request/body", "/nothing", "", "request"] {
                    await #expect(throws: RPCError.self) {
                        try await inspector.call("session.reveal", ["exchange": id, "path": .string(path)])
                    }
                }
                let entry = try await inspector.call("audit.list", ["limit": 5])["entries"]?.array?.last
                #expect(entry?["method"] == "session.reveal")
                #expect(entry?["about"]?.string?.contains("/request/body/apiKey") == true)
                let count = try await inspector.call("session.reveal", Self.with(["path": "/count"]))
                #expect(count["value"] == 1)
            }
        }
    }

    @Test("secrets of every place, keys of one's own and personal data leave nowhere but when they are revealed")
    func hidden() async throws {
        let hidden = ["hunter2", "DE44500105175407324931", "ann@example.com", "4111 1111 1111 1111"]
        try await ServerFixture.run(configure: {
            $0.inspection.redaction = Redaction(keys: ["iban"], masks: [.email, .card])
        }) { server in
            let body = """
                {"user":{"id":"ann"},"iban":"\(hidden[1])","note":"from \(hidden[2]) with \(hidden[3])","password":"hunter2"}
                """
            let path = "/v1/agents/counter/hooks/bump?api_key=hunter2&mail=\(hidden[2])"
            _ = try await server.post(path, body, headers: [("Authorization", "Bearer hunter2")])
            _ = try await server.post("/v1/agents/counter/chat?sessionId=ann", "{\"message\":\"I am \(hidden[2])\"}")
            try await server.inspect { inspector in
                let ann: JSON = ["agent": "counter", "session": "ann"]
                let list = try await inspector.call("hooks.list", ann)
                let id = list["exchanges"]?.array?.first?["id"] ?? .null
                let exchange = try await inspector.call("hooks.get", ["exchange": id])
                let history = try await inspector.call(
                    "session.history",
                    ["agent": "counter", "session": "ann", "before": 1000]
                )
                let head = try await inspector.call(
                    "session.attach",
                    ["agent": "counter", "session": "ann", "after": 0]
                )
                let events = try await inspector.note("session.event") { $0["event"]?["kind"] == "message.added" }
                let whole = try await inspector.call("session.export", ann)
                for answer in [list, exchange, history, head, events, whole] {
                    for secret in hidden { #expect(!answer.text.contains(secret), "\(secret) in \(answer.text)") }
                }
                #expect(whole.text.contains("‹card 1111›"))
                let shown = try await inspector.call("session.reveal", ["exchange": id, "path": "/request/body/note"])
                #expect(shown["value"]?.string?.contains(hidden[3]) == true)
            }
        }
    }
}
