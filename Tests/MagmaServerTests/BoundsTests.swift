import Inspection
import Magma
import MagmaRuntime
import SessionModel
import TestSupport
import Testing
import WebSocket

@testable import InspectionServer
@testable import MagmaServer

@Suite("Answers within a frame", .timeLimit(.minutes(15)))
struct BoundsTests {
    private static let large = 5 << 20
    private static let target: JSON.Object = ["agent": "echo", "session": "big"]

    private static func with(_ more: JSON.Object) -> JSON {
        .object(JSON.Object((Array(target) + Array(more)).map { ($0.name, $0.value) }))
    }

    /// The whole of what is cut, put together from its pieces.
    private func content(_ cut: JSON, _ inspector: TestInspector) async throws -> String {
        let ref = try #require(cut["ref"])
        var text = ""
        var offset: JSON? = 0
        while let next = offset, !next.isNull {
            let piece = try await inspector.call("content.get", ["ref": ref, "offset": next, "limit": 1_000_001])
            #expect(piece["bytes"] == cut["bytes"])
            text += piece["text"]?.string ?? ""
            offset = piece["more"] == true ? piece["next"] : nil
        }
        return text
    }

    @Test("a session with two chats of 5 MB can be looked at, and its texts had in pieces")
    func session() async throws {
        try await ServerFixture.run { server in
            let texts = ["é", "b"].map { String(repeating: $0, count: Self.large / $0.utf8.count) }
            for text in texts {
                let body: JSON = ["message": .string(text)]
                #expect(try await server.post("/v1/agents/echo/chat?sessionId=big", body.text).status == 200)
            }
            try await server.inspect { inspector in
                let answer = try await inspector.call("session.attach", Self.with(["after": 0]))
                let head = try #require(answer["head"])
                #expect(head.text.utf8.count < 4 << 20)
                let messages = head["messages"]?.array ?? []
                #expect(messages.count == 4)
                #expect(SessionHead(json: head)?.messages.count == 4)
                for (index, message) in messages.enumerated() {
                    let block = try #require(message["blocks"]?.array?.first)
                    #expect(block["cut"] == true)
                    #expect(block["text"]?.string?.utf8.count ?? .max < 64 << 10)
                    let whole = try await content(block, inspector)
                    #expect(whole.isExactly(texts[index / 2]))
                }
                let history = try await inspector.call("session.history", Self.with(["after": 0, "limit": 1000]))
                #expect(history.text.utf8.count < 4 << 20)
                #expect(history["more"] == false)
                for event in history["events"]?.array ?? [] { #expect(SessionEvent(json: event) != nil) }
                let event = try await inspector.event("message.added")
                #expect(
                    try await content(event["message"]?["blocks"]?.array?.first ?? [:], inspector).isExactly(texts[0])
                )
                let at = try await inspector.call("session.at", Self.with(["seq": head["seq"] ?? 0]))
                #expect(at.text.utf8.count < 4 << 20)
                let cut = at["messages"]?.array?.last?["blocks"]?.array?.first ?? [:]
                #expect(try await content(cut, inspector).isExactly(texts[1]))
                let diff = try await inspector.call("session.diff", Self.with(["from": 0, "to": head["seq"] ?? 0]))
                #expect(diff.text.utf8.count < 4 << 20)
                #expect(diff["added"]?.array?.count == 4)
                for (name, value) in [("ref", "nonsense"), ("ref", ""), ("offset", -1), ("offset", 1), ("limit", 0)]
                    as [(String, JSON)]
                {
                    var params: JSON.Object = ["ref": messages[0]["blocks"]?.array?[0]["ref"] ?? ""]
                    params[name] = value
                    let error = await #expect(throws: RPCError.self) {
                        try await inspector.call("content.get", .object(params))
                    }
                    #expect(error?.number == -32602)
                }
            }
        }
    }

    @Test("what takes more on the wire than it has bytes is cut by what it takes")
    func escapes() async throws {
        try await ServerFixture.run { server in
            let text = String(repeating: "\u{1}", count: 255_000)
            let body: JSON = ["message": .string(text)]
            for _ in 0..<6 {
                #expect(try await server.post("/v1/agents/echo/chat?sessionId=big", body.text).status == 200)
            }
            try await server.inspect { inspector in
                let answer = try await inspector.call("session.attach", Self.with(["after": 0]))
                let head = try #require(answer["head"])
                #expect(head.text.utf8.count < 4 << 20)
                let block = try #require(head["messages"]?.array?.last?["blocks"]?.array?.first)
                #expect(try await content(block, inspector).isExactly(text))
                let seq = head["seq"] ?? 0
                for (method, params) in [
                    ("session.history", Self.with(["after": 0, "limit": 1000])),
                    ("session.at", Self.with(["seq": seq])), ("session.diff", Self.with(["from": 0, "to": seq])),
                ] {
                    #expect(try await inspector.call(method, params).text.utf8.count < 4 << 20, "\(method)")
                }
                #expect(try await inspector.event("message.added").text.utf8.count < 4 << 20)
            }
        }
    }

    @Test(
        "a large state is cut in heads, moments, differences and events, and had in pieces; what is small in it stays"
    )
    func state() async throws {
        try await ServerFixture.run { server in
            let text = String(repeating: "\"", count: 900_000)
            try await server.inspect(as: .admin) { inspector in
                _ = try await inspector.call("session.create", ["agent": "counter", "session": "big"])
                let target: JSON.Object = ["agent": "counter", "session": "big"]
                func with(_ more: JSON.Object) -> JSON {
                    .object(JSON.Object((Array(target) + Array(more)).map { ($0.name, $0.value) }))
                }
                let attached = try await inspector.call("session.attach", with([:]))
                let seq = try #require(attached["head"]?["seq"])
                // The agent's job changes the state as well.
                let patch: JSON = [
                    ["op": "test", "path": "/lastBy", "value": nil],
                    ["op": "replace", "path": "/lastBy", "value": .string(text)],
                ]
                let edited = try await inspector.call("session.edit", with(["state": patch]))
                let now = try #require(edited["seq"])
                let head = try #require(try await inspector.call("session.attach", with([:]))["head"])
                let moment = try await inspector.call("session.at", with(["seq": now]))
                for state in [head["state"], moment["state"]] {
                    let mark = try #require(state?["lastBy"])
                    #expect(mark["cut"] == true && state?["count"] == 0)
                    #expect(try await content(mark, inspector).isExactly(text))
                }
                let diff = try await inspector.call("session.diff", with(["from": seq, "to": now]))
                #expect(diff.text.utf8.count < 1 << 20)
                func value(_ patch: JSON?) -> JSON? { patch?.array?.first { $0["path"] == "/lastBy" }?["value"] }
                let different = try #require(value(diff["state"]))
                #expect(try await content(different, inspector).isExactly(text))
                let told = try await inspector.note("session.event") { value($0["event"]?["patch"]) != nil }
                #expect(told.text.utf8.count < 1 << 20)
                let changed = try #require(value(told["event"]?["patch"]))
                #expect(try await content(changed, inspector).isExactly(text))
            }
        }
    }

    @Test("much of what is small is cut as well, where together it is large")
    func many() async {
        await onOwnThread {
            let bounds = AnswerBounds(redaction: Redaction())
            let key = SessionKey(agent: "a", session: "s")
            let blocks = (0..<45).map { Block.text("\($0)" + String(repeating: "x", count: 200_000)) }
            let message = Message(id: "m", role: .user, blocks: blocks)
            #expect(bounds.bounded(message.json, .message(key, id: "m", at: nil)).textSize <= AnswerBounds.page)
            let state: JSON = .object(
                JSON.Object((0..<100).map { ("f\($0)", .string(String(repeating: "y", count: 200_000))) })
            )
            let short = bounds.bounded(state: state, of: key, at: 1)
            #expect(short.textSize <= AnswerBounds.state && short.object?.count == 100)
        }
    }

    @Test("many large exchanges asked for at once hold nobody up, and more than wait are refused")
    func pipelined() async throws {
        try await ServerFixture.run { server in
            let text = String(repeating: "lorem ipsum ", count: 100_000)
            let body: JSON = ["user": ["id": "ann"], "text": .string(text)]
            _ = try await server.post("/v1/agents/counter/hooks/bump", body.text)
            try await server.inspect { inspector in
                let row = try await inspector.call("hooks.list", ["agent": "counter"])["exchanges"]?.array?.first
                let params: JSON = ["exchange": row?["id"] ?? ""]
                for id in 100..<200 {
                    let request = RPCRequest(id: .int(id), method: "hooks.get", params: params)
                    try await inspector.writer.send(RPCMessage.request(request).text)
                }
                // What is refused is told at once, whatever is still being read.
                let refused = await #expect(throws: RPCError.self) { try await inspector.answer(to: 199) }
                #expect(refused?.code == "too_many_requests")
                #expect(try await server.post("/v1/agents/echo/chat?sessionId=b", "{\"message\":\"x\"}").status == 200)
            }
        }
    }

    @Test("lists of large things are cut to pages, and say that there is more")
    func pages() async throws {
        try await ServerFixture.run { server in
            let text = String(repeating: "x", count: 200 << 10)
            for _ in 0..<30 {
                let body: JSON = ["message": .string(text)]
                _ = try await server.post("/v1/agents/echo/chat?sessionId=big", body.text)
            }
            try await server.inspect { inspector in
                let head = try await inspector.call("session.attach", .object(Self.target))["head"] ?? [:]
                let shown = head["messages"]?.array ?? []
                #expect((1..<60).contains(shown.count))
                #expect(head["more"] == true)
                #expect(head.text.utf8.count < 4 << 20)
                // From there on backwards, page by page, all of them.
                var all = shown
                var first = shown.first?["id"] ?? ""
                while true {
                    let at = try await inspector.call(
                        "session.at",
                        Self.with(["seq": head["seq"] ?? 0, "before": first])
                    )
                    #expect(at.text.utf8.count < 4 << 20)
                    let older = at["messages"]?.array ?? []
                    all = older + all
                    guard at["more"] == true, let next = older.first?["id"] else { break }
                    first = next
                }
                #expect(all.count == 60)
                var (after, events) = (0, 0)
                while true {
                    let page = try await inspector.call(
                        "session.history",
                        Self.with(["after": .int(after), "limit": 1000])
                    )
                    #expect(page.text.utf8.count < 4 << 20)
                    let found = page["events"]?.array ?? []
                    events += found.count
                    guard page["more"] == true, let last = found.last?["seq"]?.int else { break }
                    #expect(found.first?["seq"]?.int == after + 1)
                    after = last
                }
                #expect(events == head["seq"]?.int)
                let last = try await inspector.call("session.history", Self.with(["limit": 1000]))
                #expect(last["more"] == true)
                #expect(last["events"]?.array?.last?["seq"] == head["seq"])
            }
        }
    }

    @Test("an exchange's large body comes in pieces, without its secrets, and is replayed whole")
    func exchange() async throws {
        try await ServerFixture.run { server in
            let padding = String(repeating: "p", count: 1 << 20)
            let body: JSON = ["user": ["id": "ann"], "by": 2, "password": "S3CRET", "padding": .string(padding)]
            #expect(try await server.post("/v1/agents/counter/hooks/bump", body.text).json["count"] == 2)
            try await server.inspect { inspector in
                let row = try await inspector.call("hooks.list", ["agent": "counter"])["exchanges"]?.array?.first ?? [:]
                let got = try await inspector.call("hooks.get", ["exchange": row["id"] ?? ""])["exchange"] ?? [:]
                #expect(got.text.utf8.count < 1 << 20)
                let cut = got["request"]?["body"] ?? [:]
                let whole = try JSON(parsing: try await content(cut, inspector))
                #expect(whole["padding"] == .string(padding))
                #expect(whole["password"] == Redaction.mark)
                let replayed = try await inspector.call("hooks.replay", ["exchange": row["id"] ?? "", "into": "same"])
                #expect(replayed["exchange"]?["response"]?["body"]?["count"] == 4)
            }
        }
    }

    @Test("after a session was deleted and brought back, no inspector gets its deleted events")
    func incarnation() async throws {
        try await ServerFixture.run { server in
            func chat(_ text: String) async throws {
                let body: JSON = ["message": .string(text)]
                #expect(try await server.post("/v1/agents/echo/chat?sessionId=big", body.text).status == 200)
            }
            try await chat("one")
            try await server.inspect { inspector in
                let capsule = try await inspector.call("session.export", .object(Self.target))["capsule"] ?? [:]
                try await chat("deleted")
                _ = try await inspector.call("session.attach", Self.with(["after": 0]))
                var said = ""
                while !said.contains("deleted") { said = try await inspector.event("message.added").text }
                _ = try await inspector.call("session.delete", Self.with(["confirm": "big"]))
                _ = try await inspector.call("session.import", ["capsule": capsule])
                try await chat("fresh")
                let again = try await inspector.call("session.attach", Self.with(["after": 0]))
                let attachment = again["attachment"]
                var texts: [String] = []
                while texts.last?.contains("fresh") != true {
                    let note = try await inspector.note("session.event") { $0["attachment"] == attachment }
                    if note["event"]?["kind"] == "message.added" { texts.append(note["event"]?.text ?? "") }
                }
                #expect(!texts.contains { $0.contains("deleted") })
                #expect(texts.first?.contains("one") == true)
            }
        }
    }
}
