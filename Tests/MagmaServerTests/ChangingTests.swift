import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import MagmaServer

@Suite("Changing sessions through the protocol", .timeLimit(.minutes(15)))
struct ChangingTests {
    private static let ann: JSON = ["agent": "counter", "session": "ann"]

    private static func with(_ more: JSON.Object) -> JSON {
        var members = ann.object ?? [:]
        for (name, value) in more { members[name] = value }
        return .object(members)
    }

    /// A server whose counters do not tick, so that nothing moves but what a test moves.
    private static func run(_ body: (ServerFixture) async throws -> Void) async throws {
        try await ServerFixture.run { server in
            let counter = try server.runtime.agent("counter")
            let me = ChangeAuthor(name: "me", method: "test")
            for job in ["tick", "minute"] { try await server.runtime.pauseJob(job, of: counter, on: nil, by: me) }
            try await body(server)
        }
    }

    private func say(_ text: String, _ server: ServerFixture) async throws {
        _ = try await server.post("/v1/agents/counter/chat?sessionId=ann", "{\"message\":\"\(text)\"}")
    }

    @Test("each method is for its role and those above it", arguments: Role.allCases)
    func roles(role: Role) async throws {
        let needed: [(String, Role)] = [
            ("snapshots.list", .viewer), ("session.export", .viewer), ("session.snapshot", .operator),
            ("session.fork", .operator), ("session.keep", .operator), ("session.import", .operator),
            ("import.chunk", .operator), ("import.end", .operator), ("import.stop", .operator),
            ("export.stop", .viewer), ("session.restore", .admin),
            ("session.edit", .admin), ("snapshot.delete", .admin), ("session.delete", .admin),
            ("session.reveal", .admin), ("audit.list", .admin),
        ]
        try await Self.run { server in
            try await say("add 1", server)
            try await server.inspect(as: role) { inspector in
                for (method, least) in needed {
                    var code: String?
                    do { _ = try await inspector.call(method, Self.ann) } catch let error as RPCError {
                        code = error.code
                    }
                    #expect((code == "forbidden") == (role < least), "\(method): \(code ?? "answered")")
                }
            }
        }
    }

    @Test("a snapshot is listed, compared with, gone back to, forked from and deleted")
    func snapshots() async throws {
        try await Self.run { server in
            try await say("add 1", server)
            try await server.inspect { inspector in
                let taken = try await inspector.call("session.snapshot", Self.with(["name": "one"]))["snapshot"]
                #expect(taken?["messages"] == 4)
                #expect(taken?["by"] == "admin")
                try await say("add 2", server)
                #expect(try await inspector.call("snapshots.list", Self.ann)["snapshots"]?.array?.first == taken)
                let head = try await inspector.call("session.attach", Self.ann)["head"]
                let seq = head?["seq"] ?? 0
                let diff = try await inspector.call("session.diff", Self.with(["from": "one", "to": seq]))
                #expect(diff["state"] == [["op": "replace", "path": "/count", "value": 3]])
                #expect(diff["added"]?.array?.count == 4)

                let stale = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.restore", Self.with(["to": "one", "expect": 1]))
                }
                #expect(stale?.code == "stale")
                #expect(stale?.number == -32009)
                let restored = try await inspector.call("session.restore", Self.with(["to": "one", "expect": seq]))
                let event = try await inspector.event("session.restored")
                #expect(event["to"] == taken?["seq"])
                #expect(event["snapshot"] == "one")
                let now = try await inspector.call("session.at", Self.with(["seq": restored["seq"] ?? 0]))
                #expect(now["state"]?["count"] == 1)
                try await say("add 5", server)
                #expect(try await server.runtime.summary(SessionKey(agent: "counter", session: "ann"))?.messages == 8)

                let fork = try await inspector.call("session.fork", Self.with(["from": "one", "as": "copy"]))
                #expect(fork["session"] == "copy")
                #expect(fork["summary"]?["origin"] == "fork")
                #expect(fork["summary"]?["paused"] == true)
                let across = try await inspector.call(
                    "session.diff",
                    Self.with(["from": "one", "to": 2, "other": "copy"])
                )
                #expect(across["state"] == [])

                _ = try await inspector.call("snapshot.delete", Self.with(["name": "one"]))
                #expect(try await inspector.call("snapshots.list", Self.ann)["snapshots"] == [])
                let gone = await #expect(throws: RPCError.self) {
                    try await inspector.call("snapshot.delete", Self.with(["name": "one"]))
                }
                #expect(gone?.code == "snapshot_not_found")
            }
        }
    }

    @Test("in a session that moves on, a field is edited while it is as it was seen, and a restore is asked for again")
    func movingOn() async throws {
        try await Self.run { server in
            try await say("add 1", server)
            try await server.inspect { inspector in
                func edit(_ seen: JSON, _ value: JSON) async throws -> JSON {
                    let state: JSON = [
                        ["op": "test", "path": "/count", "value": seen],
                        ["op": "replace", "path": "/count", "value": value],
                    ]
                    return try await inspector.call("session.edit", Self.with(["state": state]))
                }
                let seq = try await inspector.call("session.attach", Self.ann)["head"]?["seq"] ?? 0
                _ = try await inspector.call("session.snapshot", Self.with(["name": "later"]))
                _ = try await edit(1, 40)
                let stale = await #expect(throws: RPCError.self) { try await edit(1, 50) }
                #expect(stale?.code == "stale")
                #expect(stale?.message.contains("/count is not 1") == true)
                // Without a test nothing tells what was seen.
                let missing = await #expect(throws: RPCError.self) {
                    let state: JSON = [["op": "replace", "path": "/count", "value": 2]]
                    return try await inspector.call("session.edit", Self.with(["state": state]))
                }
                #expect(missing?.message.contains("'expect' is missing") == true)
                let refused = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.restore", Self.with(["to": seq, "expect": seq]))
                }
                #expect(refused?.message.contains("1 snapshot.taken") == true, "\(String(describing: refused))")
                #expect(refused?.message.contains("1 state.changed") == true)
                let restored = try await inspector.call("session.restore", Self.with(["to": seq, "anyway": true]))
                let now = try await inspector.call("session.at", Self.with(["seq": restored["seq"] ?? 0]))
                #expect(now["state"]?["count"] == 1)
            }
        }
    }

    @Test("in a session that moves on, a message is changed while it is as it was seen, by its hash")
    func editByHash() async throws {
        try await Self.run { server in
            try await say("add 1", server)
            try await server.inspect { inspector in
                let head = try await inspector.call("session.attach", Self.ann)["head"]
                let message = try #require(head?["messages"]?.array?.first)
                let hash = SecretDigest(message.text).text
                try await say("add 2", server)
                func change(_ hash: String, _ text: String) -> JSON {
                    Self.with([
                        "context": [
                            [
                                "op": "change", "id": message["id"] ?? .null, "hash": .string(hash),
                                "message": ["role": "user", "content": .string(text)],
                            ]
                        ]
                    ])
                }
                _ = try await inspector.call("session.edit", change(hash, "by hand"))
                #expect(
                    try await inspector.event("message.changed")["message"]?["blocks"]?.array?.first?["text"]
                        == "by hand"
                )
                let stale = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.edit", change(hash, "again"))
                }
                #expect(stale?.code == "stale")
                let wrong = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.edit", change("abc", "again"))
                }
                #expect(wrong?.code == "invalid_params")
            }
        }
    }

    @Test("an edit is seen by whoever is attached, and a wrong one names what is wrong")
    func edit() async throws {
        try await Self.run { server in
            try await say("add 1", server)
            try await server.inspect { inspector in
                let head = try await inspector.call("session.attach", Self.ann)["head"]
                let seq = head?["seq"] ?? 0
                let message = head?["messages"]?.array?.first?["id"] ?? .null
                for (edit, words) in [
                    (["state": [["op": "replace", "path": "/count"]]], "state"), (["context": [["op": "move"]]], "op"),
                    (["context": ["x": 1]], "array"), ([:], "nothing"),
                    (["context": [["op": "remove", "id": "msg_x"]]], "msg_x"),
                    (["state": [["op": "replace", "path": "/count", "value": "x"]]], "count"),
                ] as [(JSON.Object, String)] {
                    var params = edit
                    params["expect"] = seq
                    let error = await #expect(throws: RPCError.self) {
                        try await inspector.call("session.edit", Self.with(params))
                    }
                    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
                }
                let edited = try await inspector.call(
                    "session.edit",
                    Self.with([
                        "expect": seq, "state": [["op": "replace", "path": "/count", "value": 40]],
                        "context": [
                            ["op": "remove", "id": message],
                            ["op": "add", "message": ["role": "user", "content": "by hand"]],
                        ],
                    ])
                )
                #expect(try await inspector.event("inspector.acted")["method"] == "session.edit")
                #expect(try await inspector.event("state.changed")["patch"]?.array?.first?["value"] == 40)
                #expect(try await inspector.event("message.removed")["id"] == message)
                let at = try await inspector.call("session.at", Self.with(["seq": edited["seq"] ?? 0]))
                #expect(at["messages"]?.array?.last?["blocks"]?.array?.first?["text"] == "by hand")
                try await say("add 2", server)
                let now = try await inspector.call("session.attach", Self.ann)["head"]
                #expect(now?["state"]?["count"] == 42)
            }
        }
    }

    @Test("a temporary session is kept, and a session deleted when its id is typed again")
    func keepAndDelete() async throws {
        try await Self.run { server in
            try await server.inspect { inspector in
                let made = try await inspector.call("session.create", ["agent": "counter"])
                let kept = try await inspector.call(
                    "session.keep",
                    ["agent": "counter", "session": made["session"] ?? .null, "as": "ann"]
                )
                #expect(kept["session"] == "ann")
                #expect(kept["summary"]?["kind"] == "lasting")
                try await say("add 1", server)
                let error = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.delete", Self.with(["confirm": "an"]))
                }
                #expect(error?.message.contains("nothing was deleted") == true)
                #expect(try await inspector.call("session.delete", Self.with(["confirm": "ann"]))["deleted"] == true)
                let gone = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.history", Self.ann)
                }
                #expect(gone?.code == "session_not_found")
            }
        }
    }

    @Test("a capsule goes out whole or in pieces, without secrets, and comes back")
    func capsules() async throws {
        try await Self.run { server in
            _ = try await server.post(
                "/v1/agents/counter/hooks/bump",
                "{\"user\":{\"id\":\"ann\"},\"password\":\"hunter2\"}"
            )
            try await server.inspect { inspector in
                let whole = try await inspector.call("session.export", Self.ann)["capsule"] ?? .null
                #expect(whole["capsule"] == 1)
                #expect(!whole.text.contains("hunter2"))
                let id = try await inspector.call("session.export", Self.with(["stream": true]))["export"] ?? .null
                let chunk = try await inspector.note("export.chunk") { $0["export"] == id }
                let text = chunk["text"]?.string ?? ""
                #expect(try JSON(parsing: text) == whole)
                #expect(chunk["events"] == chunk["of"])
                #expect(try await inspector.note("export.end")["bytes"]?.int == text.utf8.count)

                let taken = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.import", ["capsule": whole])
                }
                #expect(taken?.code == "session_exists")
                let copy = try await inspector.call("session.import", ["capsule": whole, "as": "copy"])
                #expect(copy["summary"]?["seq"] == whole["count"])

                let coming = try await inspector.call("session.import", ["stream": true, "as": "piecewise"])["import"]
                let half = text.index(text.startIndex, offsetBy: text.count / 2)
                for part in [text[..<half], text[half...]] {
                    _ = try await inspector.call(
                        "import.chunk",
                        ["import": coming ?? .null, "text": .string(String(part))]
                    )
                }
                let came = try await inspector.call("import.end", ["import": coming ?? .null])
                #expect(came["summary"]?["session"] == "piecewise")
                let over = await #expect(throws: RPCError.self) {
                    try await inspector.call("import.end", ["import": coming ?? .null])
                }
                #expect(over?.code == "import_not_found")
                let wrong = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.import", ["capsule": ["capsule": 7]])
                }
                #expect(wrong?.code == "capsule_version")
            }
        }
    }

    @Test("an export and an import stop when the client says so")
    func stopped() async throws {
        try await Self.run { server in
            try await server.inspect { inspector in
                let made = try await inspector.call("session.create", Self.ann)
                var seq = made["summary"]?["seq"]?.int ?? 0
                let text = String(repeating: "much ", count: 100_000)
                let add: JSON = [["op": "add", "message": ["role": "user", "content": .string(text)]]]
                for _ in 0..<40 {
                    let edit = Self.with(["context": add, "expect": .int(seq)])
                    seq = try await inspector.call("session.edit", edit)["seq"]?.int ?? 0
                }
                let id = try await inspector.call("session.export", Self.with(["stream": true]))["export"] ?? .null
                #expect(try await inspector.call("export.stop", ["export": id]) == [:])
                let end = try await inspector.note("export.end") { $0["export"] == id }
                #expect(end["error"].flatMap(RPCError.init(json:))?.code == "export_stopped")
                #expect((end["bytes"]?.int ?? .max) < 40 * text.utf8.count)

                let coming = try await inspector.call("session.import", ["stream": true, "as": "copy"])["import"]
                let named: JSON = ["import": coming ?? .null]
                #expect(try await inspector.call("import.stop", named) == [:])
                for (method, params) in [
                    ("export.stop", ["export": id]), ("import.stop", named), ("import.end", named),
                ] {
                    let error = await #expect(throws: RPCError.self) { try await inspector.call(method, params) }
                    #expect(error?.code.hasSuffix("_not_found") == true, "\(method)")
                }
            }
        }
    }

    @Test("a repeated request over HTTP is answered the same, as JSON and as a stream")
    func repeated() async throws {
        try await Self.run { server in
            func chat(_ key: String, stream: Bool = false) async throws -> HTTPAnswer {
                try await server.post(
                    "/v1/agents/counter/chat?sessionId=ann",
                    "{\"message\":\"add 2\"}",
                    headers: [("Idempotency-Key", key)] + (stream ? [("Accept", "text/event-stream")] : [])
                )
            }
            let first = try await chat("k1")
            #expect(try await chat("k1").json == first.json)
            let streamed = try await chat("k1", stream: true)
            #expect(streamed.body.contains(first.json["id"]?.string ?? "?"))
            #expect(try await chat("k2", stream: true).body.contains("The count is 4."))
            #expect(try await chat("k2").json["content"] == "The count is 4.")
            #expect(try await chat("bad key").json["code"] == "idempotency_key_invalid")
            func bump(_ key: String, _ hook: String, _ path: String) async throws -> HTTPAnswer {
                try await server.post(
                    "/v1/agents/\(path)/hooks/\(hook)",
                    "{\"user\":{\"id\":\"ann\"}}",
                    headers: [("Idempotency-Key", key)]
                )
            }
            let bumped = try await bump("k1", "bump", "counter")
            #expect(bumped.json["count"] == 5)
            let again = try await bump("k1", "bump", "counter")
            #expect(again.json == bumped.json)
            #expect(again.headers["x-session-id"] == bumped.headers["x-session-id"])
            #expect(try await bump("k1", "about", "counter").json == (try await bump("k1", "about", "counter").json))
            try await server.inspect { inspector in
                let send = Self.with(["message": "add 1", "idempotencyKey": "k1"])
                let sent = try await inspector.call("session.send", send)
                #expect(try await inspector.call("session.send", send) == sent)
            }
        }
    }
}
