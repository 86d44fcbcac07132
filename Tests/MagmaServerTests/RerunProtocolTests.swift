import Foundation
import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import InspectionServer
@testable import MagmaServer

@Suite("Reruns over the protocol", .timeLimit(.minutes(15)))
struct RerunProtocolTests {
    private static let session: JSON = ["agent": "counter", "session": "ann"]

    private static func session(_ name: String, _ value: JSON) -> JSON {
        ["agent": "counter", "session": "ann", name: value]
    }

    private func record(_ texts: [String], _ server: ServerFixture) async throws {
        // It would change the state each second.
        let author = ChangeAuthor(name: "test", method: "test")
        try await server.runtime.pauseJob("tick", of: server.runtime.agent("counter"), on: nil, by: author)
        let place = SessionPlace(lasting: SessionKey(agent: "counter", session: "ann"))
        for text in texts { _ = try await server.runtime.send([.user(text)], to: place, origin: .chat).reply }
    }

    @Test("each step is told, and then how many differ")
    func steps() async throws {
        try await ServerFixture.run { server in
            try await record(["add 3", "hello"], server)
            try await server.inspect(as: .operator) { inspector in
                let begun = try await inspector.call("session.rerun", Self.session)
                #expect(begun["session"]?.string?.hasPrefix("tmp_") == true)
                #expect(begun["from"] == 2)
                var steps: [RerunStep] = []
                for _ in 0..<2 {
                    let told = try await inspector.note("rerun.step") { $0["rerun"] == begun["rerun"] }
                    steps += [RerunStepNotice(json: told)?.step].compactMap(\.self)
                }
                let end = try await inspector.note("rerun.end") { $0["rerun"] == begun["rerun"] }
                #expect(end["steps"] == 2 && end["repeated"] == 2 && end["error"] == nil)
                #expect(end["different"] == ["replies": 0, "tools": 0, "state": 0])
                #expect(steps.map(\.recorded.reply) == ["The count is 3.", "The count is 3."])
                #expect(steps.map { $0.rerun?.tools.count } == [1, 0])
            }
        }
    }

    @Test("a viewer may not, and what cannot be rerun is refused")
    func refusals() async throws {
        try await ServerFixture.run { server in
            try await record(["add 3"], server)
            try await server.inspect(as: .viewer) { inspector in
                let error = await #expect(throws: RPCError.self) {
                    try await inspector.call("session.rerun", Self.session)
                }
                #expect(error?.code == "forbidden")
            }
            try await server.inspect(as: .operator) { inspector in
                let wrong: [(JSON, String)] = [
                    (["agent": "counter", "session": "nobody"], "session_not_found"),
                    (Self.session("from", 99_999), "seq_unknown"),
                    (Self.session("from", "no such"), "snapshot_not_found"),
                    (Self.session("to", -1), "invalid_params"),
                    (Self.session("with", "nobody"), "agent_not_found"),
                    (Self.session("provider", "nobody"), "provider_invalid"),
                    (Self.session("as", "tmp_x"), "session_id_invalid"),
                ]
                for (params, code) in wrong {
                    let error = await #expect(throws: RPCError.self) {
                        try await inspector.call("session.rerun", params)
                    }
                    #expect(error?.code == code, "\(params)")
                }
                let error = await #expect(throws: RPCError.self) {
                    try await inspector.call("rerun.stop", ["rerun": "r9"])
                }
                #expect(error?.code == "rerun_not_found")
            }
        }
    }

    @Test("one that is stopped ends with an error, and its place is free again")
    func stopped() async throws {
        try await ServerFixture.run { server in
            try await record((0..<60).map { "add \($0)" }, server)
            try await server.inspect(as: .operator) { inspector in
                // More of them than there may be at the same time, one after another.
                for _ in 0..<20 {
                    let begun = try await inspector.call("session.rerun", Self.session)
                    guard let id = begun["rerun"] else { return }
                    let wasStopped = (try? await inspector.call("rerun.stop", ["rerun": id])) != nil
                    let end = try await inspector.note("rerun.end") { $0["rerun"] == id }
                    let code = end["error"]?["data"]?["code"]
                    #expect(code == (wasStopped ? "rerun_stopped" : nil) || end["steps"] == 60)
                }
            }
        }
    }

    @Test("a connection has eight at the same time, all connections together sixteen")
    func bounded() throws {
        let peer = InspectorState(name: "ann", role: .operator)
        let ids = try (0..<8).map { _ in try peer.openRerun().id }
        let error = #expect(throws: RPCError.self) { try peer.openRerun() }
        #expect(error?.code == "too_many_open")
        #expect(peer.close(rerunning: ids[0]))
        #expect(!peer.close(rerunning: ids[0]))
        _ = try peer.openRerun()
        let slots = WorkSlots.reruns()
        let places = try (0..<16).map { _ in try slots.take() }
        let full = #expect(throws: RPCError.self) { try slots.take() }
        #expect(full?.code == "reruns_full" && places.count == 16)
    }

    @Test("a step that is large is cut after secrets were taken out")
    func large() {
        let secret = #"{"password": "hunter2hunter2"}"#
        let long = String(repeating: "x", count: 400_000)
        var step = RerunStep(
            input: .hook(name: "h", exchange: "ex_1"),
            seq: 3,
            recorded: RerunOutcome(status: "200")
        )
        let call = ToolCall(id: "c", name: "t", arguments: ["apiKey": "sk-1234567890", "text": "short"])
        let longCall = ToolCall(id: "c", name: "t", arguments: ["apiKey": "sk-1234567890", "text": .string(long)])
        step.rerun = RerunOutcome(
            status: "200",
            tools: [longCall] + Array(repeating: call, count: 500),
            seq: 9
        )
        step.recorded.body = RecordedBody(.string(long), .text)
        step.rerun?.body = RecordedBody(.string(secret), .text)
        step.compare()
        let bounds = AnswerBounds(redaction: Redaction())
        let document = step.document(bounds, Redaction(), in: SessionKey(agent: "a", session: "s"))
        #expect(document.text.utf8.count < 1 << 20)
        #expect(!document.text.contains("hunter2") && !document.text.contains("sk-1234567890"))
        #expect(document["rerun"]?["tools"]?.array?.count == 200)
        #expect(document["recorded"]?["body"]?.string?.hasSuffix("‹400000 bytes›") == true)
        #expect(RerunStep(json: document)?.isSame(.replies) == false)
    }

    @Test("bodies of webhooks are redacted in a step as they are in an exchange")
    func bodies() {
        let secret = Array("password=geh".utf8) + [0xE9] + Array("im4711".utf8)
        let bodies: [RecordedBody] = [
            RecordedBody(.string(Data(secret).base64EncodedString()), .base64),
            RecordedBody(["user": "ann", "password": "gehim4711"], .json),
            RecordedBody(.string("user=ann&password=gehim4711"), .text),
        ]
        for body in bodies {
            var step = RerunStep(
                input: .hook(name: "h", exchange: "ex_1"),
                seq: 3,
                recorded: RerunOutcome(status: "200")
            )
            step.recorded.body = body
            var exchange = Exchange(
                id: "ex_1",
                agent: "a",
                hook: "h",
                why: "",
                request: RecordedRequest(),
                received: 1
            )
            exchange.response = RecordedResponse(status: 200, body: body)
            let shown = Redaction().redacted(step.json)["recorded"]?["body"]
            #expect(shown == Redaction().redacted(exchange.json)["response"]?["body"])
            #expect(shown?.text.contains("im4711") == false && shown != body.value)
        }
    }
}
