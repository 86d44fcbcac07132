import Inspection
import Magma
import MagmaProviders
import NIOHTTP1
import SessionModel
import Testing

@testable import AgentAPI
@testable import BundledAgents
@testable import InspectionServer
@testable import MagmaRuntime
@testable import MagmaServer

@Suite("What comes from outside, whatever it is: chats, hooks, requests, capsules", .timeLimit(.minutes(60)))
struct ServerFuzzTests {
    @Test("bodies of chats are read or refused as clients are told")
    func chats() async {
        var fuzzer = Fuzzer(
            [
                #"{"message":"hi","sessionId":"a"}"#,
                #"{"messages":[{"role":"user","content":[{"type":"text","text":"x"}]},{"role":"tool","content":null}],"agent_id":"a","session_id":7}"#,
                #"{"type":"message","data":{"role":"user","content":"x"}}"#,
            ],
            words: ["\"role\":\"system\"", "\"messages\":[]", "\"content\":{}", "null", "{}", "image", "tool_result"]
        )
        for await _ in Fuzzer.Runs() {
            let bytes = fuzzer.bytes()
            do { _ = try ChatRequest(parsing: bytes) } catch {
                if error.status != .badRequest || error.message.isEmpty { Issue.record("\(bytes): \(error)") }
            }
            _ = try? ChatFrame.message(in: String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test("bodies of hooks are read as their type says, or refused")
    func hooks() async {
        let types = [
            "application/json", "application/x-www-form-urlencoded", "text/plain; charset=latin1", "",
            "multipart/form-data; boundary=b", "application/octet-stream", "application/vnd.x+json",
        ]
        var fuzzer = Fuzzer(
            [
                #"{"user":{"id":"ann"},"by":2}"#, "a=1&b=%C3%A9&c[]=x+y&&=",
                "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
            ],
            words: ["--b", "--b--", "\r\n\r\n", "name=\"", "&", "=", "+", "%00"]
        )
        for await run in Fuzzer.Runs() {
            let bytes = fuzzer.bytes()
            do { _ = try RequestBody.parse(bytes, type: types[run % types.count]) } catch {
                if ![.badRequest, .unsupportedMediaType].contains(error.status) { Issue.record("\(bytes): \(error)") }
            }
        }
    }

    @Test("addresses lead somewhere or nowhere")
    func addresses() async {
        var fuzzer = Fuzzer(
            [
                "/v1/agents/a/chat?sessionId=x&api_key=k", "/v1/session_id=a/agent_id=b?stream=1",
                "/hooks/bump?x=%C3%A9#f",
                "/v1/inspect?token=t", "/v1/support",
            ],
            words: ["/", "//", "..", "?", "&", "=", "%2F", "%00", "%", "#", "session_id="]
        )
        for await _ in Fuzzer.Runs() {
            guard let address = try? Address(fuzzer.text()) else { continue }
            _ = Route(address).methods
        }
    }

    @Test("messages of the protocol are read or refused, and cleaned of secrets")
    func requests() async {
        var fuzzer = Fuzzer(
            [
                #"{"jsonrpc":"2.0","id":1,"method":"session.edit","params":{"agent":"a","context":[{"op":"add","message":{"role":"user","content":"x"}}]}}"#,
                #"{"jsonrpc":"2.0","id":"x","result":{"password":"hunter2","mail":"a@b.cd","card":"4111 1111 1111 1111"}}"#,
            ],
            words: [
                "\"id\":null", "\"params\":[]", "\"error\":{\"code\":1,\"message\":\"m\"}", "[", "]", "@", "+49 30 ",
            ]
        )
        let redaction = Redaction(keys: ["*pin*"], masks: Set(PersonalData.allCases))
        for await _ in Fuzzer.Runs() {
            let text = fuzzer.text()
            if let message = try? RPCMessage(parsing: text), (try? RPCMessage(parsing: message.text)) != message {
                Issue.record("\(text)")
            }
            guard let json = try? JSON(parsing: text) else { continue }
            let clean = redaction.redacted(json)
            if redaction.redacted(clean) != clean { Issue.record("\(text)") }
        }
    }

    @Test("capsules are brought in or refused, and leave nothing when they are")
    func capsules() async throws {
        var limits = RuntimeLimits()
        // Beside tests that compute, a session's setup may wait for long.
        limits.handlers.setup = 600_000
        let runtime = try await Runtime(
            agents: [AgentBlueprint(CounterAgent.self)],
            provider: ScriptedProvider(BundledAgents.scripts(pace: .zero)),
            limits: limits
        )
        let session = try await runtime.place("ann", of: try runtime.agent(nil)).key
        for text in ["add 1", "add 2"] {
            _ = try await runtime.send([.user(text)], to: SessionPlace(lasting: session), origin: .chat).reply
        }
        var capsule = ""
        try await CapsuleExport(session, of: runtime).write(clean: { $0 }) { piece, _, _ in capsule += piece }
        var fuzzer = Fuzzer(
            [capsule],
            words: ["\"seq\":1", "\"events\":[", "\"capsule\":2", "null", "{}", "[]", "\"state\":7"]
        )
        for await _ in Fuzzer.Runs() {
            let reader = CapsuleImport(runtime, as: "copy")
            do {
                _ = try await reader.read(fuzzer.text())
                let copy = try await reader.finish()
                try await runtime.delete(copy)
            } catch is RuntimeError {}
        }
        #expect(try await runtime.stats().counts.all == 1)
    }
}
