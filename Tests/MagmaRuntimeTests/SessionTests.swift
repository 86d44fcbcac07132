import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Sessions", .timeLimit(.minutes(15)))
struct SessionTests {
    @Test("first sights at the same moment make one session, set up once")
    func firstSight() async throws {
        let gate = Gate()
        let plan = ProbeAgent.Plan(setup: { try await gate.pass() })
        try await withRuntime(plan) { runtime, _, _ in
            try await withThrowingTaskGroup(of: ObjectIdentifier.self) { group in
                for _ in 0..<20 { group.addTask { ObjectIdentifier(try await runtime.open("same")) } }
                try await eventually("setup runs") { gate.waiting == 1 }
                gate.open()
                let seen = try await group.reduce(into: Set()) { $0.insert($1) }
                #expect(seen.count == 1)
            }
            let session = try await runtime.open("same")
            #expect(try await runtime.kinds(session).count { $0 == "session.created" } == 1)
        }
    }

    @Test("a setup that fails makes no session, and the next try may succeed")
    func setupFails() async throws {
        let shouldFail = Gate()
        let plan = ProbeAgent.Plan(setup: { if shouldFail.waiting == 0 { throw ToolError("no database") } })
        try await withRuntime(plan) { runtime, _, _ in
            let error = await #expect(throws: RuntimeError.self) { try await runtime.open("a") }
            #expect(error?.code == "setup_failed")
            #expect(error?.message.contains("no database") == true)
            #expect(try await runtime.stats().counts.all == 0)
            let holder = Task { try await shouldFail.pass() }
            try await eventually("setup may succeed") { shouldFail.waiting == 1 }
            _ = try await runtime.open("a")
            holder.cancel()
            #expect(try await runtime.stats().counts.all == 1)
        }
    }

    @Test("a temporary session can be named while it lives, and no other tmp_ id")
    func temporary() async throws {
        try await withRuntime { runtime, _, _ in
            let session = try await runtime.open(nil)
            #expect(await session.kind == .temporary)
            #expect(session.key.session.hasPrefix("tmp_"))
            #expect(session.key.session.count == 30)
            #expect(try await runtime.open(session.key.session) === session)
            let error = await #expect(throws: RuntimeError.self) { try await runtime.open("tmp_mine") }
            #expect(error?.code == "session_id_invalid")
        }
    }

    @Test("a temporary session ends without traffic, is listed for a while, and is then gone")
    func retention() async throws {
        try await withRuntime { runtime, time, _ in
            let start = time.now
            let session = try await runtime.open(nil)
            // In steps: the house may still be at what it found before, and looks again a while later.
            try await eventually("it has ended") {
                time.advance(by: 60_000)
                return try await runtime.summary(session.key)?.status == .ended
            }
            #expect(time.now >= start + 900_000)
            try await eventually("its end is stored") { try await runtime.kinds(session).contains("session.ended") }
            try await eventually("it is gone") {
                time.advance(by: 60_000)
                return try await runtime.summary(session.key) == nil
            }
            #expect(try await runtime.journal(session).isEmpty)
        }
    }

    @Test("a temporary session of a WebSocket ends with its last client")
    func webSocket() async throws {
        try await withRuntime { runtime, _, agent in
            let session = try await runtime.session(nil, of: agent, origin: .websocket)
            let first = try await session.connect()
            let second = try await session.connect()
            await first.disconnect()
            #expect(try await runtime.summary(session.key)?.status == .awake)
            await second.disconnect()
            #expect(try await runtime.summary(session.key)?.status == .ended)
        }
    }

    @Test("a session that has ended takes nothing more, and its journal stays")
    func ended() async throws {
        try await withRuntime { runtime, _, _ in
            let session = try await runtime.open("a")
            try await session.end(reason: "test")
            let error = await #expect(throws: RuntimeError.self) { try await runtime.open("a") }
            #expect(error?.code == "session_ended")
            #expect(try await runtime.kinds(session).last == "session.ended")
        }
    }

    @Test("a client that reads too slowly is let go")
    func slowClient() async throws {
        var limits = RuntimeLimits()
        limits.clientFrames = 2
        try await withRuntime(limits: limits) { runtime, _, _ in
            let session = try await runtime.open("a")
            let client = try await session.connect()
            for number in 0..<5 { await session.sendToClients(.int(number)) }
            var heard: [JSON] = []
            for await frame in client.frames { heard.append(frame) }
            #expect(heard == [0, 1])
        }
    }

    @Test("creating seeds the state, and refuses fields and ids that do not fit")
    func create() async throws {
        try await withRuntime { runtime, _, agent in
            let key = try await runtime.create("a", of: agent, setup: ["note": "x"], state: ["count": 5], by: me)
            let session = try await runtime.existingSession(key)
            #expect(try await runtime.state(session) == ["count": 5, "note": "x"])
            for (id, state, code) in [
                ("a", [:], "session_exists"), ("b", ["nope": 1], "field_unknown"),
                ("b", ["count": "many"], "state_invalid"),
            ]
                as [(String, JSON.Object, String)]
            {
                let error = await #expect(throws: RuntimeError.self) {
                    try await runtime.create(id, of: agent, setup: [:], state: state, by: me)
                }
                #expect(error?.code == code)
            }
        }
    }

    @Test("while shutting down nothing new is taken")
    func shuttingDown() async throws {
        try await withRuntime { runtime, _, _ in
            runtime.refuseWork()
            let error = await #expect(throws: RuntimeError.self) { try await runtime.open("a") }
            #expect(error?.code == "shutting_down")
        }
    }
}
