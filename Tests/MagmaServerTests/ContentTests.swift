import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@testable import InspectionServer
@testable import MagmaServer

@Suite("Contents in pieces", .timeLimit(.minutes(15)))
struct ContentTests {
    private static let target: JSON.Object = ["agent": "echo", "session": "big"]

    private static func with(_ more: JSON.Object) -> JSON {
        .object(JSON.Object((Array(target) + Array(more)).map { ($0.name, $0.value) }))
    }

    @Test(
        "what is fetched of a state is without what is hidden of it, by a reference that was given and by one that was made up"
    )
    func stateRefs() async throws {
        try await ServerFixture.run(configure: { $0.inspection.redaction = Redaction(keys: ["iban"]) }) { server in
            try await server.inspect { inspector in
                let secret = "password: CANARY1\nbeside it " + String(repeating: "x ", count: 200_000)
                let state: JSON = [
                    "plan": .string(secret), "refunds": ["iban": 7777, "note": "api_key=CANARY2"],
                ]
                _ = try await inspector.call(
                    "session.create",
                    ["agent": "support", "session": "v", "state": ["plan": .string(secret)]]
                )
                // It may be due just now.
                _ = try await inspector.call("jobs.pause", ["agent": "support", "job": "follow-up", "session": "v"])
                let head = try await inspector.call("session.attach", ["agent": "support", "session": "v"])["head"]
                let given = try #require(head?["state"]?["plan"]?["ref"]?.string)
                _ = try await inspector.call(
                    "session.edit",
                    [
                        "agent": "support", "session": "v", "expect": head?["seq"] ?? 0,
                        "state": [["op": "replace", "path": "/plan", "value": .string(state["refunds"]?.text ?? "")]],
                    ]
                )
                let seq = try #require(
                    try await inspector.call("session.at", ["agent": "support", "session": "v", "seq": 1])["seq"]?.int
                )
                var shown = ""
                for ref in [
                    given, ContentRef(.state(SessionKey(agent: "support", session: "v"), at: seq), JSONPointer()).text,
                    ContentRef(.state(SessionKey(agent: "support", session: "v"), at: seq + 2), JSONPointer()).text,
                ] {
                    shown += try await inspector.call("content.get", ["ref": .string(ref)])["text"]?.string ?? ""
                }
                #expect(!shown.contains("CANARY") && !shown.contains("7777"))
                #expect(shown.contains("‹redacted›"))
            }
        }
    }

    @Test("what is kept of a text is not told of another session that came to have its id and its time")
    func sameTime() async throws {
        try await ServerFixture.run { server in
            try await server.inspect { inspector in
                let text = String(repeating: "OLD-", count: 100_000)
                let body: JSON = ["message": .string(text)]
                #expect(try await server.post("/v1/agents/echo/chat?sessionId=big", body.text).status == 200)
                let events = try await inspector.call(
                    "session.history",
                    Self.with(["after": 0, "kinds": ["message.added"]])
                )
                let ref = try #require(events["events"]?.array?.first?["message"]?["blocks"]?.array?.first?["ref"])
                let capsule = try await inspector.call("session.export", Self.with([:]))["capsule"] ?? .null
                let first = try await inspector.call("content.get", ["ref": ref, "limit": 100])
                #expect(first["text"]?.string?.hasPrefix("OLD-") == true)
                _ = try await inspector.call("session.delete", Self.with(["confirm": "big"]))
                let other = try JSON(parsing: capsule.text.replacing("OLD-", with: "NEW-"))
                _ = try await inspector.call("session.import", ["capsule": other, "as": "big"])
                for offset in [0, 100] {
                    let piece = try await inspector.call(
                        "content.get",
                        ["ref": ref, "offset": .int(offset), "limit": 100]
                    )
                    #expect(piece["text"]?.string?.hasPrefix("NEW-") == true)
                }
            }
        }
    }

    @Test("a content that was read once is not given for what has its place now")
    func contentsOfOthers() async throws {
        try await ServerFixture.run { server in
            func say(_ word: String) async throws {
                let text = String(repeating: word, count: 400_000 / word.utf8.count)
                let body: JSON = ["message": .string(text)]
                #expect(try await server.post("/v1/agents/echo/chat?sessionId=big", body.text).status == 200)
            }
            func ref(_ inspector: TestInspector) async throws -> JSON {
                let events = try await inspector.call(
                    "session.history",
                    Self.with(["after": 0, "kinds": ["message.added"]])
                )
                return try #require(events["events"]?.array?.first?["message"]?["blocks"]?.array?.first?["ref"])
            }
            try await say("OLD-")
            try await server.inspect { inspector in
                let old = try await ref(inspector)
                let first = try await inspector.call("content.get", ["ref": old, "limit": 100])
                #expect(first["text"]?.string?.hasPrefix("OLD-") == true)
                _ = try await inspector.call("session.delete", Self.with(["confirm": "big"]))
                for offset in [0, 100] {
                    let gone = await #expect(throws: RPCError.self) {
                        try await inspector.call("content.get", ["ref": old, "offset": .int(offset), "limit": 100])
                    }
                    #expect(gone?.code == "session_not_found")
                }
                try await say("NEW-")
                for offset in [100, 0, 100] {
                    let params: JSON = ["ref": try await ref(inspector), "offset": .int(offset), "limit": 100]
                    let text = try await inspector.call("content.get", params)["text"]?.string ?? ""
                    #expect(text.contains("NEW-") && !text.contains("OLD"))
                }
            }
        }
    }
}
