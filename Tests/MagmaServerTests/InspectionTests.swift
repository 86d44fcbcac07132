import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing
import WebSocket

@testable import InspectionServer
@testable import MagmaServer

@Suite("The inspection protocol", .timeLimit(.minutes(15)))
struct InspectionTests {
    @Test("hello says what there is, and refuses another version")
    func hello() async throws {
        try await ServerFixture.run { server in
            try await server.inspect(as: .viewer) { inspector in
                let hello = try #require(
                    Hello(json: try await inspector.call("runtime.hello", ["client": "t", "protocol": "1"]))
                )
                #expect(hello.agents.map(\.id) == ["counter", "echo", "support"])
                #expect(hello.role == .viewer)
                #expect(hello.agents[0].fields == ["count", "ticks", "lastBy"])
                #expect(hello.agents[0].jobs.map(\.job) == ["tick", "minute", "sweep"])
                let error = await #expect(throws: RPCError.self) {
                    try await inspector.call("runtime.hello", ["protocol": "9"])
                }
                #expect(error?.code == "protocol_unsupported")
            }
        }
    }

    @Test("wrong messages get JSON-RPC's codes, and the connection survives them")
    func survives() async throws {
        try await ServerFixture.run { server in
            try await server.inspect { inspector in
                for (text, code) in [("{", -32700), ("[]", -32600)] {
                    try await inspector.writer.send(text)
                    let error = await #expect(throws: RPCError.self) { try await inspector.answer(to: .null) }
                    #expect(error?.number == code)
                }
                for (method, params, code) in [
                    ("nope", [:], -32601), ("session.attach", [:], -32602),
                    ("session.attach", ["agent": "echo", "session": "x"], -32004),
                    ("sessions.watch", ["limit": -1], -32602), ("sessions.watch", ["sort": "mood"], -32602),
                    ("hooks.get", ["exchange": "x"], -32004),
                    ("sessions.watch", ["filter": "moon:1"], -32602), ("session.detach", ["attachment": "x"], -32004),
                ] as [(String, JSON, Int)] {
                    let error = await #expect(throws: RPCError.self) { try await inspector.call(method, params) }
                    #expect(error?.number == code, "\(method)")
                    #expect(error?.code.isEmpty == false)
                }
                #expect(try await inspector.call("runtime.stats")["turns"] == 0)
            }
        }
    }

    @Test("every method that is declared is carried out, and no other")
    func handlers() {
        #expect(Set(InspectionMethods.handlers.keys) == Set(Methods.all.map { ExactString($0.name) }))
    }

    @Test(
        "a method above the role is forbidden, and nothing happened",
        arguments: Methods.all.map(\.name)
    )
    func roles(method: String) async throws {
        let needed = try #require(InspectionMethods.handler(of: method)).method.role
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/echo/chat?sessionId=s", "{\"message\":\"x\"}")
            for role in Role.allCases where role < needed {
                try await server.inspect(as: role) { inspector in
                    let params: JSON = ["agent": "echo", "session": "s", "message": "no", "job": "x", "exchange": "x"]
                    let error = await #expect(throws: RPCError.self) { try await inspector.call(method, params) }
                    #expect(error?.number == -32003)
                }
            }
            #expect(try await server.runtime.summary(SessionKey(agent: "echo", session: "s"))?.seq == 9)
        }
    }

    @Test("an attachment gives the head, and then each event once, in order")
    func attach() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/echo/chat?sessionId=s", "{\"message\":\"one\"}")
            try await server.inspect { inspector in
                let answer = try await inspector.call("session.attach", ["agent": "echo", "session": "s"])
                let head = try #require(answer["head"].flatMap(SessionHead.init(json:)))
                #expect(head.messages.map(\.text) == ["one", "one"])
                #expect(head.state == ["turns": 1])
                let sent = try await inspector.call(
                    "session.send",
                    ["agent": "echo", "session": "s", "message": "two"]
                )
                #expect(sent["seq"]?.int == head.seq + 1)
                var fold = SessionFold()
                fold.messages = head.messages
                fold.state = head.state
                fold.seq = head.seq
                while true {
                    let note = try await inspector.note("session.event")
                    #expect(note["attachment"] == answer["attachment"])
                    let event = try #require(note["event"].flatMap(SessionEvent.init(json:)))
                    #expect(event.seq == fold.seq + 1)
                    fold.apply(event)
                    if event.body.kind == "turn.finished" { break }
                }
                #expect(fold.messages.map(\.text) == ["one", "one", "two", "two"])
                #expect(fold.state == ["turns": 2])
            }
        }
    }

    @Test("a new attachment goes on after the event it names")
    func resume() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/echo/chat?sessionId=s", "{\"message\":\"one\"}")
            try await server.inspect { inspector in
                _ = try await inspector.call("session.attach", ["agent": "echo", "session": "s", "after": 4])
                var seqs: [Int] = []
                for _ in 5...9 { seqs.append(try await inspector.note("session.event")["event"]?["seq"]?.int ?? 0) }
                #expect(seqs == Array(5...9))
                let attachment =
                    try await inspector.call("session.attach", ["agent": "echo", "session": "s"])["attachment"] ?? .null
                _ = try await inspector.call("session.detach", ["attachment": attachment])
            }
        }
    }

    @Test("a hook is listed, opened, resolved, and replayed as a new exchange")
    func hooks() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/counter/hooks/bump", "{\"user\":{\"id\":\"u\"},\"by\":2}")
            try await server.inspect { inspector in
                let listed = try await inspector.call("hooks.watch", ["agent": "counter", "session": "u"])
                let id = try #require(listed["exchanges"]?.array?.first?["id"]?.string)
                let whole = try await inspector.call("hooks.get", ["exchange": .string(id)])["exchange"] ?? .null
                #expect(whole["request"]?["body"] == ["user": ["id": "u"], "by": 2])
                #expect(whole["response"]?["body"] == ["sessionId": "u", "count": 2])
                let replayed = try await inspector.call(
                    "hooks.replay",
                    ["exchange": .string(id), "into": "same", "edits": ["body": ["user": ["id": "z"], "by": 5]]]
                )
                #expect(replayed["exchange"]?["replayOf"]?.string == id)
                #expect(replayed["exchange"]?["response"]?["body"]?["count"] == 7)
                let other = try await inspector.call("hooks.replay", ["exchange": .string(id), "into": "other"])
                #expect(other["exchange"]?["session"] == "other")
                #expect(try await inspector.call("hooks.get", ["exchange": .string(id)])["exchange"] == whole)
                _ = try await inspector.note("hooks.changed") {
                    $0["exchanges"]?.array?.first?["replayOf"]?.string == id
                }
                let request: JSON = ["agent": "counter", "hook": "bump", "request": ["body": ["user": ["id": 9]]]]
                #expect(try await inspector.call("hooks.resolve", request)["session"] == "9")
                #expect(try await server.runtime.summary(SessionKey(agent: "counter", session: "9")) == nil)
                #expect(try await inspector.call("hooks.send", request)["exchange"]?["status"] == 200)
                let wrong: JSON = ["agent": "counter", "hook": "bump", "request": ["body": ["user": ["id": "tmp_x"]]]]
                await #expect(throws: RPCError.self) { try await inspector.call("hooks.resolve", wrong) }
                let known = try await inspector.call("hooks.list", ["agent": "counter"])
                for part: JSON in [
                    ["headers": 5], ["query": "a=b"], ["headers": ["x\r\ny": "1"]], ["headers": ["x": "1\n2"]],
                    ["query": ["a": ["b": 1]]], ["body": "x", "encoding": "zip"], ["method": 5],
                ] {
                    let sent: JSON = ["agent": "counter", "hook": "bump", "request": part]
                    let again: JSON = ["exchange": .string(id), "edits": part]
                    for (method, params) in [("hooks.send", sent), ("hooks.replay", again)] {
                        let error = await #expect(throws: RPCError.self) { try await inspector.call(method, params) }
                        #expect(error?.code == "invalid_params")
                    }
                }
                let nowhere: JSON = ["exchange": .string(id), "into": ""]
                await #expect(throws: RPCError.self) { try await inspector.call("hooks.replay", nowhere) }
                #expect(try await inspector.call("hooks.list", ["agent": "counter"]) == known)
                let forked = try await inspector.call("hooks.replay", ["exchange": .string(id), "into": "fork"])
                #expect(forked["exchange"]?["session"]?.string?.hasPrefix("u-fork-") == true)
                #expect(forked["exchange"]?["response"]?["body"]?["count"] == whole["response"]?["body"]?["count"])
            }
        }
    }

    @Test("secrets do not leave the runtime, and a replay still has them", arguments: Role.allCases)
    func secrets(role: Role) async throws {
        try await ServerFixture.run { server in
            let body = "{\"user\":{\"id\":\"u\"},\"password\":\"hunter2\"}"
            _ = try await server.post(
                "/v1/agents/counter/hooks/bump?token=hunter3",
                body,
                headers: [("Authorization", "Bearer hunter4")]
            )
            try await server.inspect(as: role) { inspector in
                let listed = try await inspector.call("hooks.list", ["agent": "counter"])
                let id = listed["exchanges"]?.array?.first?["id"] ?? .null
                let whole = try await inspector.call("hooks.get", ["exchange": id])
                #expect(!whole.text.contains("hunter"))
                #expect(whole["exchange"]?["request"]?["body"]?["password"] == "‹redacted›")
                guard role >= .operator else { return }
                let replayed = try await inspector.call("hooks.replay", ["exchange": id, "into": "same"])
                let stored = try await server.runtime.exchange(replayed["exchange"]?["id"]?.string ?? "")
                #expect(stored.request.body?.value["password"] == "hunter2")
            }
        }
    }

    @Test("jobs are listed, run, paused and resumed")
    func jobs() async throws {
        try await ServerFixture.run { server in
            try await server.inspect { inspector in
                let session: JSON = ["agent": "counter", "session": "s"]
                _ = try await inspector.call(
                    "session.create",
                    ["agent": "counter", "session": "s", "state": ["count": 3]]
                )
                _ = try await inspector.call("session.attach", session)
                let job: JSON = ["agent": "counter", "session": "s", "job": "minute"]
                _ = try await inspector.call("jobs.run", job)
                #expect(try await inspector.event("log")["text"] == "A minute has gone by.")
                _ = try await inspector.event("tick.finished")
                let ticks = try await inspector.call("jobs.ticks", job)["ticks"]?.array ?? []
                #expect(ticks.first?["status"] == "ok")
                _ = try await inspector.call("jobs.pause", job)
                let paused = try await inspector.call("jobs.list", session)["jobs"]?.array ?? []
                #expect(paused.first { $0["job"] == "minute" }?["paused"] == true)
                _ = try await inspector.call("jobs.resume", job)
                let all = try await inspector.call("jobs.list", ["agent": "counter"])["jobs"]?.array ?? []
                #expect(all.map { $0["static"]?.bool } == [false, false, true])
                await #expect(throws: RPCError.self) {
                    try await inspector.call("jobs.run", ["agent": "counter", "job": "nope"])
                }
            }
        }
    }

    @Test("history is paged both ways and filtered by kind, and a session can be ended")
    func historyAndEnd() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/echo/chat?sessionId=s", "{\"message\":\"one\"}")
            try await server.inspect { inspector in
                func seqs(_ more: JSON.Object) async throws -> [Int] {
                    var params: JSON.Object = ["agent": "echo", "session": "s"]
                    for (name, value) in more { params[name] = value }
                    return try await inspector.call("session.history", .object(params))["events"]?.array?.compactMap {
                        $0["seq"]?.int
                    } ?? []
                }
                #expect(try await seqs(["limit": 3]) == [7, 8, 9])
                #expect(try await seqs(["before": 5, "limit": 2]) == [3, 4])
                #expect(try await seqs(["after": 5, "limit": 2]) == [6, 7])
                #expect(try await seqs(["kinds": ["message.added"]]) == [3, 7])
                _ = try await inspector.call("session.end", ["agent": "echo", "session": "s"])
                #expect(try await seqs(["limit": 1]) == [10])
                let error = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.send", ["agent": "echo", "session": "s", "message": "x"])
                }
                #expect(error?.code == "session_ended")
                #expect(try await server.post("/v1/agents/echo/chat?sessionId=s", "{\"message\":\"x\"}").status == 409)
            }
        }
    }

    @Test("a session's past can be looked at, and two moments compared")
    func past() async throws {
        try await ServerFixture.run { server in
            for text in ["add 3", "add 4"] {
                _ = try await server.post("/v1/agents/counter/chat?sessionId=s", "{\"message\":\"\(text)\"}")
            }
            _ = try await server.post("/v1/agents/counter/chat?sessionId=t", "{\"message\":\"add 9\"}")
            try await server.inspect { inspector in
                func ask(_ method: String, _ params: JSON.Object) async throws -> JSON {
                    var whole: JSON.Object = ["agent": "counter", "session": "s"]
                    for (name, value) in params { whole[name] = value }
                    return try await inspector.call(method, .object(whole))
                }
                let events = try await ask("session.history", ["kinds": ["turn.finished"]])["events"]?.array ?? []
                let ends = events.compactMap { $0["seq"]?.int }
                try #require(ends.count == 2)
                let first = try await ask("session.at", ["seq": .int(ends[0])])
                #expect(first["state"]?["count"] == 3)
                #expect(first["messages"]?.array?.count == 4)
                #expect(first["blame"]?["count"]?.int ?? .max < ends[0])
                #expect(try await ask("session.at", ["seq": 0])["messages"] == [])
                let later = try await ask("session.diff", ["from": .int(ends[0]), "to": .int(ends[1])])
                #expect(later["added"]?.array?.count == 4)
                #expect(later["removed"] == [])
                let steps = later["state"]?.array ?? []
                #expect(steps.contains(["op": "replace", "path": "/count", "value": 7]))
                let back = try await ask("session.diff", ["from": .int(ends[1]), "to": .int(ends[0])])
                #expect(back["removed"]?.array?.count == 4)
                let other = try await ask("session.diff", ["from": 0, "to": 1, "other": "t"])
                #expect(other["added"] == [])
                let ahead = await #expect(throws: RPCError.self) { try await ask("session.at", ["seq": 100_000]) }
                #expect(ahead?.code == "seq_unknown")
                let missing = await #expect(throws: RPCError.self) { try await ask("session.diff", ["from": 1]) }
                #expect(missing?.code == "invalid_params")
            }
        }
    }
}
