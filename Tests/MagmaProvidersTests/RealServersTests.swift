import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaProviders

@Suite("What model servers really send", .timeLimit(.minutes(15)))
struct RealServersTests {
    private static func openAI(_ pieces: String...) throws -> Completion {
        try read(OpenAIDialect(model: "m", streams: true, isOpenAI: false).answer(to: .saying("hi")), pieces.joined())
    }

    private static func anthropic(_ pieces: String...) throws -> Completion {
        try read(AnthropicDialect(model: "m", streams: true).answer(to: .saying("hi")), pieces.joined())
    }

    private static func read(_ answer: some ModelAnswer, _ body: String, by step: Int = 7) throws -> Completion {
        var reader = AnswerReader(answer)
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: step) {
            try reader.add(bytes[start..<min(bytes.count, start + step)]) { _ in }
            if reader.isOver { break }
        }
        if !reader.isOver { try reader.finish { _ in } }
        return try reader.completion(of: "p")
    }

    private static func delta(_ delta: String, finish: String = "null") -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(finish)}]}\n\n"
    }

    private static func call(_ piece: String) -> String { delta("{\"tool_calls\":[\(piece)]}") }
    private static let stop = delta("{}", finish: "\"stop\"")
    private static let done = "data: [DONE]\n\n"

    // MARK: Calls in pieces

    /// What servers send for add(3), or add(3) and add(4), and how many calls it is.
    static let calls: [(String, [String], [JSON])] = [
        (
            "no index, id on the first only",
            [
                #"{"id":"c1","function":{"name":"add","arguments":""}}"#, #"{"function":{"arguments":"{\"n\""}}"#,
                #"{"function":{"arguments":":3}"}}"#,
            ], [["n": 3]]
        ),
        ("no index, no id", [#"{"function":{"name":"add","arguments":"{\"n\":3}"}}"#], [["n": 3]]),
        (
            "no index, no id, two whole",
            [
                #"{"function":{"name":"add","arguments":"{\"n\":3}"}}"#,
                #"{"function":{"name":"add","arguments":"{\"n\":4}"}}"#,
            ], [["n": 3], ["n": 4]]
        ),
        (
            "no index, two ids, in pieces",
            [
                #"{"id":"a","function":{"name":"add","arguments":"{\"n\":"}}"#, #"{"function":{"arguments":"3}"}}"#,
                #"{"id":"b","function":{"name":"add","arguments":"{\"n\":"}}"#, #"{"function":{"arguments":"4}"}}"#,
            ], [["n": 3], ["n": 4]]
        ),
        (
            "no index, ids repeated with each piece, mixed",
            [
                #"{"id":"a","function":{"name":"add","arguments":"{\"n\":"}}"#,
                #"{"id":"b","function":{"name":"add","arguments":"{\"n\":"}}"#,
                #"{"id":"a","function":{"arguments":"3}"}}"#, #"{"id":"b","function":{"arguments":"4}"}}"#,
            ], [["n": 3], ["n": 4]]
        ),
        (
            "index 0 twice, empty ids",
            [
                #"{"index":0,"id":"","function":{"name":"add","arguments":"{\"n\":3}"}}"#,
                #"{"index":0,"id":"","function":{"name":"add","arguments":"{\"n\":4}"}}"#,
            ], [["n": 3], ["n": 4]]
        ),
        (
            "index 0 twice, null ids",
            [
                #"{"index":0,"id":null,"function":{"name":"add","arguments":"{\"n\":3}"}}"#,
                #"{"index":0,"id":null,"function":{"name":"add","arguments":"{\"n\":4}"}}"#,
            ], [["n": 3], ["n": 4]]
        ),
        (
            "index 0 twice, own ids",
            [
                #"{"index":0,"id":"a","function":{"name":"add","arguments":"{\"n\":3}"}}"#,
                #"{"index":0,"id":"b","function":{"name":"add","arguments":"{\"n\":4}"}}"#,
            ], [["n": 3], ["n": 4]]
        ),
        (
            "one id for two",
            [
                #"{"index":0,"id":"a","function":{"name":"add","arguments":"{\"n\":3}"}}"#,
                #"{"index":1,"id":"a","function":{"name":"add","arguments":"{\"n\":4}"}}"#,
            ], [["n": 3], ["n": 4]]
        ),
        (
            "the name with each piece",
            [
                #"{"index":0,"id":"a","function":{"name":"add","arguments":"{\"n\""}}"#,
                #"{"index":0,"function":{"name":"add","arguments":":3"}}"#,
                #"{"index":0,"function":{"name":"add","arguments":"}"}}"#,
                #"{"index":0,"function":{"name":"add","arguments":""}}"#,
            ], [["n": 3]]
        ),
        ("an object, not text", [#"{"index":0,"id":"a","function":{"name":"add","arguments":{"n":3}}}"#], [["n": 3]]),
        (
            "the index begins at 1", [#"{"index":1,"id":"a","function":{"name":"add","arguments":"{\"n\":3}"}}"#],
            [["n": 3]]
        ),
        ("nothing, for no arguments", [#"{"index":0,"id":"a","function":{"name":"add"}}"#], [[:]]),
        ("null, for no arguments", [#"{"index":0,"id":"a","function":{"name":"add","arguments":null}}"#], [[:]]),
        (
            "two in one piece, no index",
            [
                #"{"id":"a","function":{"name":"add","arguments":"{\"n\":3}"}},{"id":"b","function":{"name":"add","arguments":"{\"n\":4}"}}"#
            ], [["n": 3], ["n": 4]]
        ),
        (
            "another name, no id, no index",
            [#"{"function":{"name":"add","arguments":""}}"#, #"{"function":{"name":"sub","arguments":"{\"n\":4}"}}"#],
            [[:], ["n": 4]]
        ),
        (
            "braces within text",
            [
                #"{"index":0,"id":"","function":{"name":"add","arguments":"{\"n\":\"}\\\"}"}}"#,
                #"{"index":0,"function":{"name":"add","arguments":"\"}"}}"#,
            ], [["n": "}\"}"]]
        ),
    ]

    @Test("a call is put together, whatever of index, id and name comes with which piece", arguments: calls)
    func pieces(name: String, pieces: [String], arguments: [JSON]) throws {
        let completion = try Self.openAI(pieces.map(Self.call).joined(), Self.stop, Self.done)
        let calls = completion.blocks.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
        #expect(calls.map(\.arguments) == arguments, "\(name)")
        #expect(Set(calls.map(\.id)).count == calls.count, "\(name)")
        #expect(calls.allSatisfy { !$0.id.isEmpty && !$0.name.isEmpty })
        #expect(completion.stopReason == .toolCall)
    }

    @Test("what else a server says of a call is kept, and goes back to it")
    func extra() throws {
        let completion = try Self.openAI(
            Self.call(
                #"{"index":0,"id":"a","type":"function","function":{"name":"add","arguments":"{\"n\":3}","strict":true},"extra_content":{"google":{"thought_signature":"S"}}}"#
            ),
            Self.stop
        )
        guard case .toolCall(let call)? = completion.blocks.first else { return #expect(Bool(false)) }
        #expect(call.extra == ["function": ["strict": true], "extra_content": ["google": ["thought_signature": "S"]]])
        // Also through a store.
        let stored = try Block(json: try JSON(parsing: Block.toolCall(call).json.text))
        let request = CompletionRequest(
            agent: "a",
            system: "",
            messages: [.user("x"), Message(role: .assistant, blocks: [stored])],
            tools: []
        )
        let body = OpenAIDialect(model: "m", streams: true, isOpenAI: false).body(asking: request)
        let sent = body["messages"]?.array?.last?["tool_calls"]?.array?.first
        #expect(sent?["extra_content"] == ["google": ["thought_signature": "S"]])
        #expect(sent?["function"] == ["name": "add", "arguments": "{\"n\":3}", "strict": true])
    }

    @Test(
        "thoughts go back by the name they came by, while the turn goes on",
        arguments: ["reasoning_content", "reasoning"]
    )
    func reasoning(member: String) throws {
        let completion = try Self.openAI(
            Self.delta("{\"\(member)\":\"Let me\"}"),
            Self.delta("{\"\(member)\":\" add.\",\"content\":\"\\n\\n\"}"),
            Self.call(#"{"index":0,"id":"a","function":{"name":"add","arguments":"{}"}}"#),
            Self.stop,
            Self.done
        )
        #expect(completion.blocks.first == .reasoning("Let me add.", member: member))
        let answer = Message(role: .assistant, blocks: completion.blocks)
        let result = Message(role: .user, blocks: [.toolResult(ToolResult(id: "a", name: "add", result: 1))])
        func sent(_ messages: [Message]) -> JSON? {
            let request = CompletionRequest(agent: "a", system: "", messages: messages, tools: [])
            return OpenAIDialect(model: "m", streams: true, isOpenAI: false).body(asking: request)["messages"]?.array?[
                1
            ]
        }
        let during = sent([.user("x"), answer, result])
        #expect(during?[member] == "Let me add.")
        #expect(during?["content"] == .null)
        #expect(sent([.user("x"), answer, result, .assistant("1"), .user("y")])?[member] == nil)
    }

    @Test("content may be parts, of which some are thoughts")
    func parts() throws {
        let completion = try Self.openAI(
            Self.delta(#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]}"#),
            Self.delta(#"{"content":[{"type":"text","text":"Hello"},{"type":"reference","reference_ids":[1]}]}"#),
            Self.delta(#"{"content":" you"}"#),
            Self.stop
        )
        #expect(completion.blocks == [.reasoning("Hm."), .text("Hello you")])
        let whole = try Self.openAI(
            #"{"choices":[{"message":{"content":[{"type":"text","text":"Hello"}]},"finish_reason":"stop"}]}"#
        )
        #expect(whole.blocks == [.text("Hello")])
    }

    // MARK: Streams

    static let says = delta(#"{"content":"Hi"}"#)

    @Test(
        "a stream is read as WHATWG says, and what servers make of it",
        arguments: [
            says + stop + done, "\u{FEFF}" + says + stop + done, "data: \n\ndata:\n\n" + says + stop + done,
            "data: : OPENROUTER PROCESSING\n\n" + says + stop + done,
            ": a comment that\nwraps around\n\n" + says + stop,
            (says + stop + done).replacing("\n\n", with: "\n"), (says + stop + done).replacing("\n", with: "\r\n"),
            (says + stop + done).replacing("\n", with: "\r"), String((says + stop).dropLast(2)),
            String((says + stop).dropLast()),
            (says + stop + done).replacing("data: ", with: "data:"), "event: message\nid: 1\nretry: 5\n" + says + stop,
            "\n\n  \n" + says + stop + "data: [DONE]", says + "data: [DONE]\n",
            says.replacing("null", with: "\"\"") + stop,
            "data: {\ndata: \"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n" + stop,
            #"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#,
            "\u{FEFF} \n" + #"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#,
        ]
    )
    func streams(body: String) throws {
        for step in [1, 7, 100_000] {
            let answer = OpenAIDialect(model: "m", streams: true, isOpenAI: false).answer(to: .saying("hi"))
            #expect(try Self.read(answer, body, by: step).blocks == [.text("Hi")])
        }
    }

    @Test(
        "what is no answer is a failure that says why, and whether to ask again",
        arguments: [
            (done, "no content", true), ("", "the answer is empty", true), ("\n\n", "the answer is empty", true),
            (delta(#"{"content":"  \n"}"#) + done, "no content", true), (says, "ended before", true),
            (says.replacing("null", with: "\"\""), "ended before", true),
            (delta("{}", finish: "\"error\""), "it reports an error", true),
            (#"{"object":"error","message":"no such model","code":404}"#, "no such model", false),
            (#"{"error":{"message":"wrong key","type":"authentication_error"}}"#, "wrong key", false),
            (says + "data: {\"error\":{\"message\":\"broke\",\"code\":502}}\n\n", "broke", true),
            (
                says + "data: {\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\"}}\n\n",
                "too long", false
            ),
            ("error: {\"message\":\"out of memory\"}\n\n", "out of memory", true),
            ("event: error\ndata: overloaded\n\n", "overloaded", true),
            ("event: error\ndata: {\"error\":{\"code\":\"400\",\"message\":\"bad\"}}\n\n", "bad", false),
            ("event: error\ndata: {\"detail\":\"no GPU\"}", "no GPU", true), ("data: nonsense\n\n", "nonsense", false),
            ("data: [1]\n\n", "not a JSON object", false), ("<html>502</html>", "<html>502", true),
            ("{", "not JSON", false),
            (#"{"choices":[]}"#, "no 'choices'", false),
        ]
    )
    func failures(body: String, words: String, isPassing: Bool) async throws {
        let reply: [FakeServer.Step] = [.streamHead, .say(body), .cut]
        try await FakeServer.run([reply, reply]) { server in
            let provider = Dialect.openai.provider(port: server.port, limits: ModelLimits(retries: 1))
            let error = await #expect(throws: ProviderError.self) {
                _ = try await provider.complete(.saying("hi"), onDelta: { _ in })
            }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
            #expect(error?.isPassing == isPassing)
            #expect(server.requests.count == (isPassing && !body.contains("Hi\"") && !body.contains("  ") ? 2 : 1))
        }
    }

    @Test(
        "Anthropic's stream may end behind the reason, and its errors come as any server's",
        arguments: [
            (
                #"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}"#
                    + "\n\n" + #"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}"# + "\n\n", "Hi"
            ), (#"{"content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}"#, "Hi"),
            (
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n",
                nil
            ),
            (#"data: {"type":"message_stop"}"# + "\n\n", nil),
            (#"data: {"type":"message_delta","delta":{"stop_reason":""}}"# + "\n\n", nil),
        ] as [(String, String?)]
    )
    func anthropicEnds(body: String, text: String?) throws {
        if let text {
            #expect(try Self.anthropic(body).blocks == [.text(text)])
        } else {
            #expect(throws: (any Error).self) { try Self.anthropic(body) }
        }
    }

    @Test("the end event ends the answer, though the connection stays open", arguments: Dialect.allCases)
    func heldOpen(dialect: Dialect) async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        try await FakeServer.run([[.say(head + dialect.stream("Hi")), .hold]]) { server in
            let provider = dialect.provider(port: server.port, limits: ModelLimits(silence: .seconds(3600)))
            let completion = try await provider.complete(.saying("hi"), onDelta: { _ in })
            // Else it would take as long as the server may be silent, which is longer than this suite may take.
            #expect(completion.blocks == [.text("Hi")])
        }
    }

    // MARK: What is sent

    @Test(
        "models that refuse a temperature get none, by their name",
        arguments: [
            ("gpt-5", true), ("gpt-5-mini", true), ("openai/gpt-5.1", true), ("gpt-5-chat-latest", false),
            ("gpt-50", false),
            ("gpt-4o", false), ("o1", true), ("o3-mini", true), ("o4-mini-2025", true), ("o100", false),
            ("ollama", false),
            ("claude-opus-4-7", true), ("claude-opus-4-6", false), ("claude-opus-4-7-20260301", true),
            ("claude-opus-5", true),
            ("claude-opus-4-20250514", false), ("claude-opus-4.8", true), ("anthropic/claude-opus-4.7", true),
            ("claude-sonnet-4-7", false), ("claude-3-opus-20240229", false),
            ("us.anthropic.claude-opus-4-7-v1:0", true),
        ]
    )
    func temperatures(model: String, refuses: Bool) {
        #expect((ModelCapabilities.options(of: model).temperature == false) == refuses)
    }

    @Test("templates that want the roles in turn get them in turn, with the system at the beginning alone")
    func roles() {
        let request = CompletionRequest(
            agent: "a",
            system: "S",
            messages: [
                .user("one"), .user("two"), .system("note"), .assistant("A"), .assistant("B"),
                Message(role: .user, blocks: [.text("look"), .image(data: "aGk=", type: "image/png")]), .user(" "),
                Message(role: .assistant, blocks: [.toolCall(ToolCall(id: "c", name: "t", arguments: "broken"))]),
                Message(role: .user, blocks: [.toolResult(ToolResult(id: "c", name: "t", result: 1))]), .user("three"),
            ],
            tools: [],
            settings: TurnSettings(model: "mistral-small")
        )
        let sent =
            OpenAIDialect(model: "m", streams: true, isOpenAI: false).body(asking: request)["messages"]?.array ?? []
        #expect(
            sent.map { $0["role"]?.string } == [
                "system", "user", "assistant", "user", "assistant", "tool", "assistant", "user",
            ]
        )
        #expect(sent[1]["content"] == "one\n\ntwo\n\nnote")
        #expect(sent[2]["content"] == "A\n\nB")
        #expect(sent[4]["tool_calls"]?.array?.first?["function"]?["arguments"] == #"{"malformed_arguments":"broken"}"#)
        var others = request
        others.settings = TurnSettings(
            model: "mistral-small",
            options: ModelOptions(systemInside: true, repeatedRoles: true)
        )
        let plain =
            OpenAIDialect(model: "m", streams: true, isOpenAI: false).body(asking: others)["messages"]?.array ?? []
        #expect(plain.filter { $0["role"] == "system" }.count == 2)
        #expect(plain.allSatisfy { $0["content"]?.string?.isBlank != true })
    }

    @Test("Anthropic is sent no blank text, and ids that it takes")
    func anthropicSent() {
        let call = ToolCall(id: "functions.add:0", name: "add", arguments: "broken")
        let request = CompletionRequest(
            agent: "a",
            system: " \n",
            messages: [
                .user("x"), Message(role: .assistant, blocks: [.text("\n\n"), .toolCall(call)]),
                Message(role: .user, blocks: [.toolResult(ToolResult(id: call.id, name: "add", result: 1))]),
                .assistant("\n"),
                .user("y"),
            ],
            tools: []
        )
        let body = AnthropicDialect(model: "m", streams: true).body(asking: request)
        let messages = body["messages"]?.array ?? []
        #expect(body["system"] == nil)
        #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user", "user"])
        let sent = messages[1]["content"]?.array ?? []
        #expect(sent.count == 1)
        #expect(sent.first?["id"] == messages[2]["content"]?.array?.first?["tool_use_id"])
        #expect(
            sent.first?["id"]?.string?.utf8.allSatisfy { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: ":") } == true
        )
        #expect(sent.first?["input"] == ["malformed_arguments": "broken"])
    }

    @Test(
        "what a server refuses by name is left out, once and from then on",
        arguments: [
            ("temperature", "Unsupported parameter: 'temperature' is not supported with this model."),
            ("stream_options", "body.stream_options: Extra inputs are not permitted"),
            ("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        ]
    )
    func refused(member: String, words: String) async throws {
        let problem: JSON = ["error": ["message": .string(words)]]
        let refusal = problem.text
        let good: [FakeServer.Step] = [.streamHead, .say(Dialect.openai.stream("Hi")), .cut]
        try await FakeServer.run([[.answer("422 Unprocessable Entity", refusal), .cut], good, good]) { server in
            let provider = Dialect.openai.provider(port: server.port)
            let request = CompletionRequest.saying("x", settings: TurnSettings(maxTokens: 9, temperature: 0.5))
            for count in [2, 3] {
                #expect(try await provider.complete(request, onDelta: { _ in }).blocks == [.text("Hi")])
                #expect(server.requests.count == count)
            }
            let sent = try server.requests.map { try JSON(parsing: $0.body)[member] != nil }
            #expect(sent == [true, false, false])
        }
    }

    @Test("options have names, and what is none is refused with those that there are")
    func options() throws {
        var options = ModelOptions()
        for text in [
            "temperature=off", "stream_options=on", "system_inside=off", "repeated_roles=on", "limit=max_tokens",
        ] {
            try options.set(text)
        }
        #expect(
            options
                == ModelOptions(
                    temperature: false,
                    streamOptions: true,
                    systemInside: false,
                    repeatedRoles: true,
                    limitName: "max_tokens"
                )
        )
        for text in ["temperature", "temperature=maybe", "color=on", "limit=ten", "", "="] {
            #expect(throws: ModelOptionError.self) { try options.set(text) }
        }
    }
}
