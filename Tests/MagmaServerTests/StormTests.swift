import Foundation
import Inspection
import SessionModel
import TestSupport
import Testing
import WebSocket

@testable import MagmaServer

@Suite("Inspectors that come in crowds, and that stop reading", .timeLimit(.minutes(15)))
struct StormTests {
    private static let session: JSON = ["agent": "echo", "session": "s"]

    private static func say(_ text: String, _ server: ServerFixture) async throws {
        let answer = try await server.post("/v1/agents/echo/chat?sessionId=s", "{\"message\":\"\(text)\"}")
        #expect(answer.status == 200)
    }

    @Test("inspectors that come and vanish at once, over and over, cost nobody an event and leave nothing")
    func reconnecting() async throws {
        try await ServerFixture.run { server in
            try await Self.say("first", server)
            try await server.inspect { steady in
                let head = try await steady.call("session.attach", Self.session)["head"]?["seq"]?.int ?? 0
                for round in 0..<3 {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<60 {
                            group.addTask {
                                try? await server.inspect(as: .viewer) { inspector in
                                    _ = try await inspector.call("session.attach", Self.session)
                                    // Away without a word.
                                    throw RPCError.failed("gone", "gone")
                                }
                            }
                        }
                        try await Self.say("round \(round)", server)
                        try await group.waitForAll()
                    }
                }
                try await Self.say("last", server)
                var (seq, turns) = (head, 0)
                while turns < 4 {
                    let event = try await steady.note("session.event")["event"] ?? .null
                    seq += 1
                    #expect(event["seq"] == .int(seq))
                    if event["kind"] == "turn.finished" { turns += 1 }
                }
            }
            try await eventually("all have gone") {
                try await server.get("/metrics").body.contains("magma_inspectors 0\n")
            }
        }
    }

    @Test("an inspector that stops reading delays nobody, and gets all of it when it reads again")
    func silent() async throws {
        try await ServerFixture.run { server in
            try await Self.say("first", server)
            let gate = Gate()
            let long = String(repeating: "x", count: 100_000)
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    var read = 0
                    try await server.inspect(as: .viewer) { inspector in
                        _ = try await inspector.call("session.attach", Self.session)
                        try await gate.pass()
                        while read < 40 {
                            let event = try await inspector.note("session.event")["event"]
                            if event?["kind"] == "turn.finished" { read += 1 }
                        }
                    }
                    return read
                }
                try await server.inspect { reader in
                    _ = try await reader.call("session.attach", Self.session)
                    try await eventually("the other waits") { gate.waiting == 1 }
                    // Twelve megabytes, more than the sockets between them hold.
                    for _ in 0..<40 {
                        try await Self.say(long, server)
                        _ = try await reader.event("turn.finished")
                    }
                }
                gate.open()
                #expect(try await group.next() == 40)
            }
        }
    }
}
