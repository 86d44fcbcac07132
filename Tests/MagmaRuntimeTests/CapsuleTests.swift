import Foundation
import Inspection
import Magma
import SessionModel
import Synchronization
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("Capsules", .timeLimit(.minutes(15)))
struct CapsuleTests {

    @Test("what is exported, imported and exported again is the same, byte by byte", arguments: StoreKind.allCases)
    func identity(kind: StoreKind) async throws {
        try await kind.with { store in
            let origin = try await runtime(store)
            try await fill(origin)
            let text = try await capsule("a", origin)
            for (id, cut) in [(String?.none, 100), ("other", 1_000_000)] {
                let there = try await runtime(MemoryStore())
                let session = try await bring(text, into: there, as: id, cut: cut)
                #expect(session.key.session == id ?? "a")
                let again = try await capsule(session.key.session, there)
                let expected = id.map { text.replacing("\"session\":\"a\"", with: "\"session\":\"\($0)\"") } ?? text
                #expect(again == expected)
                let same = try await origin.existingSession(SessionKey(agent: "diary", session: "a")).fold
                #expect(await session.fold == same)
                #expect(try await there.jobs(of: session.blueprint, in: session.key).map(\.paused) == [true, false])
                #expect(try await there.store.snapshots(of: session.key).map(\.name) == ["s"])
                #expect(try await there.past(of: session.key, at: .snapshot("s")).seq == 3)
                _ = try await there.say("after", to: try await there.open(session.key.session))
            }
        }
    }

    @Test("an import writes again no more of the context than what is new", arguments: [false, true])
    func importCost(isState: Bool) async throws {
        let count = 30_000
        let origin = try await runtime(try await longStore(count, isState: isState))
        let text = try await capsule("long", origin)
        let store = MemoryStore()
        let there = try await runtime(store)
        let session = try await bring(text, into: there, as: nil, cut: 1_000_000)
        let written = store.journals.withLock { journals in
            journals.sessions[session.key]?.checkpoints.map { $0.messages.count + ($0.state.object?.count ?? 0) } ?? []
        }
        #expect(written.reduce(0, +) <= 4 * count, "\(written)")
        #expect(written.last == count)
    }

    /// A store with a session of so many messages, or of so many fields.
    private func longStore(_ count: Int, isState: Bool) async throws -> MemoryStore {
        let store = MemoryStore()
        let key = SessionKey(agent: "diary", session: "long")
        let bodies = (1...count).map { number -> SessionEvent.Body in
            isState
                ? .stateChanged(JSONPatch([.add(JSONPointer(["f\(number)"]), .int(number))]))
                : .messageAdded(Message(id: "m\(number)", role: .user, text: "x"))
        }
        let all = [SessionEvent.Body.sessionCreated(origin: .chat, temporary: false)] + bodies
        let events = all.enumerated().map { SessionEvent(seq: $0 + 1, at: 1, body: $1) }
        var summary = SessionSummary(key: key, kind: .lasting, created: 1, origin: .chat)
        summary.seq = events.count
        summary.status = .asleep
        var fold = SessionFold()
        fold.apply(events)
        try await store.appendAll([
            JournalEntry(
                key: key,
                events: events,
                record: SessionRecord(summary: summary, state: [:], pausedJobs: []),
                checkpoint: fold
            )
        ])
        return store
    }

    @Test("a journal whose beginning is gone is exported from there on")
    func trimmed() async throws {
        var limits = MemoryStore.Limits()
        limits.events = 40
        var often = RuntimeLimits()
        often.checkpointEvents = 16
        let origin = try await DiaryAgent.runtime(MemoryStore(limits: limits), limits: often)
        try await fill(origin)
        for _ in 0..<20 { _ = try await origin.say("more", to: try await origin.open("a")) }
        let text = try await capsule("a", origin)
        #expect(text.contains("\"base\""))
        try await withDatabase { path in
            let there = try await runtime(try StoreKind.sqlite(path))
            let session = try await bring(text, into: there, as: nil, cut: 1000)
            #expect(try await capsule("a", there) == text)
            let same = try await origin.existingSession(session.key).fold
            #expect(await session.fold == same)
        }
    }

    @Test("in the runtime that it came from it gets exchanges of its own", arguments: StoreKind.allCases)
    func beside(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await runtime(store)
            try await fill(runtime)
            let text = try await capsule("a", runtime)
            let session = try await bring(text, into: runtime, as: "b", cut: 1000)
            for id in ["a", "b"] {
                let exchanges = try await store.exchanges(agent: "diary", session: id, hook: nil, before: nil, limit: 9)
                #expect(exchanges.count == 1)
                let key = SessionKey(agent: "diary", session: id)
                let told = try await store.events(of: key, after: 0, limit: .max).contains {
                    if case .hookReceived(exchanges.first?.id, _) = $0.body { true } else { false }
                }
                #expect(told)
            }
            #expect(session.key.session == "b")
        }
    }

    @Test("nobody but the runtime gives a temporary session its id")
    func temporaryID() async throws {
        let origin = try await runtime(MemoryStore())
        try await fill(origin)
        let text = try await capsule("a", origin)
        let error = await #expect(throws: RuntimeError.self) {
            try await bring(text, into: origin, as: "tmp_mine", cut: 500)
        }
        #expect(error?.code == "session_id_invalid")
        #expect(try await origin.sessions(SessionsQuery()).total == 1)
    }

    @Test(
        "a capsule that is wrong leaves nothing behind, and says what is wrong",
        arguments: [
            ("\"capsule\":1", "\"capsule\":2", "capsule_version"), ("\"count\":", "\"count\":1", "capsule_invalid"),
            ("\"seq\":4,", "\"seq\":5,", "capsule_invalid"),
            ("\"agent\":\"diary\"", "\"agent\":\"x\"", "agent_not_found"),
            ("\"session\":\"a\"", "\"session\":\"taken\"", "session_exists"), ("]}\n", "]", "capsule_invalid"),
            ("{\"capsule\"", "[\"capsule\"", "capsule_invalid"), ("\"kind\":\"lasting\",", "", "capsule_invalid"),
        ]
    )
    func wrong(find: String, replace: String, code: String) async throws {
        let origin = try await runtime(MemoryStore())
        try await fill(origin)
        let text = try await capsule("a", origin)
        let broken = find == "]}\n" ? String(text.dropLast(2)) : text.replacing(find, with: replace, maxReplacements: 1)
        try await StoreKind.sqlite.with { store in
            let there = try await runtime(store)
            _ = try await there.open("taken")
            let error = await #expect(throws: RuntimeError.self) {
                try await bring(broken, into: there, as: nil, cut: 500)
            }
            #expect(error?.code == code, "\(String(describing: error))")
            #expect(try await there.sessions(SessionsQuery(offset: 0, limit: 9)).total == 1)
            #expect(try await store.recover() == [])
            #expect(try await store.storedSessionCounts.all == 1)
        }
    }

    @Test("imports that are not finished hold no more than their room together, and give it back")
    func unfinished() async throws {
        let runtime = try await runtime(MemoryStore())
        let begin = #"{"capsule":1,"agent":"diary","note":""#
        let piece = String(repeating: "x", count: 8 << 20)
        var open: [CapsuleImport] = []
        var refused: RuntimeError?
        for _ in 0..<12 where refused == nil {
            let reader = CapsuleImport(runtime, as: nil)
            open.append(reader)
            do {
                _ = try await reader.read(begin)
                for _ in 0..<4 { _ = try await reader.read(piece) }
            } catch let error as RuntimeError { refused = error }
        }
        #expect(refused?.code == "imports_full")
        #expect(open.count < 12)
        for reader in open { await reader.abandon() }
        let reader = CapsuleImport(runtime, as: nil)
        _ = try await reader.read(begin + piece)
        await reader.abandon()
        #expect(runtime.imports.hold(ImportBudget.most, insteadOf: 0))
    }

    @Test("an import that a runtime did not finish is forgotten by the next one")
    func abandoned() async throws {
        try await StoreKind.sqlite.with { store in
            let origin = try await runtime(MemoryStore())
            try await fill(origin)
            let text = try await capsule("a", origin)
            let reader = CapsuleImport(try await runtime(store), as: nil)
            _ = try await reader.read(String(text.dropLast(100)))
            let next = try await runtime(store)
            #expect(try await next.stats().counts.all == 0)
            #expect(try await next.sessions(SessionsQuery(offset: 0, limit: 9)).total == 0)
        }
    }

    // MARK: Help

    private func runtime(_ store: any SessionStore) async throws -> Runtime { try await DiaryAgent.runtime(store) }

    private func fill(_ runtime: Runtime) async throws {
        let session = try await runtime.open("a")
        _ = try await runtime.say("one ✓ \"quoted\"", to: session)
        _ = try await runtime.handleHook("write", of: try runtime.agent(nil), DiaryAgent.hook("a", "x"))
        _ = try await runtime.snapshot(session.key, name: "s", at: 3, by: me)
        try await runtime.pauseJob("chime", of: try runtime.agent(nil), on: session.key, by: me)
        _ = try await runtime.restore(session.key, to: .seq(5), expect: await session.fold.seq, by: me)
        await #expect(throws: RuntimeError.self) { _ = try await runtime.say("fail", to: session) }
    }

    private func capsule(_ id: String, _ runtime: Runtime) async throws -> String {
        let session = try await runtime.existingSession(SessionKey(agent: "diary", session: id))
        let text = Mutex("")
        try await CapsuleExport(session.key, of: runtime).write(clean: { $0 }) { piece, _, _ in
            text.withLock { $0 += piece }
        }
        return text.withLock { $0 }
    }

    private func bring(_ text: String, into runtime: Runtime, as id: String?, cut: Int) async throws -> Session {
        let reader = CapsuleImport(runtime, as: id)
        var rest = Substring(text)
        while !rest.isEmpty {
            _ = try await reader.read(String(rest.prefix(cut)))
            rest = rest.dropFirst(cut)
        }
        return try await runtime.existingSession(try await reader.finish())
    }
}
