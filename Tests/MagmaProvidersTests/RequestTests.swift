import Magma
import SessionModel
import Testing

@testable import MagmaProviders

@Suite("What models are asked", .timeLimit(.minutes(15)))
struct RequestTests {
    private let request = CompletionRequest(
        agent: "support",
        system: "Help.",
        messages: [
            Message(
                id: "m1",
                role: .user,
                blocks: [.text("Look", cache: true), .image(data: "aGk=", type: "image/png")]
            ),
            Message(
                id: "m2",
                role: .assistant,
                blocks: [
                    .reasoning("Hm", signature: "s1"),
                    .toolCall(ToolCall(id: "c1", name: "find_order", arguments: ["number": 7])),
                    .toolCall(ToolCall(id: "c2", name: "refund", arguments: [:])),
                ]
            ),
            Message(
                id: "m3",
                role: .user,
                blocks: [
                    .toolResult(ToolResult(id: "c1", name: "find_order", result: ["cents": 5])),
                    .toolResult(ToolResult(id: "c2", name: "refund", result: "no such order", isError: true)),
                ]
            ),
            Message(id: "m4", role: .system, text: "Be honest."),
        ],
        tools: [ToolDescription(name: "refund", description: "Gives money back", parameters: ["type": "object"])],
        settings: TurnSettings(model: "big", maxTokens: 99, temperature: 0.5, toolChoice: .tool("refund"))
    )

    @Test("is what OpenAI's API says")
    func openAI() throws {
        let body = OpenAIDialect(model: "small", streams: true, isOpenAI: false).body(asking: request)
        let expected: JSON = try JSON(
            parsing: """
                {"model":"big","messages":[
                {"role":"system","content":"Help."},
                {"role":"user","content":[{"type":"text","text":"Look"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]},
                {"role":"assistant","content":null,"tool_calls":[
                {"id":"c1","type":"function","function":{"name":"find_order","arguments":"{\\"number\\":7}"}},
                {"id":"c2","type":"function","function":{"name":"refund","arguments":"{}"}}]},
                {"role":"tool","tool_call_id":"c1","content":"{\\"cents\\":5}"},
                {"role":"tool","tool_call_id":"c2","content":"Error: no such order"},
                {"role":"system","content":"Be honest."}],
                "stream":true,"stream_options":{"include_usage":true},
                "tools":[{"type":"function","function":{"name":"refund","description":"Gives money back",
                "parameters":{"type":"object"}}}],
                "tool_choice":{"type":"function","function":{"name":"refund"}},"max_tokens":99,"temperature":0.5}
                """
        )
        #expect(body == expected)
    }

    @Test("is what Anthropic's API says")
    func anthropic() throws {
        let body = AnthropicDialect(model: "small", streams: false).body(asking: request)
        let expected: JSON = try JSON(
            parsing: """
                {"model":"big","max_tokens":99,"messages":[
                {"role":"user","content":[{"type":"text","text":"Look","cache_control":{"type":"ephemeral"}},
                {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]},
                {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"s1"},
                {"type":"tool_use","id":"c1","name":"find_order","input":{"number":7}},
                {"type":"tool_use","id":"c2","name":"refund","input":{}}]},
                {"role":"user","content":[
                {"type":"tool_result","tool_use_id":"c1","content":"{\\"cents\\":5}"},
                {"type":"tool_result","tool_use_id":"c2","content":"no such order","is_error":true}]},
                {"role":"user","content":[{"type":"text","text":"Be honest."}]}],
                "stream":false,"system":"Help.",
                "tools":[{"name":"refund","description":"Gives money back","input_schema":{"type":"object"}}],
                "tool_choice":{"type":"tool","name":"refund"},"temperature":0.5}
                """
        )
        #expect(body == expected)
    }

    @Test("has at most four cache marks for Anthropic, the last ones")
    func cacheMarks() {
        let messages = (1...6).map { Message(id: "m\($0)", role: .user, blocks: [.text("\($0)", cache: true)]) }
        let request = CompletionRequest(agent: "a", system: "", messages: messages, tools: [])
        let body = AnthropicDialect(model: "m", streams: true).body(asking: request)
        let marked = body["messages"]?.array?.map { $0["content"]?.array?.first?["cache_control"] != nil }
        #expect(marked == [false, false, true, true, true, true])
    }

    @Test("begins with a user's message for Anthropic, also where the window does not")
    func windowStart() {
        let request = CompletionRequest(
            agent: "a",
            system: "",
            messages: [Message(role: .assistant, text: "so?"), Message(role: .user, text: "yes")],
            tools: []
        )
        let body = AnthropicDialect(model: "m", streams: true).body(asking: request)
        #expect(body["messages"]?.array?.map { $0["role"]?.string } == ["user", "assistant", "user"])
    }

    @Test("makes a model that thinks think, within its bounds")
    func reasoning() {
        let request = CompletionRequest.saying(
            "hi",
            settings: TurnSettings(maxTokens: 100, temperature: 0.2, reasoning: .low)
        )
        let anthropic = AnthropicDialect(model: "m", streams: true).body(asking: request)
        #expect(anthropic["thinking"] == ["type": "enabled", "budget_tokens": 2048])
        #expect(anthropic["max_tokens"] == 2148)
        #expect(anthropic["temperature"] == nil)
        let openAI = OpenAIDialect(model: "m", streams: true, isOpenAI: true).body(asking: request)
        #expect(openAI["reasoning_effort"] == "low")
        #expect(openAI["max_completion_tokens"] == 100)
    }

    @Test(
        "asks for tools as the turn wishes",
        arguments: [(ToolChoice.none, JSON("none"), JSON("none")), (.required, "required", "any")]
    )
    func toolChoice(choice: ToolChoice, openAI: JSON, anthropic: JSON) {
        var request = request
        request.settings.toolChoice = choice
        #expect(
            OpenAIDialect(model: "m", streams: true, isOpenAI: false).body(asking: request)["tool_choice"] == openAI
        )
        #expect(
            AnthropicDialect(model: "m", streams: true).body(asking: request)["tool_choice"]?["type"] == anthropic
        )
    }
}
