import SessionModel
import Testing

@Suite("Session events", .timeLimit(.minutes(15)))
struct SessionEventTests {
    static let bodies: [SessionEvent.Body] = [
        .sessionCreated(origin: .hook, temporary: true), .sessionEnded(reason: "done"),
        .messageAdded(
            Message(
                id: "m1",
                role: .assistant,
                blocks: [
                    .text("hi", cache: true), .toolCall(ToolCall(id: "c", name: "add", arguments: ["n": 1])),
                    .toolResult(ToolResult(id: "c", name: "add", result: [1], isError: true)),
                    .reasoning("hm", redacted: true, signature: "s"), .image(data: "AA==", type: "image/png"),
                ]
            )
        ),
        .messageRemoved(id: "m1"), .messageChanged(Message(id: "m1", role: .user, text: "x")),
        .turnStarted(input: ["m1"]), .turnStarted(input: ["m1"], trace: "4bf92f3577b34da6a3ce929d0e0e4736"),
        .turnFinished(
            TurnResult(
                status: .failed,
                stopReason: .maxTokens,
                usage: Usage(input: 1, output: 2, cacheWrite: 3, cacheRead: 4),
                duration: 1.5,
                error: "no"
            )
        ),
        .completionStarted(provider: "p", model: "m", window: ["m1"]),
        .completionFinished(stopReason: .natural, usage: Usage(), duration: 2, error: nil),
        .toolStarted(ToolCall(id: "c", name: "add", arguments: [:])),
        .toolFinished(ToolResult(id: "c", name: "add", result: "ok"), duration: 3),
        .middlewareStarted(trigger: "preCompletion", name: "mask", before: ["a": 1]),
        .middlewareFinished(trigger: "preCompletion", name: "mask", after: nil, error: "no"),
        .hookReceived(exchange: "e", hook: "h"),
        .hookAnswered(exchange: "e", hook: "h", status: 500, duration: 1, error: "x"),
        .tickStarted(job: "j", scheduled: 5),
        .tickFinished(job: "j", scheduled: 5, status: .timeout, duration: 1, error: "late"),
        .tickMissed(job: "j", scheduled: 5, reason: "busy"), .stateChanged(JSONPatch([.add(JSONPointer(["a"]), 1)])),
        .sessionKept(from: "tmp_1"), .snapshotTaken(name: "before", of: 3),
        .sessionForked(.from(session: "a", seq: 4, SessionPicture(messages: [.user("x")], state: ["n": 1]))),
        .sessionForked(.to(session: "b", seq: 4)),
        .sessionRestored(to: 2, snapshot: "s", SessionPicture(messages: [], state: [:])),
        .log(level: "info", text: "t"), .sent(["x": 1]), .inspectorActed(by: "me", method: "m"),
    ]

    @Test("every kind goes to JSON and back", arguments: bodies)
    func roundTrip(body: SessionEvent.Body) throws {
        let event = SessionEvent(seq: 7, at: 1_700_000_000_000, cause: 3, turn: "t", body: body)
        #expect(SessionEvent(json: try JSON(parsing: event.json.text)) == event)
        #expect(event.text == event.json.text)
    }

    /// The kind and the members of each of ``bodies``, as they are stored and sent.
    private static let texts = [
        #"session.created: "origin":"hook","temporary":true"#,
        #"session.ended: "reason":"done""#,
        #"message.added: "message":{"id":"m1","role":"assistant","blocks":[{"type":"text","text":"hi","cache":true},{"type":"tool_call","tool_call":{"id":"c","fn_name":"add","fn_args":{"n":1}}},{"type":"tool_result","tool_result":{"id":"c","fn_name":"add","result":[1],"error":true}},{"type":"reasoning","reasoning":{"reasoning":"hm","redacted":true,"signature":"s"}},{"type":"image","image":{"data":"AA==","type":"image/png"}}]}"#,
        #"message.removed: "id":"m1""#,
        #"message.changed: "message":{"id":"m1","role":"user","blocks":[{"type":"text","text":"x"}]}"#,
        #"turn.started: "input":["m1"]"#,
        #"turn.started: "input":["m1"],"trace":"4bf92f3577b34da6a3ce929d0e0e4736""#,
        #"turn.finished: "status":"failed","stop_reason":"max_tokens","usage":{"input_tokens":1,"output_tokens":2,"cache_write_tokens":3,"cache_read_tokens":4},"duration":1.5,"error":"no""#,
        #"completion.started: "provider":"p","model":"m","window":["m1"]"#,
        #"completion.finished: "stop_reason":"natural","usage":{"input_tokens":0,"output_tokens":0,"cache_write_tokens":0,"cache_read_tokens":0},"duration":2.0"#,
        #"tool.started: "call":{"id":"c","fn_name":"add","fn_args":{}}"#,
        #"tool.finished: "id":"c","name":"add","result":"ok","error":false,"duration":3.0"#,
        #"middleware.started: "trigger":"preCompletion","name":"mask","before":{"a":1}"#,
        #"middleware.finished: "trigger":"preCompletion","name":"mask","error":"no""#,
        #"hook.received: "exchange":"e","hook":"h""#,
        #"hook.answered: "exchange":"e","hook":"h","status":500,"duration":1.0,"error":"x""#,
        #"tick.started: "job":"j","scheduled":5"#,
        #"tick.finished: "job":"j","scheduled":5,"status":"timeout","duration":1.0,"error":"late""#,
        #"tick.missed: "job":"j","scheduled":5,"reason":"busy""#,
        #"state.changed: "patch":[{"op":"add","path":"/a","value":1}]"#,
        #"session.kept: "from":"tmp_1""#,
        #"snapshot.taken: "name":"before","of":3"#,
        #"session.forked: "from":{"session":"a","seq":4},"picture":{"messages":[{"role":"user","blocks":[{"type":"text","text":"x"}]}],"state":{"n":1}}"#,
        #"session.forked: "to":{"session":"b","seq":4}"#,
        #"session.restored: "to":2,"snapshot":"s","picture":{"messages":[],"state":{}}"#,
        #"log: "level":"info","text":"t""#,
        #"sent: "data":{"x":1}"#,
        #"inspector.acted: "by":"me","method":"m""#,
    ]

    @Test("every kind is stored in these words, which other versions read")
    func stored() {
        for (body, text) in zip(Self.bodies, Self.texts) {
            let event = SessionEvent(seq: 7, at: 1_700_000_000_000, cause: 3, turn: "t", body: body)
            let parts = text.split(separator: ": ", maxSplits: 1)
            let head = "{\"seq\":7,\"at\":1700000000000,\"kind\":\"\(parts[0])\",\"cause\":3,\"turn\":\"t\","
            #expect(event.text == head + parts[1] + "}")
        }
        #expect(Self.texts.count == Self.bodies.count)
    }

    @Test("an event of a newer runtime is kept whole")
    func unknown() throws {
        let json: JSON = ["seq": 1, "at": 2, "kind": "moon.rose", "phase": "full"]
        let event = try #require(SessionEvent(json: json))
        #expect(event.body.kind == "moon.rose")
        #expect(event.json == json)
    }

    @Test("what is no event is none", arguments: ["{}", "[]", "{\"seq\":\"1\",\"kind\":\"log\"}"])
    func refusal(text: String) throws { #expect(SessionEvent(json: try JSON(parsing: text)) == nil) }

    @Test("the fold of a journal holds context, state and blame")
    func fold() {
        let fold = SessionFold([
            SessionEvent(seq: 1, at: 0, body: .stateChanged(JSONPatch(from: [:], to: ["a": 1, "b": ["c": 1]]))),
            SessionEvent(seq: 2, at: 0, body: .messageAdded(Message(id: "m", role: .user, text: "hi"))),
            SessionEvent(seq: 3, at: 0, body: .stateChanged(JSONPatch([.replace(JSONPointer(["b", "c"]), 2)]))),
            SessionEvent(seq: 4, at: 0, body: .messageChanged(Message(id: "m", role: .user, text: "ho"))),
            SessionEvent(seq: 5, at: 0, body: .stateChanged(JSONPatch([.remove(JSONPointer(["a"]))]))),
        ])
        #expect(fold.state == ["b": ["c": 2]])
        #expect(fold.blame == ["b": 3])
        #expect(fold.messages.map(\.text) == ["ho"])
        #expect(fold.seq == 5)
    }

    @Test(
        "messages are read in both forms, and refused with the member that is wrong",
        arguments: [
            ("{\"role\":\"boss\",\"content\":\"x\"}", "role"), ("{\"content\":1}", "content"),
            ("{\"blocks\":{}}", "blocks"),
            ("{\"blocks\":[{\"type\":\"tune\"}]}", "tune"), ("[]", "string or an object"),
            ("{\"blocks\":[{}]}", "type"),
        ]
    )
    func messages(text: String, part: String) throws {
        #expect(try Message(json: "hi") == .user("hi"))
        #expect(try Message(json: ["content": "hi"]) == .user("hi"))
        let json = try JSON(parsing: text)
        let error = #expect(throws: MessageError.self) { try Message(json: json) }
        #expect(error?.description.contains(part) == true)
    }
}
