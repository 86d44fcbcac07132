import MagmaRuntime
import Postgres
import SessionModel
import TestSupport
import Testing

@testable import PostgresStore

/// Several processes on one database; here, several stores in one process.
@Suite("Nodes on one database", .enabled(if: PostgresServer.address != nil), .timeLimit(.minutes(5)))
struct NodeTests {
    private let key = SessionKey(agent: "a", session: "s")

    /// Two stores on the same tables.
    private func withTwo(
        lease: Int64 = 60_000,
        _ body: (_ one: PostgresStore, _ two: PostgresStore) async throws -> Void
    ) async throws {
        try await PostgresServer.withStore {
            $0.lease = lease
            $0.node = "one"
        } _: { one in
            var settings = one.settings
            settings.node = "two"
            let two = try await PostgresServer.open(settings)
            do { try await body(one, two) } catch {
                await two.close()
                throw error
            }
            await two.close()
        }
    }

    private func sql(_ text: String, _ store: PostgresStore) async throws {
        try await store.writes.run(Statement(text)())
    }

    private func bury(_ node: PostgresStore, by other: PostgresStore) async throws {
        try await sql(
            "UPDATE nodes SET buried = clock_timestamp() WHERE number = \(node.node.membership.number ?? 0)",
            other
        )
    }

    private func held(_ key: SessionKey, by store: PostgresStore) async throws -> HeldSession {
        guard case .mine(let held) = try await store.claim(key) else { throw RuntimeError.sessionNotFound(key) }
        return held
    }

    private func entries(_ held: HeldSession, _ seqs: ClosedRange<Int>) -> [JournalEntry] {
        let made = entry(held.key, seqs: seqs)
        return [JournalEntry(key: held.key, epoch: held.epoch, events: made.events, record: made.record)]
    }

    @Test("a session is at one of them, which the others are told")
    func claims() async throws {
        try await withTwo { one, two in
            try await one.announce(NodeContact(name: "one:1", address: "http://127.0.0.1:1", agents: ["a"]))
            let first = try await held(key, by: one)
            #expect(try await two.claim(key) == .elsewhere(address: "http://127.0.0.1:1"))
            #expect(try await two.place(of: key)?.address == "http://127.0.0.1:1")
            #expect(try await one.place(of: key)?.owner == .here)
            #expect(try await one.append(entries(first, 1...2)).isEmpty)
            try await one.release(first)
            #expect(try await one.place(of: key)?.owner == .nobody)
            let second = try await held(key, by: two)
            #expect(second.epoch > first.epoch && second.seq == 2)
            let refused = try await one.append(entries(first, 3...3))
            #expect((refused[0] as? RuntimeError)?.code == "session_moved")
            let nodes = try await two.nodes
            #expect(nodes.map(\.contact.name) == ["one:1", "two"])
            #expect(nodes.map(\.isThisOne) == [false, true])
            #expect(nodes.map(\.sessions) == [0, 1])
        }
    }

    @Test("what a node that is gone has left is brought to rest by another one, and its journal is followed")
    func recovery() async throws {
        try await withTwo { one, two in
            let (mine, other) = (
                try await held(key, by: one), try await held(SessionKey(agent: "a", session: "t"), by: two)
            )
            for (held, store) in [(mine, one), (other, two)] {
                var record = entry(held.key, seqs: 1...1).record
                record?.summary.status = .awake
                let events = entry(held.key, seqs: 1...1).events
                let first = JournalEntry(key: held.key, epoch: held.epoch, events: events, record: record)
                #expect(try await store.append([first]).isEmpty)
                let next = JournalEntry(key: held.key, epoch: held.epoch, events: entry(held.key, seqs: 2...5).events)
                #expect(try await store.append([next]).isEmpty)
            }
            _ = try await held(SessionKey(agent: "a", session: "never made"), by: one)
            #expect(try await two.takeOver() == [], "it lives")
            #expect(try await two.record(of: key)?.summary.status == .awake)
            try await bury(one, by: two)
            _ = try await two.takeOver()
            #expect(try await two.record(of: key)?.summary.status == .asleep)
            #expect(try await two.record(of: key)?.summary.seq == 5)
            #expect(try await two.place(of: key)?.owner == .nobody)
            #expect(try await two.place(of: SessionKey(agent: "a", session: "never made")) == nil)
            #expect(try await two.record(of: other.key)?.summary.status == .awake, "its own go on")
            #expect((try await one.append(entries(mine, 6...6))[0] as? RuntimeError)?.code == "session_moved")
        }
    }

    @Test("a node that was taken for dead is told, and joins again under another number")
    func lost() async throws {
        try await withTwo(lease: 2000) { one, two in
            let number = try #require(one.node.membership.number)
            try await bury(one, by: two)
            var events = one.nodeEvents.makeAsyncIterator()
            while let event = await events.next(), event != .lost {}
            try await eventually("it is there again") { one.node.membership.number.map { $0 > number } ?? false }
            try await eventually("it may write again") { await one.problem == nil }
        }
    }

    @Test("one that listens where another did takes that one's place at once")
    func replaced() async throws {
        try await withTwo { one, two in
            let contact = NodeContact(name: "n", address: "http://127.0.0.1:1", agents: [])
            try await one.announce(contact)
            _ = try await held(key, by: one)
            try await two.announce(contact)
            #expect(try await two.nodes.map(\.isThisOne) == [true])
            _ = try await held(key, by: two)
        }
    }

    @Test("a static job and a request are one node's")
    func work() async throws {
        try await withTwo { one, two in
            let job = JobKey(agent: "a", job: "j")
            #expect(try await one.claimTick(of: job, at: 60))
            #expect(try await one.claimTick(of: job, at: 60), "the same again, whose answer was lost")
            #expect(try await !two.claimTick(of: job, at: 60))
            #expect(try await two.claimTick(of: job, at: 120))
            #expect(try await one.claimRequest("r") == .mine)
            #expect(try await two.claimRequest("r") == .elsewhere)
            await two.releaseRequest("r")
            #expect(try await two.claimRequest("r") == .elsewhere, "it is not its own")
            await one.releaseRequest("r")
            #expect(try await two.claimRequest("r") == .mine)
            let answer = StoredResponse(status: 200, body: .null, session: nil)
            try await two.save(answer, to: "r", at: 1)
            await two.releaseRequest("r")
            #expect(try await one.claimRequest("r") == .answered(answer))
            #expect(try await one.claimRequest("q") == .mine)
            try await bury(one, by: two)
            #expect(try await two.claimRequest("q") == .mine)
        }
    }

    @Test("nothing of a session that another node has is renamed or removed")
    func guarded() async throws {
        try await withTwo { one, two in
            let mine = try await held(key, by: one)
            #expect(try await one.append(entries(mine, 1...1)).isEmpty)
            for change in [
                { try await two.remove([key]) },
                { try await two.rename(key, to: SessionKey(agent: "a", session: "new"), as: nil) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: RuntimeError.self) { try await change() }
                #expect(error?.code == "session_moved")
            }
            #expect(try await one.record(of: key) != nil)
            try await one.remove([key])
            #expect(try await two.record(of: key) == nil)
        }
    }

    @Test("sessions that others have awake are listed with their node, and each sleeping one is ticked by one of them")
    func lists() async throws {
        try await withTwo(lease: 30_000) { one, two in
            try await one.announce(NodeContact(name: "One:1", address: "http://127.0.0.1:1", agents: ["a"]))
            try await two.announce(NodeContact(name: "Two:2", address: "http://127.0.0.1:2", agents: ["a"]))
            let keys = (0..<40).map { SessionKey(agent: "a", session: "s\($0)") }
            for key in keys {
                let held = try await held(key, by: one)
                var record = entry(key, seqs: 1...1).record
                record?.summary.status = .awake
                let events = entry(key, seqs: 1...1).events
                #expect(
                    try await one.append([JournalEntry(key: key, epoch: held.epoch, events: events, record: record)])
                        .isEmpty
                )
            }
            try await eventually("they know each other") {
                one.node.membership.hasOthers && two.node.membership.hasOthers
            }
            let rows = try await two.sessionsElsewhere(StoredSessionQuery(limit: 10))
            #expect(rows.total == 40 && rows.entries.count == 10)
            #expect(rows.entries.allSatisfy { $0.summary.node == "One:1" && $0.summary.status == .awake })
            #expect(try await two.awakeElsewhere == 40)
            #expect(try await one.sessionsElsewhere(StoredSessionQuery(limit: 10)).total == 0)
            for (filter, count) in [("node:one", 40), ("node:two", 0), ("-node:one", 0), ("s1 node:o", 11)] {
                let matcher = SessionMatcher(try SessionFilter(parsing: filter), now: 0)
                let found = try await two.sessionsElsewhere(StoredSessionQuery(limit: 100, matcher: matcher))
                #expect(found.total == count, "\(filter)")
            }
            for key in keys {
                var record = entry(key, seqs: 1...1).record
                record?.summary.status = .asleep
                let held = try await held(key, by: one)
                _ = try await one.append([JournalEntry(key: key, epoch: held.epoch, events: [], record: record)])
                try await one.release(held)
            }
            try await eventually("both host the agent") {
                one.node.membership.shards(of: "a").count + two.node.membership.shards(of: "a").count == 256
                    && two.node.membership.shards(of: "a").count < 256
            }
            let ticked = try await [one, two].asyncMap { store in
                try await store.storedSessions(of: "a", after: "", limit: 100).map(\.summary.key)
            }
            #expect(Set(ticked.joined()) == Set(keys) && ticked.joined().count == keys.count)
            #expect(ticked.allSatisfy { !$0.isEmpty })
            await one.drain()
            try await eventually("the other one ticks them all") { two.node.membership.shards(of: "a").count == 256 }
        }
    }

    @Test("an exchange that another node answers is not closed")
    func exchanges() async throws {
        try await withTwo { one, two in
            let exchange = Exchange(
                id: "ex_1",
                agent: "a",
                hook: "h",
                why: "",
                request: RecordedRequest(method: "POST", path: "/"),
                received: 1
            )
            try await one.save(exchange)
            #expect(try await two.openExchanges().isEmpty)
            try await bury(one, by: two)
            #expect(try await two.openExchanges().map(\.id) == ["ex_1"])
        }
    }

    @Test("shards are spread over those that host the agent, and only those of one that goes move")
    func shards() {
        let nodes = [3, 8, 9].map { LivingNode(number: $0, agents: ["a", "b"]) }
        let all = nodes.map { NodeShards(nodes).shards(of: "a", at: $0.number) }
        #expect(Set(all.joined()).count == 256 && all.joined().count == 256)
        #expect(all.allSatisfy { $0.count > 50 })
        let fewer = NodeShards([nodes[0], nodes[2]])
        #expect(Set(fewer.shards(of: "a", at: 3)).isSuperset(of: all[0]))
        #expect(Set(fewer.shards(of: "a", at: 9)).isSuperset(of: all[2]))
        let draining = LivingNode(number: 3, agents: ["a"], isDraining: true)
        #expect(NodeShards([draining, nodes[1]]).shards(of: "a", at: 3).isEmpty)
        #expect(NodeShards([draining, nodes[1]]).shards(of: "a", at: 8).count == 256)
        #expect(NodeShards([LivingNode(number: 1, agents: [])]).shards(of: "a", at: 1).count == 256, "alone")
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
