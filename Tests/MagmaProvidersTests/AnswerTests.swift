import Magma
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaProviders

@Suite("What models answer", .timeLimit(.minutes(15)))
struct AnswerTests {
    @Test("is read byte by byte as it comes", arguments: Dialect.allCases)
    func drip(dialect: Dialect) async throws {
        let stream = dialect.stream(
            text: ["Gut", " gröβer 🌋"],
            calls: [("c1", "find_order", #"{"number": 7}"#), ("c2", "refund", #"{"cents":[1,2]}"#)]
        )
        try await FakeServer.run([[.streamHead, .drip(stream), .cut]]) { server in
            let heard = Mutex("")
            let answer = try await dialect.provider(port: server.port).complete(.saying("hi")) { piece in
                heard.withLock { $0 += piece }
            }
            #expect(heard.withLock { $0 } == "Gut gröβer 🌋")
            #expect(
                answer.blocks == [
                    .text("Gut gröβer 🌋"),
                    .toolCall(ToolCall(id: "c1", name: "find_order", arguments: ["number": 7])),
                    .toolCall(ToolCall(id: "c2", name: "refund", arguments: ["cents": [1, 2]])),
                ]
            )
            #expect(answer.stopReason == .toolCall)
            #expect(answer.usage == Usage(input: 10, output: 7, cacheRead: 20))
            #expect(server.requests.first?.body.contains(#""stream":true"#) == true)
        }
    }

    @Test("shows the key as each API wants it, and nowhere else")
    func keys() async throws {
        for dialect in Dialect.allCases {
            try await FakeServer.run([[.streamHead, .say(dialect.stream("ok")), .cut]]) { server in
                _ = try await dialect.provider(port: server.port).complete(.saying("hi")) { _ in }
                let request = try #require(server.requests.first)
                let path = dialect == .openai ? "/v1/chat/completions" : "/v1/messages"
                #expect(request.head.hasPrefix("POST \(path) HTTP/1.1"))
                let header = dialect == .openai ? "authorization: Bearer k-1" : "x-api-key: k-1"
                #expect(request.head.contains(header))
                #expect(!request.body.contains("k-1"))
            }
        }
    }

    @Test("is read whole where nothing streams: OpenAI")
    func wholeOpenAI() async throws {
        let body = """
            {"choices":[{"message":{"role":"assistant","content":"done","reasoning_content":"hm","tool_calls":[
            {"id":"","function":{"name":"add","arguments":{"n":1}}}]},"finish_reason":"tool_calls"}],
            "usage":{"prompt_tokens":3,"completion_tokens":2}}
            """
        try await FakeServer.run([[.answer("200 OK", body)]]) { server in
            let provider = Dialect.openai.provider(port: server.port, streams: false)
            let answer = try await provider.complete(.saying("hi")) { _ in }
            #expect(
                answer.blocks == [
                    .reasoning("hm", member: "reasoning_content"), .text("done"),
                    .toolCall(ToolCall(id: "call_m1_0", name: "add", arguments: ["n": 1])),
                ]
            )
            #expect(answer.usage == Usage(input: 3, output: 2))
        }
    }

    @Test("is read whole where nothing streams: Anthropic")
    func wholeAnthropic() async throws {
        let body = """
            {"type":"message","content":[{"type":"thinking","thinking":"hm","signature":"s"},
            {"type":"redacted_thinking","data":"xyz"},{"type":"text","text":"done"},
            {"type":"tool_use","id":"t1","name":"add","input":{"n":1}},{"type":"server_tool_use"}],
            "stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":2,"cache_creation_input_tokens":9}}
            """
        try await FakeServer.run([[.answer("200 OK", body)]]) { server in
            let provider = Dialect.anthropic.provider(port: server.port, streams: false)
            let answer = try await provider.complete(.saying("hi")) { _ in }
            #expect(
                answer.blocks == [
                    .reasoning("hm", signature: "s"), .reasoning("xyz", redacted: true), .text("done"),
                    .toolCall(ToolCall(id: "t1", name: "add", arguments: ["n": 1])),
                ]
            )
            #expect(answer.usage == Usage(input: 3, output: 2, cacheWrite: 9))
        }
    }

    @Test("keeps parallel calls apart where a server gives all of them one index")
    func oneIndex() {
        var pieces = ToolCallPieces(fallbackID: "call_m")
        pieces.add(["index": 0, "id": "a", "function": ["name": "one", "arguments": "{\"n\":"]])
        pieces.add(["index": 0, "function": ["arguments": "1}"]])
        pieces.add(["index": 0, "id": "b", "function": ["name": "two", "arguments": "{}"]])
        #expect(pieces.calls.map(\.id) == ["a", "b"])
        #expect(pieces.calls.map(\.arguments) == [["n": 1], [:]])
    }

    @Test("hands arguments that are not JSON on as text, for the check of arguments to refuse")
    func brokenArguments() {
        var pieces = ToolCallPieces(fallbackID: "call_m")
        pieces.add(["index": 0, "id": "a", "function": ["name": "one", "arguments": "{\"n\":"]])
        #expect(pieces.calls.first?.arguments == "{\"n\":")
    }

    @Test(
        "names why the model stopped",
        arguments: [("length", "max_tokens", StopReason.maxTokens), ("content_filter", "refusal", .contentFilter)]
    )
    func stopReasons(openAI: String, anthropic: String, reason: StopReason) throws {
        var first = OpenAIDialect(model: "m", streams: true, isOpenAI: false).answer(to: .saying("hi"))
        _ = try first.add(
            whole: ["choices": [["message": ["content": "cut"], "finish_reason": .string(openAI)]]]
        )
        #expect(first.completion.stopReason == reason)
        var second = AnthropicDialect(model: "m", streams: true).answer(to: .saying("hi"))
        _ = try second.add(whole: ["content": [], "stop_reason": .string(anthropic)])
        #expect(second.completion.stopReason == reason)
    }

    @Test("the trace that it is asked in goes with the question, one span further", arguments: Dialect.allCases)
    func traced(dialect: Dialect) async throws {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        for trace in [TraceContext(parsing: parent), nil] {
            try await FakeServer.run([[.streamHead, .say(dialect.stream("hi")), .cut]]) { server in
                let provider = dialect.provider(port: server.port)
                _ = try await TraceContext.$current.withValue(trace) {
                    try await provider.complete(.saying("hi")) { _ in }
                }
                let head = server.requests.first?.head ?? ""
                #expect(head.contains("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-") == (trace != nil))
                #expect(!head.contains("00f067aa0ba902b7"))
            }
        }
    }
}
