import HTTPTypes
import Logging
import Magma
import MagmaProviders
import MagmaRuntime
import SessionModel
import Synchronization
import TestSupport
import Testing
import WebSocket

@testable import MagmaServer

/// Says which trace it runs in.
@Agent(provider: ScriptedProvider())
actor TracedAgent {
    var count = 0

    public func receive(_ message: Message) async throws -> Message { .user(TraceContext.current?.trace ?? "no trace") }

    @Hook("traced")
    func traced(_ request: HookRequest) async throws -> HookResponse {
        HookResponse(body: .json(["trace": .string(TraceContext.current?.trace ?? "no trace")]))
    }
}

@Suite("What a runtime tells of itself", .timeLimit(.minutes(15)))
struct ReportingTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let header = ("traceparent", "00-\(trace)-00f067aa0ba902b7-01")

    @Test("a trace goes from a chat, a socket and a hook to what runs for it, and the journal names it")
    func traced() async throws {
        try await ServerFixture.run(agents: [TracedAgent.self], scripts: [:]) { server in
            func chat(_ headers: [(String, String)]) async throws -> String {
                try await server.post("/v1/agents/traced/chat?sessionId=a", "{\"message\":\"x\"}", headers: headers)
                    .body
            }
            let (with, without, wrong) = (
                try await chat([Self.header]), try await chat([]), try await chat([("traceparent", "00-x")])
            )
            #expect(with.contains(Self.trace))
            #expect(without.contains("no trace"))
            #expect(wrong.contains("no trace"))
            try await server.inspect { inspector in
                let answer = try await inspector.call("session.history", ["agent": "traced", "session": "a"])
                let turns = try #require(answer["events"]?.array?.filter { $0["kind"] == "turn.started" })
                #expect(turns.map { $0["trace"]?.string } == [Self.trace, nil, nil])
            }
            let hook = try await server.post("/v1/agents/traced/hooks/traced", "{}", headers: [Self.header])
            #expect(hook.body.contains(Self.trace))
            var fields = HTTPFields()
            fields[HTTPField.Name(Self.header.0) ?? .accept] = Self.header.1
            let socket = try await server.socket("/v1/traced?sessionId=a", fields: fields)
            try await socket.run { messages, writer in
                try await writer.send(#"{"type":"message","data":{"content":"hi"}}"#)
                var frames = messages.makeAsyncIterator()
                while let text = try await frames.next(), !text.contains(Self.trace) {}
            }
        }
    }

    @Test("metrics count what came to an end, how long it took and what failed")
    func metrics() async throws {
        try await ServerFixture.run { server in
            _ = try await server.post("/v1/agents/echo/chat", "{\"message\":\"x\"}")
            _ = try await server.post("/v1/agents/counter/hooks/fail", "{}")
            _ = try await server.post("/v1/agents/counter/hooks/bump-anyone", "{}")
            try await server.inspect { inspector in
                _ = try await inspector.call("runtime.hello")
                let text = try await server.get("/metrics").body
                for line in [
                    "magma_turns_total 1", "magma_hooks_total 2", "magma_hook_failures_total 1",
                    "magma_hook_duration_seconds_count 2", "magma_hook_duration_seconds_bucket{le=\"+Inf\"} 2",
                    "magma_turn_failures_total 0", "magma_inspectors 1",
                ] {
                    let isThere = text.contains("\n\(line)\n")
                    #expect(isThere, "\(line)")
                }
            }
        }
    }

    @Test("it is ready until it shuts down")
    func ready() async throws {
        try await ServerFixture.run { server in
            let before = try await server.get("/ready")
            server.runtime.refuseWork()
            let after = try await server.get("/ready")
            #expect((before.status, after.status) == (200, 503))
        }
    }

    @Test("a JSON log is an object a line, in which nothing takes the place of its own members")
    func log() throws {
        let lines = Mutex<[String]>([])
        var log = Logger(label: "l") { label in
            LineLogHandler(label: label, as: .json) { line in lines.withLock { $0.append(line) } }
        }
        log[metadataKey: "agent"] = "a"
        log.error("Something\nbroke", metadata: ["message": "m", "path": "/x\u{1B}\u{9B}\u{202E}\u{E0041}"])
        log.debug("not said")
        let said = lines.withLock { $0 }
        #expect(said.count == 1)
        #expect(!said[0].contains("\n"))
        let json = try JSON(parsing: said[0])
        #expect(json["message"] == "Something\nbroke")
        #expect(json["message_"] == "m")
        #expect(json["agent"] == "a")
        #expect(json["level"] == "error")
        #expect(json["time"]?.string?.hasSuffix("Z") == true)
        // What a terminal would obey or hide is escaped, and is there when the JSON is read.
        #expect(said[0].unicodeScalars.allSatisfy { $0.value < 0x7F })
        #expect(json["path"] == "/x\u{1B}\u{9B}\u{202E}\u{E0041}")
    }

    @Test(
        "of a message that comes again and again some lines are written, and at each span's end how many were left out"
    )
    func flood() throws {
        let lines = Mutex<[String]>([])
        let now = Mutex(ContinuousClock.now)
        let ends = Mutex<[(after: Duration, run: @Sendable () -> Void)]>([])
        let repeated = RepeatedLines(now: { now.withLock { $0 } }) { after, run in
            ends.withLock { $0.append((after, run)) }
        }
        var log = Logger(label: "test") { label in
            LineLogHandler(label: label, as: .text, repeated: repeated) { line in lines.withLock { $0.append(line) } }
        }
        log.logLevel = .notice
        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }; return lines
            }
        }
        for round in 0..<8 {
            for number in 0..<100 { log.error("It broke", metadata: ["number": "\(number)"]) }
            #expect(take().map { $0.contains("number=") } == Array(repeating: true, count: RepeatedLines.most))
            let end = try #require(ends.withLock { $0.popLast() })
            #expect(end.after == min(RepeatedLines.longest, RepeatedLines.shortest * (1 << round)))
            now.withLock { $0 += end.after }
            end.run()
            let told = take()
            #expect(told.count == 1 && told[0].hasSuffix(" error test: left_out=90 It broke"), "\(told)")
        }
        let left = ends.withLock { $0.count }
        #expect(left == 0)
        // Other messages, and what is no warning, are counted by themselves, or not at all.
        for _ in 0..<100 { log.notice("It is done") }
        log.warning("It broke")
        log.error("It broke otherwise")
        #expect(take().count == 102)
        // After a span without the message, ten lines are written again.
        now.withLock { $0 += RepeatedLines.longest }
        for _ in 0..<11 { log.error("It broke") }
        #expect(take().count == RepeatedLines.most)
        let next = ends.withLock { $0.last?.after }
        #expect(next == RepeatedLines.shortest)
        // Of so many different ones that they are not counted, all are written.
        for number in 0..<2000 { log.error("\(number) broke") }
        for _ in 0..<11 { log.error("1999 broke") }
        #expect(take().count == 2011)
    }

    @Test("a line of the log holds nothing that a terminal would obey")
    func textLog() {
        let lines = Mutex<[String]>([])
        var log = Logger(label: "test") { label in
            LineLogHandler(label: label, as: .text) { line in lines.withLock { $0.append(line) } }
        }
        log[metadataKey: "agent"] = "a\u{1B}[2J"
        log.error("Something\nbroke", metadata: ["path": "/x\u{9B}31m"])
        let said = lines.withLock { $0 }
        #expect(said.count == 1)
        #expect(said[0].hasSuffix(" error test: agent=a␛[2J path=/x‹9B›31m Something⏎broke"), "\(said)")
    }
}
