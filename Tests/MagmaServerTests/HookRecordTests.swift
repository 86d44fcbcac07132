import Crypto
import Foundation
import Inspection
import Magma
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import AgentAPI
@testable import MagmaServer

/// Hooks that ask who sends.
@Agent
private actor SignedAgent {
    var seen = 0

    static let id = "signed"

    @Hook("paid", session: .body("customer"), verify: .github(secret: "hush"))
    func paid(_ request: HookRequest) -> HookResponse {
        seen += 1
        return .json(["seen": .int(seen), "bytes": .int(request.bytes.count)])
    }

    @Hook("static", verify: .secret(header: "x-key", secret: .environment("SEISMO_TEST_NOT_SET")))
    static func fixed() -> HookResponse { .text("in") }

    @Hook("open") func open(_ request: HookRequest) -> HookResponse {
        .json(["target": .string(request.target), "bytes": .string(String(decoding: request.bytes, as: UTF8.self))])
    }
}

@Suite("What is recorded of requests that no handler sees", .timeLimit(.minutes(15)))
struct HookRecordTests {
    private func run(_ body: (ServerFixture) async throws -> Void) async throws {
        try await ServerFixture.run(agents: [SignedAgent.self], body)
    }

    private func exchanges(_ server: ServerFixture) async throws -> [Exchange] {
        let runtime = server.runtime
        let rows = try await runtime.exchanges(agent: "signed", session: nil, hook: nil, before: nil, limit: 100)
        var whole: [Exchange] = []
        for row in rows { whole.append(try await runtime.exchange(row.id)) }
        return whole
    }

    @Test("a signature is checked before a session is chosen, and a refusal recorded with its reason")
    func signatures() async throws {
        try await run { server in
            let body = #"{"customer": "ann"}"#
            let code = HMAC<SHA256>.authenticationCode(
                for: Array(body.utf8),
                using: SymmetricKey(data: Array("hush".utf8))
            )
            let good = "sha256=" + code.map { String(format: "%02x", $0) }.joined()
            func post(_ signature: String?, _ body: String, key: String? = nil) async throws -> HTTPAnswer {
                var headers = signature.map { [("X-Hub-Signature-256", $0)] } ?? []
                if let key { headers.append(("Idempotency-Key", key)) }
                return try await server.post("/hooks/paid", body, headers: headers)
            }
            #expect(try await post(good, body, key: "k").json == ["seen": 1, "bytes": 19])
            // The same bytes, and the answer that is kept for them, for someone who cannot sign them.
            for refused in [
                try await post(nil, body, key: "k"), try await post(good, body + " "), try await post("sha256=00", "{"),
            ] {
                #expect(refused.status == 401)
                #expect(refused.code == "signature_invalid")
                #expect(refused.headers["x-session-id"] == nil)
            }
            #expect(try await server.runtime.stats().counts.all == 1)
            let records = try await exchanges(server)
            #expect(records.count == 4)
            for record in records.prefix(3) {
                #expect(record.response?.status == 401)
                #expect(record.session == nil)
                #expect(record.error?.contains("X-Hub-Signature-256") == true)
            }
            // A replay needs no signature.
            let again = try await server.runtime.handleHook(
                "paid",
                of: try server.runtime.agent(nil),
                HookRequest(records[3].request),
                replayOf: records[3].id
            )
            #expect(again.response.status == 200)
        }
    }

    @Test("without a secret nobody is let in, and the sender is not told why")
    func missing() async throws {
        try await run { server in
            let answer = try await server.post("/hooks/static", "{}", headers: [("x-key", "")])
            #expect(answer.status == 500)
            #expect(answer.code == "hook_secret_missing")
            #expect(!answer.body.contains("SEISMO_TEST_NOT_SET"))
            #expect(try await exchanges(server).first?.error?.contains("SEISMO_TEST_NOT_SET") == true)
        }
    }

    @Test(
        "what cannot be read is recorded with its bytes and its answer",
        arguments: [
            ("{", [("Content-Type", "application/json")], 400, "json_invalid"),
            ("--x", [("Content-Type", "multipart/form-data; boundary=b")], 400, "form_invalid"),
            ("a", [("Content-Type", "text/csv"), ("Content-Encoding", "br")], 415, "encoding_unsupported"),
            ("a", [("Content-Type", "text/csv"), ("Content-Encoding", "gzip")], 400, "encoding_invalid"),
            ("{}", [("Content-Type", "application/json; charset=klingon")], 415, "charset_unsupported"),
            ("a", [("Content-Type", "text/plain")], 415, "media_type_unsupported"),
        ] as [(String, [(String, String)], Int, String)]
    )
    func unreadable(body: String, headers: [(String, String)], status: Int, code: String) async throws {
        try await run { server in
            let type = headers[0].1
            let answer = try await server.post("/hooks/open", body, type: type, headers: Array(headers.dropFirst()))
            #expect(answer.status == status)
            #expect(answer.code == code)
            let record = try #require(try await exchanges(server).first)
            #expect(record.response?.status == status)
            #expect(record.request.body?.value == .string(body))
            #expect(record.error == answer.json["message"]?.string)
            #expect(record.session == nil)
        }
    }

    @Test("a body that is too large or breaks off is recorded with its beginning")
    func brokenOff() async throws {
        try await ServerFixture.run(agents: [SignedAgent.self], configure: { $0.api.maximumBody = 100_000 }) { server in
            let large = try await server.post("/hooks/open", String(repeating: "x", count: 200_000), type: "text/csv")
            #expect(large.status == 413)
            #expect(try await exchanges(server).first?.response?.status == 413)
            let head =
                "POST /hooks/open HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunks = "11\r\nthe beginning of \r\nzz\r\n"
            _ = try await RawConnection.exchange(port: server.port, Array((head + chunks).utf8))
            try await eventually("it is recorded") { try await exchanges(server).count == 2 }
            let record = try #require(try await exchanges(server).first)
            #expect(record.response?.status == 400)
            #expect(record.request.body?.value == "the beginning of ")
        }
    }

    @Test("a method that hooks do not take is recorded too")
    func method() async throws {
        try await run { server in
            #expect(try await RawConnection.http(port: server.port, "PUT", "/hooks/open").status == 405)
            let record = try #require(try await exchanges(server).first)
            #expect(record.request.method == "PUT")
            #expect(record.response?.status == 405)
        }
    }

    /// `{"by":3}`, compressed.
    private static let gzip = Data(base64Encoded: "H4sIAAAAAAACA6tWSqpUsjKuBQC3OdyECAAAAA==") ?? Data()

    @Test("handlers see the raw bytes and target, of a compressed body what it holds")
    func raw() async throws {
        try await run { server in
            let answer = try await server.post("/hooks/open?a=%20&b", #"{ "a" : 1.0 }"#)
            #expect(answer.json == ["target": "/hooks/open?a=%20&b", "bytes": #"{ "a" : 1.0 }"#])
            let head =
                "POST /hooks/open HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: \(Self.gzip.count)\r\n\r\n"
            let raw = HTTPAnswer(
                try await RawConnection.exchange(port: server.port, Array(head.utf8) + Array(Self.gzip))
            )
            #expect(raw.json["bytes"] == #"{"by":3}"#)
            let chat = head.replacing("/hooks/open", with: "/v1/agents/signed/chat")
            let refused = HTTPAnswer(
                try await RawConnection.exchange(port: server.port, Array(chat.utf8) + Array(Self.gzip))
            )
            #expect(refused.code == "message_missing")
        }
    }

    @Test(
        "what no handler could get is not replayed, unless its body is edited",
        arguments: [
            (#"{"user":{"id":"u""#, "application/json"), ("{\"by\":1e400}", "application/json"), ("by=1", "text/plain"),
        ]
    )
    func unreadable(body: String, type: String) async throws {
        try await ServerFixture.run { server in
            let answer = try await server.post("/v1/agents/counter/hooks/bump", body, type: type)
            #expect((400..<500).contains(answer.status))
            try await server.inspect { inspector in
                let listed = try await inspector.call("hooks.list", ["agent": "counter"])
                let id = try #require(listed["exchanges"]?.array?.first?["id"])
                for part: JSON in [[:], ["headers": ["content-type": "application/json"]]] {
                    let error = await #expect(throws: RPCError.self) {
                        try await inspector.call("hooks.replay", ["exchange": id, "edits": part])
                    }
                    #expect(error?.code == "request_unreadable")
                }
                #expect(try await inspector.call("hooks.list", ["agent": "counter"]) == listed)
                let edits: JSON = ["body": ["user": ["id": "u"]], "encoding": "json"]
                let replayed = try await inspector.call("hooks.replay", ["exchange": id, "edits": edits])
                #expect(replayed["exchange"]?["response"]?["status"] == 200)
            }
        }
    }

    @Test("a replay takes the methods that a hook takes, and changes nothing that a request does not have")
    func edits() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/counter/hooks/bump", #"{"user":{"id":"u"}}"#)
            try await server.inspect { inspector in
                let listed = try await inspector.call("hooks.list", ["agent": "counter"])
                let id = try #require(listed["exchanges"]?.array?.first?["id"]?.string)
                for part: JSON in [["method": "DELETE"], ["path": "/elsewhere"], ["unknown": 1]] {
                    let again: JSON = ["exchange": .string(id), "edits": part]
                    let error = await #expect(throws: RPCError.self) {
                        try await inspector.call("hooks.replay", again)
                    }
                    #expect(error?.code == "invalid_params")
                }
                #expect(try await inspector.call("hooks.list", ["agent": "counter"]) == listed)
            }
        }
    }
}
