import Magma
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Sessions of one id that come and go at the same moment", .timeLimit(.minutes(15)))
struct SessionDirectoryTests {
    private let key = SessionKey(agent: "diary", session: "a")

    /// What some may be told who come too late or too early.
    private static let refusals: Set = [
        "session_exists", "session_not_found", "session_gone", "capsule_invalid", "cancelled", "superseded",
        "session_id_invalid",
        "busy",
    ]

    @Test(
        "deleted, imported, made and talked to at once, there is one session or none, and nothing fails otherwise",
        arguments: StoreKind.allCases
    )
    func race(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            _ = try await runtime.say("one", to: try await runtime.open("a"))
            let text = Mutex("")
            try await CapsuleExport(key, of: runtime).write(clean: { $0 }) { piece, _, _ in
                text.withLock { $0 += piece }
            }
            let capsule = text.withLock(\.self)
            var found: [String: Int] = [:]
            var random = Seeded(17)
            for round in 0..<60 {
                if round % 2 == 0 { _ = await outcome { try await runtime.delete(key) } }
                let capsules = [CapsuleImport(runtime, as: nil), CapsuleImport(runtime, as: nil)]
                for reader in capsules {
                    _ = await outcome { _ = try await reader.read(capsule) }
                }
                var acts = (Act.allCases + Act.allCases).shuffled(using: &random)
                // Now and then only those come that want the id for themselves.
                if round % 8 == 0 { acts.removeAll { [.hook, .chat, .delete].contains($0) } }
                await withTaskGroup(of: String.self) { group in
                    for (number, act) in acts.enumerated() {
                        group.addTask {
                            "\(act) \(await outcome { try await carryOut(act, runtime, capsules[number % 2]) })"
                        }
                    }
                    for await outcome in group { found[outcome, default: 0] += 1 }
                }
                if let listed = try await runtime.summary(key) {
                    let events = try await store.events(of: key, after: 0, limit: .max)
                    #expect(events.map(\.seq) == Array(1...listed.seq))
                }
            }
            for act in [Act.delete, .hook, .chat] { #expect(found["\(act) done"] ?? 0 > 0, "\(found)") }
            #expect((found["create done"] ?? 0) + (found["bring done"] ?? 0) >= 8, "\(found)")
        }
    }

    private enum Act: CaseIterable { case delete, bring, create, hook, chat }

    private func carryOut(_ act: Act, _ runtime: Runtime, _ capsule: CapsuleImport) async throws {
        let agent = try runtime.agent(nil)
        switch act {
        case .delete: try await runtime.delete(key)
        case .bring: _ = try await capsule.finish()
        case .create: _ = try await runtime.create("a", of: agent, setup: [:], state: [:], by: me)
        case .hook: _ = try await runtime.handleHook("write", of: agent, DiaryAgent.hook("a", "x"))
        case .chat: _ = try await runtime.send([.user("hi")], to: SessionPlace(lasting: key), origin: .chat).reply
        }
    }

    private func outcome(_ work: () async throws -> Void) async -> String {
        do {
            try await work()
            return "done"
        } catch {
            let code = (error as? RuntimeError)?.code ?? "\(error)"
            if !Self.refusals.contains(code) { Issue.record("\(error)") }
            return code
        }
    }

    @Test("of many that make a session of one id one does, and the others are told", arguments: StoreKind.allCases)
    func create(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let agent = try runtime.agent(nil)
            let made = await withTaskGroup(of: String.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        await self.outcome {
                            _ = try await runtime.create("a", of: agent, setup: [:], state: [:], by: me)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(made.count { $0 == "done" } == 1)
            #expect(made.count { $0 == "session_exists" } == 49)
        }
    }

    @Test("sessions that would begin as each other, or one as itself, end with an error", arguments: StoreKind.allCases)
    func forkedInCircles(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let other = SessionKey(agent: "diary", session: "b")
            func fork(_ new: SessionKey, of origin: SessionKey) async -> String {
                let source = SessionBeginning.Source.fork(of: origin, SessionFold(), by: me)
                let access = SessionAccess.new(SessionBeginning(origin: .fork, source: source))
                return await outcome { try await runtime.directory.withSession(new, access) { _ in } }
            }
            #expect(await fork(key, of: key) == "session_not_found")
            for _ in 0..<20 {
                async let first = fork(key, of: other)
                async let second = fork(other, of: key)
                #expect(await [first, second] == ["session_not_found", "session_not_found"])
            }
            // Their ids are free, and who has waited for one meanwhile makes it.
            async let again = fork(key, of: other)
            async let said = outcome {
                _ = try await runtime.send([.user("one")], to: SessionPlace(lasting: key), origin: .chat).reply
            }
            #expect(await said == "done")
            _ = await again
        }
    }

    @Test("a session that is borrowed stays, however idle; looking at one that sleeps writes nothing")
    func borrowed() async throws {
        let (store, time) = (MemoryStore(), ManualTime())
        let runtime = try await DiaryAgent.runtime(store, time)
        let session = try await runtime.open("a")
        _ = try await runtime.say("one", to: session)
        time.advance(by: 3_600_000)
        try await runtime.directory.withSession(key, .awake) { session in
            #expect(await !session.sleep(ifIdleSince: .infinity))
        }
        #expect(await session.sleep(ifIdleSince: .infinity))
        #expect(!runtime.directory.isLoaded(key))
        let before = try await (store.record(of: key), store.events(of: key, after: 0, limit: .max))
        _ = try await runtime.head(of: key, window: nil)
        _ = try await runtime.past(of: key, at: 2)
        try await runtime.settle(key)
        try await CapsuleExport(key, of: runtime).write(clean: { $0 }) { _, _, _ in }
        let after = try await (store.record(of: key), store.events(of: key, after: 0, limit: .max))
        #expect(before.0 == after.0)
        #expect(before.1 == after.1)
    }

    /// Somebody else writes to the session's journal, so that the store refuses what the runtime writes next.
    private func spoil(_ store: any SessionStore) async throws {
        let newest = try #require(try await store.events(of: key, before: .max, limit: 1).first)
        let event = SessionEvent(seq: newest.seq + 1, at: 1, body: .log(level: "info", text: "another's"))
        try await store.append(JournalEntry(key: key, events: [event]))
    }

    @Test("a fork and the notes of it in both journals are stored together, or none of them is")
    func fork() async throws {
        try await StoreKind.sqlite.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            _ = try await runtime.say("one", to: try await runtime.open("a"))
            let good = try await runtime.fork(key, at: nil, as: "good", kind: .lasting, by: me)
            #expect(try await store.events(of: good, after: 0, limit: 9).map(\.body.kind).contains("session.forked"))
            #expect(try await store.events(of: key, after: 0, limit: 99).last?.body.kind == "session.forked")
            try await spoil(store)
            await #expect(throws: RuntimeError.self) {
                try await runtime.fork(key, at: nil, as: "bad", kind: .lasting, by: me)
            }
            let bad = SessionKey(agent: "diary", session: "bad")
            #expect(try await store.record(of: bad) == nil)
            #expect(try await runtime.summary(bad) == nil)
            #expect(!runtime.directory.isLoaded(bad))
            #expect(try await store.events(of: key, after: 0, limit: 99).last?.body.kind == "log")
            // What is stored is there again, and can be forked.
            _ = try await runtime.fork(key, at: nil, as: "bad", kind: .lasting, by: me)
        }
    }

    @Test("an exchange and what it changed are stored together: where the one is refused, so is the other")
    func exchange() async throws {
        try await StoreKind.sqlite.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let agent = try runtime.agent(nil)
            let good = try await runtime.handleHook("write", of: agent, DiaryAgent.hook("a", "x")).exchange
            #expect(try await store.exchange(good.id) == good)
            #expect(good.changed != nil)
            try await spoil(store)
            await #expect(throws: RuntimeError.self) {
                try await runtime.handleHook("write", of: agent, DiaryAgent.hook("a", "y"))
            }
            let row = try #require(
                try await store.exchanges(agent: nil, session: "a", hook: nil, before: nil, limit: 1).first
            )
            let bad = try #require(try await store.exchange(row.id))
            #expect(bad.id != good.id)
            #expect(bad.changed == nil)
            #expect(bad.error != nil)
            let again = try await runtime.handleHook("write", of: agent, DiaryAgent.hook("a", "z")).exchange
            #expect(try await store.exchange(again.id)?.changed == again.changed)
        }
    }

    @Test(
        "a temporary session that is kept or deleted while it is talked to is not created a second time",
        arguments: StoreKind.allCases
    )
    func temporary(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let agent = try runtime.agent(nil)
            for round in 0..<20 {
                let place = try await runtime.place(nil, of: agent)
                #expect(place.mayBegin)
                _ = try await runtime.send([.user("one")], to: place, origin: .chat).reply
                let named = try await runtime.place(place.key.session, of: agent)
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            let code = await self.outcome {
                                _ = try await runtime.send([.user("two")], to: named, origin: .chat).reply
                            }
                            #expect(code != "session_not_found")
                        }
                    }
                    group.addTask {
                        _ = await self.outcome {
                            if round % 2 == 0 { return try await runtime.delete(place.key) }
                            _ = try await runtime.keep(place.key, as: "kept-\(round)", by: me)
                        }
                    }
                }
                guard try await runtime.summary(place.key) != nil else { continue }
                // It was busy all the time, and is what it was.
                #expect(try await runtime.present(of: place.key).state["entries"]?.array?.first == "one")
            }
            #expect(try await runtime.sessions(SessionsQuery(limit: 1000)).rows.allSatisfy { $0.messages >= 2 })
        }
    }

    @Test("of a hook whose session is deleted while it runs only its name stays", arguments: StoreKind.allCases)
    func deletedUnderHook(kind: StoreKind) async throws {
        try await kind.with { store in
            let house = House()
            let runtime = try await DiaryAgent.runtime(store, ManualTime(), house)
            let agent = try runtime.agent(nil)
            let hook = DiaryAgent.$house.withValue(house) {
                Task { try await runtime.handleHook("write", of: agent, DiaryAgent.hook("a", "private wait")) }
            }
            try await eventually("the hook runs") { house.gate.waiting == 1 }
            try await runtime.delete(key)
            _ = try await runtime.say("again", to: try await runtime.open("a"))
            house.gate.open()
            let error = await #expect(throws: RuntimeError.self) { try await hook.value }
            #expect(error?.code == "session_gone")
            #expect(error?.kind == .conflict)
            #expect(try await store.exchanges(agent: nil, session: "a", hook: nil, before: nil, limit: 9).isEmpty)
            let rows = try await store.exchanges(agent: nil, session: nil, hook: nil, before: nil, limit: 9)
            for row in rows {
                let exchange = try #require(try await store.exchange(row.id))
                #expect(exchange.session == nil)
                #expect(exchange.request.body == nil && exchange.response?.status == 409)
            }
            #expect(rows.count == 1)
        }
    }
}
