import Foundation
import Inspection
import Magma
import SessionModel
import TestSupport
import Testing

@testable import MagmaRuntime

@Suite("A session's history", .timeLimit(.minutes(15)))
struct HistoryTests {

    @Test("the fold of the journal up to any event is what the session was then", arguments: StoreKind.allCases)
    func foldIsHistory(kind: StoreKind) async throws {
        try await kind.with { store in
            var limits = RuntimeLimits()
            limits.checkpointEvents = 16
            let runtime = try await DiaryAgent.runtime(store, limits: limits)
            let session = try await runtime.open("a")
            var random = Seeded(7)
            var moments = [await session.fold]
            for _ in 0..<60 {
                try await Self.doSomething(session, runtime, &random)
                moments.append(await session.fold)
            }
            for moment in moments {
                #expect(try await runtime.past(of: session.key, at: moment.seq) == moment)
                #expect(SessionFold(json: try JSON(parsing: moment.json.text)) == moment)
            }
            #expect(try await store.checkpoint(of: session.key, at: .max) != nil)
            let next = try await DiaryAgent.runtime(store, limits: limits)
            let found = try await next.existingSession(session.key)
            for moment in moments { #expect(try await next.past(of: found.key, at: moment.seq) == moment) }
            #expect(try await next.past(of: found.key, at: 0) == SessionFold())
            let error = await #expect(throws: RuntimeError.self) { try await next.past(of: found.key, at: 1_000_000) }
            #expect(error?.code == "seq_unknown")
        }
    }

    @Test(
        "a moment that is still on its way to the store can be looked at, and exported",
        arguments: StoreKind.allCases
    )
    func unstored(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let session = try await runtime.open("a")
            await session.log("info", "not stored yet")
            let fold = await session.fold
            let past = try await runtime.past(of: session.key, at: fold.seq)
            #expect(past == fold)
            await session.log("info", "nor this")
            var text = ""
            try await CapsuleExport(session.key, of: runtime).write(clean: { $0 }) { piece, _, _ in text += piece }
            #expect(text.contains("nor this"))
        }
    }

    private static func doSomething(_ session: Session, _ runtime: Runtime, _ random: inout Seeded) async throws {
        let agent = try runtime.agent(nil)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: _ = try await runtime.say("hello \(random.next() % 10)", to: session)
        case 1: _ = try await runtime.say("note it", to: session)
        case 2: await #expect(throws: RuntimeError.self) { _ = try await runtime.say("fail", to: session) }
        case 3: _ = try await runtime.handleHook("write", of: agent, DiaryAgent.hook("a", "x"))
        default:
            let fold = await session.fold
            let edit = SessionEdit(
                state: JSONPatch(from: fold.state, to: ["setups": 1, "entries": [], "chimes": 3, "lates": 0]),
                context: fold.messages.first.map { [.remove(id: $0.id)] } ?? [.add(.user("by hand"))]
            )
            _ = try await runtime.edit(
                session.key,
                edit,
                expect: fold.seq,
                by: ChangeAuthor(name: "me", method: "test")
            )
        }
    }

    @Test("going back keeps what was, and needs to have seen the present", arguments: StoreKind.allCases)
    func restore(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let session = try await runtime.open("a")
            _ = try await runtime.say("one", to: session)
            let before = await session.fold
            _ = try await runtime.snapshot(session.key, name: "calm", at: nil, by: me)
            _ = try await runtime.say("two", to: session)
            let seen = await session.fold.seq

            let stale = await #expect(throws: RuntimeError.self) {
                try await runtime.restore(session.key, to: .seq(before.seq), expect: seen - 1, by: me)
            }
            #expect(stale?.code == "stale")
            #expect(await session.fold.seq == seen)

            #expect(try await runtime.restore(session.key, to: .snapshot("calm"), expect: seen, by: me) > seen)
            #expect(await session.fold.picture == before.picture)
            #expect(try await runtime.past(of: session.key, at: seen).messages.count == 4)
            _ = try await runtime.say("three", to: session)
            #expect(await session.fold.state["entries"] == ["one", "three"])
            _ = try await runtime.restore(session.key, to: .seq(1), expect: await session.fold.seq, by: me)
            #expect(await session.fold.state == ["setups": 0, "entries": [], "chimes": 0, "lates": 0])
            let kinds = try await runtime.kinds(session)
            #expect(kinds.contains("session.restored"))
            #expect(kinds.contains("snapshot.taken"))
        }
    }

    @Test("of two who change the same moment one is told that it has passed")
    func race() async throws {
        let runtime = try await DiaryAgent.runtime(MemoryStore())
        let session = try await runtime.open("a")
        _ = try await runtime.say("one", to: session)
        let seen = await session.fold.seq
        let codes = await withTaskGroup(of: String.self) { group in
            for number in 0..<8 {
                group.addTask { [me] in
                    do {
                        if number % 2 == 0 {
                            _ = try await runtime.restore(session.key, to: .seq(2), expect: seen, by: me)
                        } else {
                            let edit = SessionEdit(context: [.add(.user("\(number)"))])
                            _ = try await runtime.edit(session.key, edit, expect: seen, by: me)
                        }
                        return "done"
                    } catch { return (error as? RuntimeError)?.code ?? "\(error)" }
                }
            }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(codes.filter { $0 == "done" }.count == 1)
        #expect(codes.filter { $0 == "stale" }.count == 7)
    }

    @Test("a session in the middle of a turn is not changed by hand")
    func busy() async throws {
        let house = House()
        try await DiaryAgent.with(MemoryStore(), house: house) { runtime, _, _ in
            let session = try await runtime.open("a")
            let ticket = try await runtime.send([.user("wait")], to: session.key)
            try await eventually("the model is asked") { house.gate.waiting == 1 }
            let seen = await session.fold.seq
            let error = await #expect(throws: RuntimeError.self) {
                try await runtime.restore(session.key, to: .seq(1), expect: seen, by: me)
            }
            #expect(error?.code == "busy")
            house.gate.open()
            _ = try await ticket.reply
        }
    }

    @Test("an edit changes state and context together, or nothing")
    func edit() async throws {
        let runtime = try await DiaryAgent.runtime(MemoryStore())
        let session = try await runtime.open("a")
        _ = try await runtime.say("one", to: session)
        let before = await session.fold
        for (edit, code) in [
            (SessionEdit(state: try JSONPatch(json: [["op": "remove", "path": "/nope"]])), "edit_invalid"),
            (SessionEdit(state: try JSONPatch(json: [["op": "replace", "path": "", "value": []]])), "edit_invalid"),
            (SessionEdit(state: try JSONPatch(json: [["op": "add", "path": "/nope", "value": 1]])), "field_unknown"),
            (
                SessionEdit(state: try JSONPatch(json: [["op": "replace", "path": "/chimes", "value": "x"]])),
                "state_invalid"
            ),
            (
                SessionEdit(context: [.remove(id: before.messages[0].id), .remove(id: before.messages[0].id)]),
                "edit_invalid"
            ),
        ] {
            let error = await #expect(throws: RuntimeError.self) {
                try await runtime.edit(session.key, edit, expect: before.seq, by: me)
            }
            #expect(error?.code == code)
            #expect(await session.fold == before)
        }
        var changed = before.messages[1]
        changed.blocks = [.text("better")]
        let edit = SessionEdit(
            state: try JSONPatch(json: [["op": "replace", "path": "/chimes", "value": 5]]),
            context: [.change(changed), .remove(id: before.messages[0].id), .add(.user("new"))]
        )
        let seq = try await runtime.edit(session.key, edit, expect: before.seq, by: me)
        let after = await session.fold
        #expect(after.messages.map(\.text) == ["better", "new"])
        #expect(after.state["chimes"] == 5)
        #expect(after.seq == seq)
        let events = try await runtime.journal(session)
        #expect(events.suffix(4).allSatisfy { $0.cause == before.seq + 1 })
        guard case .inspectorActed("me", "test")? = events.first(where: { $0.seq == before.seq + 1 })?.body else {
            throw ToolError("who did it is not in the journal")
        }
    }

    @Test("a fork that goes on as its origin did comes to the same", arguments: StoreKind.allCases)
    func fork(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let agent = try runtime.agent(nil)
            let origin = try await runtime.open("a")
            _ = try await runtime.say("one", to: origin)
            let moment = await origin.fold
            for session in ["a"] {
                _ = try await runtime.say("note two", to: try await runtime.open(session))
                _ = try await runtime.handleHook("write", of: agent, DiaryAgent.hook(session, "three"))
            }
            let key = try await runtime.fork(origin.key, at: .seq(moment.seq), as: "b", kind: .lasting, by: me)
            let fork = try await runtime.existingSession(key)
            #expect(await fork.fold.picture == moment.picture)
            #expect(try await runtime.jobs(of: agent, in: key).map(\.paused) == [true, true])
            #expect(try await runtime.summary(fork.key)?.origin == .fork)
            _ = try await runtime.say("note two", to: fork)
            _ = try await runtime.handleHook("write", of: agent, DiaryAgent.hook("b", "three"))
            let (one, other) = (await origin.fold, await fork.fold)
            #expect(one.state == other.state)
            #expect(one.messages.map(\.blocks) == other.messages.map(\.blocks))
            #expect(await fork.fold.state["setups"] == 1)

            let there = try await runtime.journal(origin).last?.body
            #expect(there == .sessionForked(.to(session: "b", seq: moment.seq)))
            let taken = await #expect(throws: RuntimeError.self) {
                try await runtime.fork(origin.key, at: nil, as: "b", kind: .lasting, by: me)
            }
            #expect(taken?.code == "session_exists")
            let unnamed = try await runtime.fork(origin.key, at: nil, as: nil, kind: .lasting, by: me)
            #expect(unnamed.session.hasPrefix("a-fork-"))
            let temporary = try await runtime.fork(origin.key, at: nil, as: nil, kind: .temporary, by: me)
            #expect(SessionID.isTemporary(temporary.session))
            #expect(try await runtime.summary(temporary)?.kind == .temporary)
        }
    }

    @Test("a temporary session that is kept lasts, with all it had", arguments: StoreKind.allCases)
    func keep(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let session = try await runtime.open(nil)
            _ = try await runtime.say("one", to: session)
            _ = try await runtime.snapshot(session.key, name: "s", at: nil, by: me)
            let lasting = await #expect(throws: RuntimeError.self) {
                try await runtime.keep(try await runtime.open("b").key, as: "c", by: me)
            }
            #expect(lasting?.code == "session_lasting")
            let exists = await #expect(throws: RuntimeError.self) {
                try await runtime.keep(session.key, as: "b", by: me)
            }
            #expect(exists?.code == "session_exists")
            let kept = try await runtime.existingSession(try await runtime.keep(session.key, as: "ann", by: me))
            #expect(kept.key.session == "ann")
            #expect(try await runtime.summary(kept.key)?.times.expires == nil)
            #expect(try await runtime.summary(session.key) == nil)
            #expect(try await store.snapshots(of: kept.key).count == 1)
            _ = try await runtime.say("two", to: try await runtime.open("ann"))
            #expect(try await runtime.state(kept)["entries"] == ["one", "two"])
            #expect(try await runtime.journal(kept).contains { $0.body == .sessionKept(from: session.key.session) })
        }
    }

    @Test("a session that is deleted is gone, also when it was in the middle of a turn", arguments: StoreKind.allCases)
    func delete(kind: StoreKind) async throws {
        try await kind.with { store in
            let house = House()
            try await DiaryAgent.with(store, house: house) { runtime, _, _ in
                let agent = try runtime.agent(nil)
                let session = try await runtime.open("a")
                _ = try await runtime.handleHook("write", of: agent, DiaryAgent.hook("a", "x"))
                let ticket = try await runtime.send([.user("wait")], to: session.key)
                try await eventually("the model is asked") { house.gate.waiting == 1 }
                try await runtime.delete(session.key)
                house.gate.open()
                _ = await ticket.result
                #expect(try await store.record(of: session.key) == nil)
                #expect(try await store.events(of: session.key, after: 0, limit: 9).isEmpty)
                #expect(try await store.exchanges(agent: nil, session: "a", hook: nil, before: nil, limit: 9).isEmpty)
                await #expect(throws: RuntimeError.self) { try await runtime.existingSession(session.key) }
                let again = try await runtime.open("a")
                #expect(await again.fold.state["entries"] == [])
            }
        }
    }

    @Test("snapshots have names of their own, and survive the session's restart", arguments: StoreKind.allCases)
    func snapshots(kind: StoreKind) async throws {
        try await kind.with { store in
            let runtime = try await DiaryAgent.runtime(store)
            let session = try await runtime.open("a")
            _ = try await runtime.say("one", to: session)
            let first = try await runtime.snapshot(session.key, name: "first", at: 2, by: me)
            #expect(first.fold.seq == 2)
            for (name, code) in [("first", "snapshot_exists"), ("", "name_invalid"), ("a\nb", "name_invalid")] {
                let error = await #expect(throws: RuntimeError.self) {
                    try await runtime.snapshot(session.key, name: name, at: nil, by: me)
                }
                #expect(error?.code == code)
            }
            let next = try await DiaryAgent.runtime(store)
            let found = try await next.existingSession(session.key)
            #expect(try await next.past(of: found.key, at: .snapshot("first")) == first.fold)
            try await next.deleteSnapshot("first", of: found.key, by: me)
            let error = await #expect(throws: RuntimeError.self) {
                try await next.past(of: found.key, at: .snapshot("first"))
            }
            #expect(error?.code == "snapshot_not_found")
        }
    }
}
