import Inspection
import MagmaRuntime
import SessionModel
import TestSupport
import Testing

@Suite("Every store", .timeLimit(.minutes(15)))
struct StoreTests {
    @Test("gives back what was appended, in ranges from both ends", arguments: StoreKind.allCases)
    func ranges(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "a", session: "s")
            try await store.appendAll([
                entry(key, seqs: 1...5), entry(SessionKey(agent: "a", session: "t"), seqs: 1...1),
            ])
            try await store.appendAll([entry(key, seqs: 6...9)])
            #expect(try await store.events(of: key, after: 3, limit: 3).map(\.seq) == [4, 5, 6])
            #expect(try await store.events(of: key, before: .max, limit: 2).map(\.seq) == [8, 9])
            #expect(try await store.events(of: key, before: 3, limit: 9).map(\.seq) == [1, 2])
            #expect(try await store.events(of: key, after: 9, limit: 9).isEmpty)
            #expect(try await store.firstSeq(of: key) == 1)
            #expect(try await store.firstSeq(of: SessionKey(agent: "a", session: "none")) == 0)
            #expect(try await store.record(of: key)?.summary.seq == 9)
            let events = try await store.events(of: key, after: 0, limit: 1)
            #expect(events == [SessionEvent(seq: 1, at: 1, cause: 0, turn: "t", body: .log(level: "info", text: "1"))])
        }
    }

    @Test("gives back any range of what was appended much at a time", arguments: StoreKind.allCases)
    func manyAtOnce(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "a", session: "s")
            try await store.appendAll([
                entry(key, seqs: 1...3), entry(SessionKey(agent: "a", session: "t"), seqs: 1...99),
            ])
            try await store.appendAll([entry(key, seqs: 4...200)])
            try await store.appendAll([entry(key, seqs: 201...201)])
            for seq in [0, 1, 2, 3, 4, 66, 67, 68, 199, 200, 201, 202, .max] {
                for limit in [1, 2, 64, 65, 500] {
                    let after = try await store.events(of: key, after: seq, limit: limit).map(\.seq)
                    #expect(after == Array((1...201).filter { $0 > seq }.prefix(limit)))
                    let before = try await store.events(of: key, before: seq, limit: limit).map(\.seq)
                    #expect(before == (1...201).filter { $0 < seq }.suffix(limit))
                }
            }
        }
    }

    @Test("gives back what is nested as deep as anything may come in", arguments: StoreKind.allCases)
    func depth(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "a", session: "s")
            let deep = (1..<JSON.maximumDepth).reduce(JSON.null) { inner, _ in [inner] }
            let call = ToolCall(id: "c", name: "f", arguments: deep)
            let message = Message(id: "m", role: .assistant, blocks: [.toolCall(call)])
            let events = [
                SessionEvent(seq: 1, at: 1, body: .messageAdded(message)),
                SessionEvent(
                    seq: 2,
                    at: 1,
                    body: .sessionRestored(
                        to: 1,
                        snapshot: "s",
                        SessionPicture(messages: [message], state: ["x": deep])
                    )
                ),
            ]
            let deepEntry = entry(key, seqs: 1...1).with(events: events, checkpoint: SessionFold(events))
            try await store.appendAll([deepEntry])
            #expect(try await store.events(of: key, after: 0, limit: 9) == deepEntry.events)
            #expect(try await store.checkpoint(of: key, at: 9) == deepEntry.checkpoint)
            let body = RecordedBody(deep, .json)
            let request = RecordedRequest(method: "POST", path: "/", query: [:], headers: [:], body: body)
            let exchange = Exchange(id: "e", agent: "a", hook: "h", why: "", request: request, received: 1)
            try await store.save(exchange)
            #expect(try await store.exchange("e") == exchange)
            // What looks like a reference to something kept beside it, all the way down.
            let large = JSON.string(String(repeating: "x", count: 5000))
            let lookalike = (2..<JSON.maximumDepth).reduce(large) { inner, _ in ["$payload": inner] }
            var second = exchange
            second.id = "e2"
            second.request.body = RecordedBody(lookalike, .json)
            try await store.save(second)
            #expect(try await store.exchange("e2") == second)
        }
    }

    @Test("tells what happened on schedules newest first, of all sessions of an agent", arguments: StoreKind.allCases)
    func ticks(kind: StoreKind) async throws {
        try await kind.with { store in
            for (session, moments) in [("s", [1, 4, 9]), ("t", [2, 3, 8])] {
                let key = SessionKey(agent: "a", session: session)
                var events = entry(key, seqs: 1...6).events
                for (index, moment) in moments.enumerated() {
                    for (offset, body) in [
                        SessionEvent.Body.tickStarted(job: "j", scheduled: 1),
                        .tickFinished(job: "j", scheduled: 1, status: .ok, duration: 0, error: nil),
                    ].enumerated() {
                        let seq = 2 * index + offset + 1
                        events[seq - 1] = SessionEvent(seq: seq, at: Int64(moment), body: body)
                    }
                }
                try await store.appendAll([
                    entry(key, seqs: 1...6).with(events: events),
                    entry(SessionKey(agent: "b", session: session), seqs: 1...3),
                ])
            }
            let all = try await store.tickEvents(of: "a", limit: 9)
            #expect(all.map(\.event.at) == [9, 9, 8, 8, 4, 4, 3, 3, 2])
            #expect(all.map(\.session) == ["s", "s", "t", "t", "s", "s", "t", "t", "t"])
            #expect(all.prefix(2).map(\.event.body.kind) == ["tick.finished", "tick.started"])
            #expect(try await store.tickEvents(of: "b", limit: 9).isEmpty)
        }
    }

    @Test("finds the newest checkpoint at or before an event", arguments: StoreKind.allCases)
    func checkpoints(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "a", session: "s")
            for end in [10, 20] {
                var part = entry(key, seqs: (end - 9)...end)
                part = part.with(checkpoint: SessionFold(part.events))
                try await store.appendAll([part])
            }
            #expect(try await store.checkpoint(of: key, at: 9) == nil)
            #expect(try await store.checkpoint(of: key, at: 19)?.seq == 10)
            #expect(try await store.checkpoint(of: key, at: .max)?.seq == 20)
        }
    }

    @Test("lists who sleeps and who has ended, not who is awake", arguments: StoreKind.allCases)
    func storedSessions(kind: StoreKind) async throws {
        try await kind.with { store in
            for number in 0..<10 {
                let key = SessionKey(agent: number < 8 ? "a" : "b", session: "s\(number)")
                let status: SessionSummary.Status = number == 0 ? .awake : number == 1 ? .ended : .asleep
                try await store.appendAll([entry(key, seqs: 1...1, status: status, created: Int64(number))])
            }
            let all = try await store.storedSessions(StoredSessionQuery(limit: 3))
            #expect(all.total == 9)
            #expect(all.entries.map(\.summary.key.session) == ["s9", "s8", "s7"])
            let page = try await store.storedSessions(
                StoredSessionQuery(agent: "a", sort: .session, descending: false, offset: 5, limit: 5)
            )
            #expect(page.total == 7)
            #expect(page.entries.map(\.summary.key.session) == ["s6", "s7"])
            let found = try await store.storedSessions(StoredSessionQuery(text: "s3", limit: 9))
            #expect(found.entries.map(\.summary.key.session) == ["s3"])
            let filtered = try await store.storedSessions(
                StoredSessionQuery(
                    limit: 9,
                    matcher: SessionMatcher(try SessionFilter(parsing: "status:ended"), now: 0)
                )
            )
            #expect(filtered.total == 1)
            #expect(try await store.storedSessions(StoredSessionQuery(kinds: ["temporary"], limit: 9)).total == 0)
            let counts = try await store.storedSessionCounts
            #expect((counts.awake, counts.asleep, counts.ended, counts.temporary) == (0, 8, 1, 0))
            let walk = try await store.storedSessions(of: "a", after: "s2", limit: 2).map(\.summary.key.session)
            #expect(walk == ["s3", "s4"])
        }
    }

    @Test("counts follow sessions that wake, sleep, end and go", arguments: StoreKind.allCases)
    func counts(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "a", session: "s")
            for (seq, status) in [(1, SessionSummary.Status.asleep), (2, .awake), (3, .asleep), (4, .ended)] {
                try await store.appendAll([entry(key, seqs: seq...seq, status: status)])
                let counts = try await store.storedSessionCounts
                #expect(counts.all == (status == .awake ? 0 : 1))
                #expect(counts.ended == (status == .ended ? 1 : 0))
            }
            try await store.remove([key])
            #expect(try await store.storedSessionCounts.all == 0)
        }
    }

    @Test("keeps who did what, newest first", arguments: StoreKind.allCases)
    func audits(kind: StoreKind) async throws {
        try await kind.with { store in
            for number in 1...5 {
                var entry = AuditEntry(at: Int64(number), by: "ann", role: .operator, method: "session.send")
                entry.about = "number \(number)"
                try await store.append(entry)
            }
            let newest = try await store.audits(before: nil, limit: 2)
            #expect(newest.map(\.about) == ["number 5", "number 4"])
            let older = try await store.audits(before: newest.last?.number, limit: 9)
            #expect(older.map(\.about) == ["number 3", "number 2", "number 1"])
        }
    }

    @Test("keeps snapshots by name, the newer in place of the older", arguments: StoreKind.allCases)
    func snapshots(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "a", session: "s")
            try await store.appendAll([entry(key, seqs: 1...2)])
            for (name, text) in [("one", "x"), ("two", "y"), ("one", "z")] {
                var fold = SessionFold()
                fold.messages = [.user(String(repeating: text, count: 5000))]
                try await store.save(Snapshot(name: name, at: 1, by: "me", fold: fold), of: key)
            }
            let kept = try await store.snapshots(of: key)
            #expect(kept.map(\.name) == ["two", "one"])
            #expect(kept.map(\.messages) == [1, 1])
            let one = try await store.snapshot("one", of: key)
            #expect(one?.fold.messages.first?.text.first == "z")
            #expect(one?.summary == kept.last)
            #expect(try await store.snapshot("three", of: key) == nil)
            #expect(try await store.removeSnapshot("two", of: key))
            #expect(try await !store.removeSnapshot("two", of: key))
            #expect(try await store.snapshots(of: key).map(\.name) == ["one"])
        }
    }

    @Test("pages exchanges, newest first, by agent, session and hook", arguments: StoreKind.allCases)
    func exchanges(kind: StoreKind) async throws {
        try await kind.with { store in
            for number in 0..<6 {
                var exchange = Exchange(
                    id: "ex_\(number)",
                    agent: "a",
                    hook: number == 5 ? "other" : "h",
                    why: "",
                    request: RecordedRequest(method: "POST", path: "/", query: [:], headers: [:]),
                    received: Int64(number)
                )
                exchange.session = number % 2 == 0 ? "even" : nil
                try await store.save(exchange)
                exchange.error = "it broke"
                try await store.save(exchange)
            }
            let ids = { (session: String?, hook: String?, before: String?) async throws in
                try await store.exchanges(agent: "a", session: session, hook: hook, before: before, limit: 3).map(\.id)
            }
            #expect(try await ids(nil, nil, nil) == ["ex_5", "ex_4", "ex_3"])
            #expect(try await ids(nil, "h", "ex_3") == ["ex_2", "ex_1", "ex_0"])
            #expect(try await ids("even", nil, "ex_4") == ["ex_2", "ex_0"])
            // Those that are gone: between two others, after all of them, and before them.
            #expect(try await ids(nil, nil, "ex_3a") == ["ex_3", "ex_2", "ex_1"])
            #expect(try await ids("even", nil, "ex_9") == ["ex_4", "ex_2", "ex_0"])
            #expect(try await ids(nil, nil, "ex_").isEmpty)
            #expect(try await store.exchange("ex_1")?.error == "it broke")
            #expect(try await store.exchange("ex_9") == nil)
        }
    }

    @Test("renames a session with everything that is its own, but not onto another", arguments: StoreKind.allCases)
    func rename(kind: StoreKind) async throws {
        try await kind.with { store in
            let key = SessionKey(agent: "a", session: "tmp_1")
            try await store.appendAll([
                entry(key, seqs: 1...2), entry(SessionKey(agent: "a", session: "b"), seqs: 1...1),
            ])
            await #expect(throws: RuntimeError.self) {
                try await store.rename(key, to: SessionKey(agent: "a", session: "b"), as: nil)
            }
            try await store.rename(key, to: SessionKey(agent: "a", session: "kept"), as: nil)
            let kept = SessionKey(agent: "a", session: "kept")
            #expect(try await store.record(of: key) == nil)
            #expect(try await store.record(of: kept)?.summary.kind == .lasting)
            #expect(try await store.events(of: kept, after: 0, limit: 9).count == 2)
        }
    }

    @Test("keeps answers and notes", arguments: StoreKind.allCases)
    func answers(kind: StoreKind) async throws {
        try await kind.with { store in
            let answer = StoredResponse(status: 200, body: ["a": 1], session: "s")
            let answered = entry(SessionKey(agent: "a", session: "s"), seqs: 1...1)
            try await store.appendAll([answered.with(answers: [("key", 5, answer)])])
            #expect(try await store.answer(to: "key") == answer)
            #expect(try await store.answer(to: "other") == nil)
            try await store.save(["x"], as: "note")
            try await store.save(["y"], as: "note")
            #expect(try await store.note("note") == ["y"])
        }
    }
}
