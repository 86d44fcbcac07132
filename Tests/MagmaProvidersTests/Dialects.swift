import Magma
import SessionModel
import Testing

@testable import MagmaProviders

/// The two APIs, so that one test can ask both.
enum Dialect: String, CaseIterable, CustomTestStringConvertible {
    case openai, anthropic

    var testDescription: String { rawValue }

    func provider(
        port: Int,
        streams: Bool = true,
        limits: ModelLimits = ModelLimits(),
        pause: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) -> any Provider {
        let base = "http://127.0.0.1:\(port)/v1"
        return switch self {
        case .openai:
            OpenAIProvider(
                model: "small",
                key: "k-1",
                baseURL: base,
                streams: streams,
                limits: limits,
                pause: pause
            )
        case .anthropic:
            AnthropicProvider(
                model: "small",
                key: "k-1",
                baseURL: base,
                streams: streams,
                limits: limits,
                pause: pause
            )
        }
    }

    /// A stream that says `text`, piece by piece.
    func stream(_ pieces: String...) -> String { stream(text: pieces, calls: []) }

    /// A stream of text and of tool calls, whose arguments come in two pieces.
    func stream(text: [String], calls: [(id: String, name: String, arguments: String)]) -> String {
        switch self {
        case .openai: openAI(text, calls)
        case .anthropic: anthropic(text, calls)
        }
    }

    private func openAI(_ text: [String], _ calls: [(id: String, name: String, arguments: String)]) -> String {
        var stream = chunk(#"{"role":"assistant","content":""}"#)
        for piece in text { stream += chunk(#"{"content":"\#(piece)"}"#) }
        for (index, call) in calls.enumerated() {
            let (head, tail) = halves(call.arguments)
            stream += chunk(
                #"{"tool_calls":[{"index":\#(index),"id":"\#(call.id)","type":"function","function":{"name":"\#(call.name)","arguments":""}}]}"#
            )
            for piece in [head, tail] {
                stream += chunk(#"{"tool_calls":[{"index":\#(index),"function":{"arguments":"\#(piece)"}}]}"#)
            }
        }
        stream += chunk("{}", finish: calls.isEmpty ? "stop" : "tool_calls")
        stream +=
            #"data: {"id":"c-1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":30,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":20}}}"#
            + "\n\n"
        return stream + "data: [DONE]\n\n"
    }

    private func chunk(_ delta: String, finish: String? = nil) -> String {
        let reason = finish.map { "\"\($0)\"" } ?? "null"
        return
            #"data: {"id":"c-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}]}"#
            + "\n\n"
    }

    private func anthropic(_ text: [String], _ calls: [(id: String, name: String, arguments: String)]) -> String {
        var stream = event(
            "message_start",
            #"{"type":"message_start","message":{"id":"m-1","role":"assistant","content":[],"usage":{"input_tokens":10,"cache_read_input_tokens":20,"output_tokens":1}}}"#
        )
        stream += event("ping", #"{"type":"ping"}"#)
        var index = 0
        if !text.isEmpty {
            stream += block(0, #"{"type":"text","text":""}"#, text.map { #"{"type":"text_delta","text":"\#($0)"}"# })
            index = 1
        }
        for call in calls {
            let (head, tail) = halves(call.arguments)
            stream += block(
                index,
                #"{"type":"tool_use","id":"\#(call.id)","name":"\#(call.name)","input":{}}"#,
                ["", head, tail].map { #"{"type":"input_json_delta","partial_json":"\#($0)"}"# }
            )
            index += 1
        }
        let reason = calls.isEmpty ? "end_turn" : "tool_use"
        stream += event(
            "message_delta",
            #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)"},"usage":{"output_tokens":7}}"#
        )
        return stream + event("message_stop", #"{"type":"message_stop"}"#)
    }

    private func block(_ index: Int, _ start: String, _ deltas: [String]) -> String {
        event(
            "content_block_start",
            #"{"type":"content_block_start","index":\#(index),"content_block":\#(start)}"#
        )
            + deltas.map {
                event("content_block_delta", #"{"type":"content_block_delta","index":\#(index),"delta":\#($0)}"#)
            }.joined()
            + event("content_block_stop", #"{"type":"content_block_stop","index":\#(index)}"#)
    }

    private func event(_ name: String, _ data: String) -> String { "event: \(name)\ndata: \(data)\n\n" }

    /// JSON text cut in the middle, escaped for a string.
    private func halves(_ text: String) -> (String, String) {
        let middle = text.index(text.startIndex, offsetBy: text.count / 2)
        return (String(text[..<middle]).escaped, String(text[middle...]).escaped)
    }
}

extension String {
    fileprivate var escaped: String { replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") }
}

extension CompletionRequest {
    static func saying(_ text: String, settings: TurnSettings = TurnSettings()) -> CompletionRequest {
        CompletionRequest(
            agent: "a",
            system: "Be brief.",
            messages: [Message(id: "m1", role: .user, text: text)],
            tools: [],
            settings: settings
        )
    }
}

extension ModelDialect {
    /// The body with what is known of the model.
    func body(asking request: CompletionRequest) -> JSON { body(of: request, options(of: request)) }
}
